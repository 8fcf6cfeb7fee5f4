import type { Writable } from "node:stream";
import type { Capture } from "../../../host-agent/capture/driver.ts";
import type { Rect } from "../../../protocol/geometry.ts";
import { PLACE_BYTES } from "./page.ts";
import { frameHead } from "./web-socket.ts";

const BYTES_PER_PIXEL = 4;

/**
 * Sends the pixels of whatever changed, as they are: nothing is compared, chosen or compressed. Until the page has drawn
 * the last ones, what changes is put together: a browser takes in more than it can draw, and all would be late for ever.
 */
export class RawStream {
  private readonly capture: Capture;
  private readonly socket: Writable;
  private readonly message: ArrayBuffer;
  private changed: Rect | undefined;
  /** More has changed, and the capture was not asked where. */
  private isBehind = false;
  private isOnItsWay = false;

  constructor(capture: Capture, socket: Writable) {
    this.capture = capture;
    this.socket = socket;
    this.message = new ArrayBuffer(PLACE_BYTES + capture.size.width * capture.size.height * BYTES_PER_PIXEL);
  }

  damaged(rects: readonly Rect[]): void {
    for (const rect of rects) this.changed = this.changed === undefined ? rect : around(this.changed, rect);
    if (!this.isOnItsWay) void this.sendChanged();
  }

  changedSomewhere(): void {
    this.isBehind = true;
    if (!this.isOnItsWay) void this.sendChanged();
  }

  /** By the page: it has room for the next picture. */
  drawn(): void {
    this.goOn();
  }

  private goOn(): void {
    this.isOnItsWay = false;
    void this.sendChanged();
  }

  private async sendChanged(): Promise<void> {
    if (this.changed === undefined && !this.isBehind) return;
    this.isOnItsWay = true;
    this.isBehind = false;
    await this.capture.catchUp();
    const rect = this.changed;
    this.changed = undefined;
    if (rect === undefined) return this.goOn();
    const {
      images: [image],
      damaged,
    } = await this.capture.grab([rect]);
    this.damaged(damaged.filter((one) => !isWithin(one, rect)));
    if (image !== undefined && this.socket.writable) this.send(rect, image.pixels);
  }

  private send({ x, y, width, height }: Rect, bgrx: Uint8Array): void {
    new Uint16Array(this.message).set([x, y, width, height]);
    toRgba(bgrx, new Uint32Array(this.message, PLACE_BYTES, width * height));
    // The memory is written to again only when the page has drawn this.
    const payload = new Uint8Array(this.message, 0, PLACE_BYTES + bgrx.length);
    this.socket.cork();
    this.socket.write(frameHead(payload.length));
    this.socket.write(payload);
    this.socket.uncork();
  }
}

/** The smallest rectangle around both. */
export function around(a: Rect, b: Rect): Rect {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  const width = Math.max(a.x + a.width, b.x + b.width) - x;
  return { x, y, width, height: Math.max(a.y + a.height, b.y + b.height) - y };
}

const isWithin = (inner: Rect, outer: Rect): boolean => {
  const both = around(inner, outer);
  return both.width === outer.width && both.height === outer.height;
};

/** From X's order of bytes, blue first, to that of a canvas, which also wants them opaque. */
export function toRgba(bgrx: Uint8Array, into: Uint32Array): void {
  const isAligned = bgrx.byteOffset % BYTES_PER_PIXEL === 0;
  const bytes = isAligned ? bgrx : new Uint8Array(bgrx);
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, into.length);
  for (let at = 0; at < into.length; at += 1) {
    const word = words[at] ?? 0;
    into[at] = 0xff000000 | ((word & 0xff) << 16) | (word & 0xff00) | ((word >>> 16) & 0xff);
  }
}
