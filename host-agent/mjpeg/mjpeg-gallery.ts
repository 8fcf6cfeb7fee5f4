import { randomBytes } from "node:crypto";
import type { JpegEncoder } from "../encode/driver.ts";
import type { Desk } from "../pipeline/desk.ts";
import type { SignalingClient } from "../signaling/client.ts";
import { MjpegFeed } from "./mjpeg-feed.ts";

const TOKEN_BYTES = 16;

/** The token URLs under which the picture can be seen, and a feed for each that somebody looks at. */
export class MjpegGallery {
  private readonly feeds = new Map<string, MjpegFeed | undefined>();
  private readonly desk: Desk;
  private readonly jpeg: JpegEncoder;
  private readonly signaling: SignalingClient;
  private readonly quality: () => number;
  private readonly nowMs: () => number;
  private paused = false;

  constructor(options: {
    desk: Desk;
    jpeg: JpegEncoder;
    signaling: SignalingClient;
    quality: () => number;
    nowMs: () => number;
  }) {
    this.desk = options.desk;
    this.jpeg = options.jpeg;
    this.signaling = options.signaling;
    this.quality = options.quality;
    this.nowMs = options.nowMs;
  }

  /** A fresh random token whose URL answers from now on; undefined: the server does not offer it. */
  async publish(): Promise<string | undefined> {
    const token = randomBytes(TOKEN_BYTES).toString("base64url");
    if (!(await this.signaling.publish(token))) return undefined;
    this.feeds.set(token, undefined);
    return token;
  }

  /** Ends the URL and every stream that runs from it. */
  revoke(token: string): void {
    this.watched(token, 0);
    if (this.feeds.delete(token)) this.signaling.revoke(token);
  }

  /** The server says how many look at a token: pictures are made only above zero. */
  watched(token: string, watchers: number): void {
    if (!this.feeds.has(token)) return;
    const feed = this.feeds.get(token);
    if (watchers > 0 && feed === undefined) {
      const started = new MjpegFeed({
        encoder: this.jpeg,
        send: (jpeg) => this.signaling.frame(token, jpeg),
        quality: this.quality,
        nowMs: this.nowMs,
        wake: () => this.desk.kick(),
      });
      started.setPaused(this.paused);
      this.feeds.set(token, started);
      this.desk.add(started);
    } else if (watchers === 0 && feed !== undefined) {
      this.feeds.set(token, undefined);
      this.desk.remove(feed);
    }
  }

  setPaused(paused: boolean): void {
    this.paused = paused;
    for (const feed of this.feeds.values()) feed?.setPaused(paused);
  }

  close(): void {
    for (const token of [...this.feeds.keys()]) this.revoke(token);
  }
}
