import type { Rect, Size } from "../../../protocol/geometry.ts";
import type { X11Connection } from "../../x11/connection.ts";
import { ALL_PLANES, BYTES_PER_PIXEL, bytesOf, isOutsideScreen, type PixelReader, Z_PIXMAP } from "./pixel-reader.ts";

/**
 * The largest answer asked for at once. The server holds up everybody else while it copies one out, and the package
 * gathers an answer before it hands it over.
 */
const MAX_REPLY_BYTES = 1024 * 1024;

/** Reads by core GetImage: every pixel comes through the socket. Slow, and works everywhere. */
export class PlainReader implements PixelReader {
  readonly name = "GetImage";
  private readonly x: X11Connection;

  constructor(x: X11Connection) {
    this.x = x;
  }

  fit(_size: Size): Promise<void> {
    return Promise.resolve();
  }

  read(rects: readonly Rect[]): Promise<Uint8Array[]> {
    return Promise.all(rects.map((rect) => this.readRect(rect)));
  }

  private async readRect(rect: Rect): Promise<Uint8Array> {
    const rowBytes = rect.width * BYTES_PER_PIXEL;
    const rowsAtOnce = Math.max(1, Math.floor(MAX_REPLY_BYTES / rowBytes));
    const pixels = new Uint8Array(bytesOf(rect));
    const bands: Promise<void>[] = [];
    for (let row = 0; row < rect.height; row += rowsAtOnce) {
      const height = Math.min(rowsAtOnce, rect.height - row);
      bands.push(
        this.readBand({ x: rect.x, y: rect.y + row, width: rect.width, height }, pixels.subarray(row * rowBytes)),
      );
    }
    await Promise.all(bands);
    return pixels;
  }

  private async readBand(band: Rect, into: Uint8Array): Promise<void> {
    try {
      const image = await this.x.ask<{ data: Uint8Array }>((reply) =>
        this.x.client.GetImage(Z_PIXMAP, this.x.root, band.x, band.y, band.width, band.height, ALL_PLANES, reply),
      );
      into.set(image.data.subarray(0, bytesOf(band)));
    } catch (error) {
      if (!isOutsideScreen(error)) throw error;
    }
  }

  close(): void {
    // Nothing is held between reads.
  }
}
