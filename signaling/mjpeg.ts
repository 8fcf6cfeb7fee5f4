import type { IncomingMessage, ServerResponse } from "node:http";
import type { FrameAnswer, PublishAnswer } from "../protocol/signaling.ts";
import type { Frame } from "./core/latest-frame.ts";
import type { Limits } from "./core/limits.ts";
import { MJPEG_CONTENT_TYPE, MjpegWatch } from "./mjpeg-watch.ts";

/** A frame nobody takes (all watchers are behind) is answered after this long, so that the host does not take the
 * server for dead. */
const FRAME_ANSWER_LIMIT_MS = 1_000;

type Stream = {
  readonly room: string;
  readonly watches: Set<MjpegWatch>;
  /** Kept only while somebody watches: nobody is ever shown a picture from before they came. */
  newest: Frame | undefined;
  frames: number;
  /** Tells the host that the newest frame was taken. */
  answer: (() => void) | undefined;
};

/** Tells the host of a room how many watch a token. */
export type OnWatchers = (room: string, token: string, watchers: number) => void;

/** The unsealed pictures: which tokens are published, who watches them, and the newest picture of each. */
export class MjpegStreams {
  private readonly limits: Limits;
  private readonly onWatchers: OnWatchers;
  private readonly streams = new Map<string, Stream>();

  constructor(limits: Limits, onWatchers: OnWatchers) {
    this.limits = limits;
    this.onWatchers = onWatchers;
  }

  /** From now on the token answers. Publishing one's own token again is no error: a host that came back does that. */
  publish(room: string, token: string): PublishAnswer {
    const known = this.streams.get(token);
    if (known !== undefined) return known.room === room ? { ok: true } : { ok: false, error: "bad-request" };
    const ofRoom = [...this.streams.values()].filter((stream) => stream.room === room).length;
    if (ofRoom >= this.limits.tokensPerRoom) return { ok: false, error: "too-many" };
    this.streams.set(token, { room, watches: new Set(), newest: undefined, frames: 0, answer: undefined });
    return { ok: true };
  }

  /** How many watch a token of this room. */
  watchers(room: string, token: string): number {
    return this.streamOf(room, token)?.watches.size ?? 0;
  }

  revoke(room: string, token: string): void {
    const stream = this.streamOf(room, token);
    if (stream === undefined) return;
    this.streams.delete(token);
    for (const watch of stream.watches) watch.end();
    settle(stream);
  }

  /** The room is over. */
  endRoom(room: string): void {
    for (const [token, stream] of this.streams) if (stream.room === room) this.revoke(room, token);
  }

  /**
   * The newest picture of a token. Resolves when the first watcher takes it, which asks for the next one: so the
   * quickest watcher sets the pace, and the host's line carries no picture that nobody gets.
   * @returns ok false: the token is not, or no longer, published by this room
   */
  async offer(room: string, token: string, jpeg: Uint8Array): Promise<FrameAnswer> {
    const stream = this.streamOf(room, token);
    if (stream === undefined) return { ok: false };
    settle(stream); // a frame that was never taken is replaced
    if (stream.watches.size === 0) return { ok: true };
    stream.frames += 1;
    stream.newest = { sequence: stream.frames, jpeg };
    const taken = new Promise<void>((resolve) => {
      const limit = setTimeout(() => settle(stream), FRAME_ANSWER_LIMIT_MS);
      stream.answer = () => {
        clearTimeout(limit);
        resolve();
      };
    });
    for (const watch of stream.watches) watch.step();
    await taken;
    return { ok: this.streamOf(room, token) === stream };
  }

  /** Answers a GET or HEAD of a token's URL. */
  serve(request: IncomingMessage, response: ServerResponse, token: string): void {
    const stream = this.streams.get(token);
    if (stream === undefined) {
      refuse(response, 404, "No such picture: the link is wrong or has ended.");
      return;
    }
    if (request.method === "HEAD") {
      response.writeHead(200, { "Content-Type": MJPEG_CONTENT_TYPE, "Cache-Control": "no-store" }).end();
      return;
    }
    if (stream.watches.size >= this.limits.watchersPerToken) {
      refuse(response, 503, "Too many are watching this picture already.");
      return;
    }
    const watch = new MjpegWatch(
      response,
      () => stream.newest,
      (sequence) => {
        if (sequence === stream.newest?.sequence) settle(stream);
      },
    );
    stream.watches.add(watch);
    this.onWatchers(stream.room, token, stream.watches.size);
    response.once("close", () => {
      watch.end();
      stream.watches.delete(watch);
      if (stream.watches.size === 0) {
        stream.newest = undefined;
        settle(stream);
      }
      if (this.streams.get(token) === stream) this.onWatchers(stream.room, token, stream.watches.size);
    });
  }

  close(): void {
    for (const [token, stream] of this.streams) this.revoke(stream.room, token);
  }

  private streamOf(room: string, token: string): Stream | undefined {
    const stream = this.streams.get(token);
    return stream?.room === room ? stream : undefined;
  }
}

function settle(stream: Stream): void {
  const answer = stream.answer;
  stream.answer = undefined;
  answer?.();
}

function refuse(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" });
  response.end(`${sentence}\n`);
}
