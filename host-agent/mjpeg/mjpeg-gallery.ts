import { randomBytes } from "node:crypto";
import type { JpegEncoder } from "../encode/driver.ts";
import type { Desk } from "../pipeline/desk.ts";
import type { SignalingClient } from "../signaling/client.ts";
import { MjpegFeed } from "./mjpeg-feed.ts";

const TOKEN_BYTES = 16;

type Published = { readonly quality: () => number; feed: MjpegFeed | undefined };

/** The token URLs under which the picture can be seen, and a feed for each that somebody looks at. */
export class MjpegGallery {
  private readonly pictures = new Map<string, Published>();
  private readonly desk: Desk;
  private readonly jpeg: JpegEncoder;
  private readonly signaling: SignalingClient;
  private readonly nowMs: () => number;
  private paused = false;

  constructor(options: {
    desk: Desk;
    jpeg: JpegEncoder;
    signaling: SignalingClient;
    nowMs: () => number;
  }) {
    this.desk = options.desk;
    this.jpeg = options.jpeg;
    this.signaling = options.signaling;
    this.nowMs = options.nowMs;
  }

  /**
   * A fresh random token whose URL answers from now on; undefined: the server does not offer it.
   * @param quality 1..100, or 0 for automatic
   */
  async publish(quality: () => number): Promise<string | undefined> {
    const token = randomBytes(TOKEN_BYTES).toString("base64url");
    if (!(await this.signaling.publish(token))) return undefined;
    this.pictures.set(token, { quality, feed: undefined });
    return token;
  }

  /** Ends the URL and every stream that runs from it. */
  revoke(token: string): void {
    this.watched(token, 0);
    if (this.pictures.delete(token)) this.signaling.revoke(token);
  }

  /** The server says how many look at a token: pictures are made only above zero. */
  watched(token: string, watchers: number): void {
    const picture = this.pictures.get(token);
    if (picture === undefined) return;
    const { feed, quality } = picture;
    if (watchers > 0 && feed === undefined) {
      const started = new MjpegFeed({
        encoder: this.jpeg,
        send: (jpeg) => this.signaling.frame(token, jpeg),
        quality,
        nowMs: this.nowMs,
        wake: () => this.desk.kick(),
      });
      started.setPaused(this.paused);
      picture.feed = started;
      this.desk.add(started);
    } else if (watchers === 0 && feed !== undefined) {
      picture.feed = undefined;
      this.desk.remove(feed);
    }
  }

  setPaused(paused: boolean): void {
    this.paused = paused;
    for (const { feed } of this.pictures.values()) feed?.setPaused(paused);
  }

  close(): void {
    for (const token of [...this.pictures.keys()]) this.revoke(token);
  }
}
