import type { Socket } from "socket.io-client";
import type { HeldWords } from "../../protocol/held-words.ts";
import type {
  ClientToServerEvents,
  PictureClientToServerEvents,
  ServerToClientEvents,
} from "../../protocol/signaling.ts";
import { readPublish } from "./schema.ts";

type SignalingSocket = Socket<ServerToClientEvents, ClientToServerEvents>;

const PUBLISH_LIMIT_MS = 10_000;
const FRAME_LIMIT_MS = 10_000;

/** The tokens whose URLs answer at the server, kept over its absences, and the pictures that go there. */
export class PublishedPictures {
  private readonly socket: SignalingSocket;
  private readonly pictureSocket: Socket<Record<string, never>, PictureClientToServerEvents>;
  private readonly words: HeldWords;
  private readonly ask: PublishedPicturesPorts["ask"];
  private readonly published = new Set<string>();
  /** Taken back while the server was away: it may still have them. No more than were published. */
  private readonly revokedMeanwhile = new Set<string>();

  constructor({ socket, pictureSocket, words, ask }: PublishedPicturesPorts) {
    this.socket = socket;
    this.pictureSocket = pictureSocket;
    this.words = words;
    this.ask = ask;
  }

  /** False: the server does not offer it. */
  async publish(token: string): Promise<boolean> {
    const answer = await this.ask((limited) => limited.emitWithAck("mjpeg.publish", { token }), PUBLISH_LIMIT_MS);
    const isPublished = readPublish(answer);
    if (isPublished) this.published.add(token);
    return isPublished;
  }

  revoke(token: string): void {
    this.published.delete(token);
    if (this.words.isOpen) this.socket.emit("mjpeg.revoke", { token });
    else this.revokedMeanwhile.add(token);
    if (this.published.size === 0) this.pictureSocket.disconnect();
  }

  /**
   * The room is open again, perhaps at a server that knows nothing of it.
   * @throws Error when the server does not answer
   */
  async publishAgain(): Promise<void> {
    for (const token of this.revokedMeanwhile) this.socket.emit("mjpeg.revoke", { token });
    this.revokedMeanwhile.clear();
    for (const token of this.published) {
      await this.socket.timeout(PUBLISH_LIMIT_MS).emitWithAck("mjpeg.publish", { token });
    }
  }

  /** One picture; resolves when the server has taken it (false: it did not). */
  async frame(token: string, jpeg: Uint8Array): Promise<boolean> {
    // Revoked while the picture was being made.
    if (!this.published.has(token)) return false;
    if (!this.pictureSocket.active) this.pictureSocket.connect();
    const answer = await this.pictureSocket
      .timeout(FRAME_LIMIT_MS)
      .emitWithAck("frame", { token, jpeg })
      .catch(() => ({ ok: false }));
    return answer.ok;
  }

  close(): void {
    this.pictureSocket.close();
  }
}

export type PublishedPicturesPorts = {
  readonly socket: SignalingSocket;
  readonly pictureSocket: Socket<Record<string, never>, PictureClientToServerEvents>;
  /** Open while the room is. */
  readonly words: HeldWords;
  /** Asks once the room is open; undefined: no answer within the limit. */
  readonly ask: (
    question: (limited: ReturnType<SignalingSocket["timeout"]>) => Promise<unknown>,
    limitMs: number,
  ) => Promise<unknown>;
};
