import { randomBytes } from "node:crypto";
import { utf8 } from "../../protocol/bytes.ts";
import { type HandshakeStep, ViewerHandshake } from "../../protocol/crypto/handshake.ts";
import { decodeHandshake, encodeHandshake, type HandshakeMessage } from "../../protocol/handshake-message.ts";
import { type Client, connect, type TestServer } from "../signaling/running.ts";

/** How long a host may take for one answer. */
const ANSWER_LIMIT_MS = 8_000;

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

/** A viewer over one socket that knows the protocol and not the code, and stops before the proof when it likes. */
export class Guesser {
  private readonly client: Client;
  private readonly room: string;
  private readonly heard: HandshakeMessage[] = [];
  private arrived: (() => void) | undefined;

  static async open(server: TestServer, room: string): Promise<Guesser> {
    return new Guesser(await connect(server), room);
  }

  private constructor(client: Client, room: string) {
    this.client = client;
    this.room = room;
    client.on("signal", ({ data }) => {
      this.heard.push(decodeHandshake(new Uint8Array(data)));
      this.arrived?.();
    });
  }

  /** Knocks, and says nothing. */
  async knock(): Promise<Uint8Array> {
    const nonce = random(16);
    this.heard.length = 0;
    const answer = await this.client.timeout(ANSWER_LIMIT_MS).emitWithAck("room.join", { room: this.room, nonce });
    if (!answer.ok) throw new Error(`not at the door: ${answer.error}`);
    return nonce;
  }

  /** A whole try, right up to the proof. What is returned sends it, and resolves with the host's verdict. */
  async prepare(secretDigits: string): Promise<() => Promise<HandshakeMessage>> {
    const viewerNonce = await this.knock();
    const secret = utf8(secretDigits);
    const handshake = new ViewerHandshake({ room: this.room, viewerNonce, mode: "code", secret, randomBytes: random });
    this.say(handshake.receive(await this.next()));
    const proof = handshake.receive(await this.next());
    return () => {
      this.say(proof);
      return this.next();
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
    this.client.emit("signal", { peer: "host", data: encodeHandshake(first.message) });
  }

  private next(): Promise<HandshakeMessage> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error("the host says nothing")), ANSWER_LIMIT_MS);
      this.arrived = () => {
        const message = this.heard.shift();
        if (message === undefined) return;
        clearTimeout(limit);
        this.arrived = undefined;
        resolve(message);
      };
      this.arrived();
    });
  }
}
