import { utf8 } from "../../protocol/bytes.ts";
import { type HandshakeStep, ViewerHandshake } from "../../protocol/crypto/handshake.ts";
import type { HandshakeMessage } from "../../protocol/handshake-message.ts";
import { DoorLine, random } from "./door-line.ts";

/** A viewer over one socket that knows the protocol and not the code, and stops before the proof when it likes. */
export class Guesser {
  private readonly line: DoorLine;

  constructor(serverUrl: string, room: string) {
    this.line = new DoorLine(serverUrl, room);
  }

  /** Knocks, and says nothing. */
  knock(): Promise<Uint8Array> {
    return this.line.knock();
  }

  /** A whole try, right up to the proof. What is returned sends it, and resolves with the host's verdict. */
  async prepare(secretDigits: string): Promise<() => Promise<HandshakeMessage>> {
    const { room } = this.line;
    const viewerNonce = await this.knock();
    const secret = utf8(secretDigits);
    const handshake = new ViewerHandshake({ room, viewerNonce, mode: "code", secret, randomBytes: random });
    this.say(handshake.receive(await this.line.nextMessage()));
    const proof = handshake.receive(await this.line.nextMessage());
    return () => {
      this.say(proof);
      return this.line.nextMessage();
    };
  }

  /** `wrong-code`, `code-burned`, … or `right`. */
  async guess(secretDigits: string): Promise<string> {
    const prove = await this.prepare(secretDigits);
    const verdict = await prove();
    return verdict.kind === "refused" ? verdict.reason : "right";
  }

  private say(steps: readonly HandshakeStep[]): void {
    const [first] = steps;
    if (first?.kind !== "send") throw new Error(`nothing to say: ${JSON.stringify(first)}`);
    this.line.say(first.message);
  }
}
