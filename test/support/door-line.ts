import { randomBytes } from "node:crypto";
import { io, type Socket } from "socket.io-client";
import { onTestFinished } from "vitest";
import { decodeHandshake, encodeHandshake, type HandshakeMessage } from "../../protocol/handshake-message.ts";
import { type ClientToServerEvents, type ServerToClientEvents, SIGNALING_PATH } from "../../protocol/signaling.ts";

const LIMIT_MS = 10_000;

export const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

/** A viewer's socket at the door of one room, without a viewer's code behind it. Ends with the test. */
export class DoorLine {
  readonly room: string;
  private readonly socket: Socket<ServerToClientEvents, ClientToServerEvents>;
  private readonly heard: Uint8Array[] = [];
  private arrived: (() => void) | undefined;

  constructor(serverUrl: string, room: string) {
    this.room = room;
    this.socket = io(serverUrl, { path: SIGNALING_PATH, transports: ["websocket"], forceNew: true });
    this.socket.on("signal", ({ data }) => {
      this.heard.push(new Uint8Array(data));
      this.arrived?.();
    });
    onTestFinished(() => void this.socket.close());
  }

  /** Knocks, and says nothing. Resolves with the nonce; what was heard before is forgotten. */
  async knock(): Promise<Uint8Array> {
    const nonce = random(16);
    this.heard.length = 0;
    const answer = await this.socket.timeout(LIMIT_MS).emitWithAck("room.join", { room: this.room, nonce });
    if (!answer.ok) throw new Error(`not at the door: ${answer.error}`);
    return nonce;
  }

  say(message: HandshakeMessage): void {
    this.transmit(encodeHandshake(message));
  }

  transmit(data: Uint8Array): void {
    this.socket.emit("signal", { peer: "host", data });
  }

  /** The next thing the host says. */
  next(): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error("the host says nothing")), LIMIT_MS);
      this.arrived = () => {
        const data = this.heard.shift();
        if (data === undefined) return;
        clearTimeout(limit);
        this.arrived = undefined;
        resolve(data);
      };
      this.arrived();
    });
  }

  async nextMessage(): Promise<HandshakeMessage> {
    return decodeHandshake(await this.next());
  }
}
