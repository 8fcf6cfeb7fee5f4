import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { Rect } from "../../protocol/geometry.ts";

/** Xvfb's option: its screen 0 is kept in `Xvfb_screen0` of this folder, in the format of xwd. */
export const frameBufferArguments = (folder: string): readonly string[] => ["-fbdir", folder];

const BYTES_PER_PIXEL = 4;
const HEADER_WORDS = 25;
const COLOR_MAP_ENTRY_BYTES = 12;

/**
 * What an X server shows, read from its frame buffer file: it costs that server nothing and needs no request to it, so
 * looking two thousand times a second does not disturb what is measured. Pixels are four bytes: blue, green, red, unused.
 */
export class FrameBuffer {
  readonly width: number;
  readonly height: number;
  private readonly file: number;
  private readonly pixelsAtByte: number;
  private readonly rowBytes: number;

  constructor(folder: string) {
    this.file = openSync(join(folder, "Xvfb_screen0"), "r");
    // All words of the header are big-endian on every machine: XWDFile.h.
    const header = Buffer.alloc(HEADER_WORDS * 4);
    readSync(this.file, header, 0, header.length, 0);
    const word = (index: number) => header.readUInt32BE(index * 4);
    const [headerBytes, width, height, bitsPerPixel, rowBytes, colorEntries] = [0, 4, 5, 11, 12, 19].map(word);
    if (headerBytes === undefined || width === undefined || height === undefined) throw new Error("unreachable");
    if (bitsPerPixel !== BYTES_PER_PIXEL * 8 || rowBytes === undefined || colorEntries === undefined) {
      throw new Error(`The frame buffer in ${folder} has ${bitsPerPixel} bits a pixel, not 32.`);
    }
    this.width = width;
    this.height = height;
    this.rowBytes = rowBytes;
    this.pixelsAtByte = headerBytes + colorEntries * COLOR_MAP_ENTRY_BYTES;
  }

  /** Reads `into.length / 4` pixels of one row, from (x, y) to the right. */
  readRow(x: number, y: number, into: Buffer): void {
    readSync(this.file, into, 0, into.length, this.pixelsAtByte + y * this.rowBytes + x * BYTES_PER_PIXEL);
  }

  /** A copy of a rectangle, rows one after the other without gaps. */
  read(rect: Rect): Buffer {
    const bytes = rect.width * BYTES_PER_PIXEL;
    const pixels = Buffer.allocUnsafe(bytes * rect.height);
    for (let row = 0; row < rect.height; row += 1) {
      this.readRow(rect.x, rect.y + row, pixels.subarray(row * bytes, (row + 1) * bytes));
    }
    return pixels;
  }

  close(): void {
    closeSync(this.file);
  }
}

/** Peak signal-to-noise ratio in dB of two pictures of four bytes a pixel; the fourth is not looked at. 99: the same. */
export function psnrDb(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) throw new Error(`pictures of ${a.length} and ${b.length} bytes`);
  let squares = 0;
  for (let at = 0; at < a.length; at += BYTES_PER_PIXEL) {
    for (let channel = 0; channel < 3; channel += 1) {
      const difference = (a[at + channel] ?? 0) - (b[at + channel] ?? 0);
      squares += difference * difference;
    }
  }
  const EXACT_DB = 99;
  if (squares === 0) return EXACT_DB;
  return 10 * Math.log10((255 * 255 * 3 * (a.length / BYTES_PER_PIXEL)) / squares);
}
