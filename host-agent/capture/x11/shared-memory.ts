import { randomUUID } from "node:crypto";
import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import type { Rect, Size } from "../../../protocol/geometry.ts";
import type { X11Connection } from "../../x11/connection.ts";
import type { X11Shm } from "../../x11/extensions.ts";
import { ALL_PLANES, bytesOf, isOutsideScreen, type PixelReader, Z_PIXMAP } from "./pixel-reader.ts";

const SHARED_FOLDER = "/dev/shm";

type Segment = { readonly id: number; readonly fd: number; readonly buffer: Buffer };

/**
 * Reads through MIT-SHM: the server writes the pixels into memory both ends have, and only a short answer travels.
 * @returns undefined when this server or this connection cannot share memory (remote, container, sandbox)
 */
export async function sharedMemoryReader(x: X11Connection, size: Size): Promise<PixelReader | undefined> {
  const shm = await x.extension("shm").catch(() => undefined);
  // Descriptors came with version 1.2; before it, memory was shared by System V ids, which Node cannot make.
  if (shm === undefined || !shm.fdCapable || shm.major * 100 + shm.minor < 102) return undefined;
  const reader = new SharedMemoryReader(x, shm);
  try {
    await reader.fit(size);
    return reader;
  } catch {
    // No such folder, no room in it, or the server may not map our file: each means "not here".
    return undefined;
  }
}

class SharedMemoryReader implements PixelReader {
  readonly name = "shared memory";
  private readonly x: X11Connection;
  private readonly shm: X11Shm;
  private segment: Segment | undefined;

  constructor(x: X11Connection, shm: X11Shm) {
    this.x = x;
    this.shm = shm;
  }

  async fit(size: Size): Promise<void> {
    if (this.segment !== undefined && this.segment.buffer.length >= bytesOf(size)) return;
    this.close();
    // Written now, and not page by page while somebody waits for the first picture.
    const buffer = Buffer.allocUnsafeSlow(bytesOf(size)).fill(0);
    const fd = namelessFile(buffer);
    const id = this.x.client.AllocID();
    try {
      await this.x.ask<void>((reply) => this.shm.AttachFd(id, fd, false, reply));
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    this.segment = { id, fd, buffer };
  }

  async read(rects: readonly Rect[]): Promise<Uint8Array[]> {
    const segment = this.segment;
    if (segment === undefined) throw new Error("read before fit");
    const batches = split(rects, segment.buffer.length);
    const images: Uint8Array[] = [];
    for (const batch of batches) {
      const pixels = await this.readBatch(segment, batch);
      // Only overlapping rectangles need more than one batch, and then each must leave the buffer to the next.
      images.push(...(batches.length === 1 ? pixels : pixels.map((one) => Uint8Array.from(one))));
    }
    return images;
  }

  /** All requests are on their way before the first answer is awaited. */
  private readBatch(segment: Segment, rects: readonly Rect[]): Promise<Uint8Array[]> {
    let used = 0;
    return Promise.all(
      rects.map((rect) => {
        const at = used;
        used += bytesOf(rect);
        return this.readRect(segment, rect, at);
      }),
    );
  }

  private async readRect(segment: Segment, rect: Rect, at: number): Promise<Uint8Array> {
    const { x, y, width, height } = rect;
    const pixels = segment.buffer.subarray(at, at + bytesOf(rect));
    try {
      await this.x.ask<{ size: number }>((reply) =>
        this.shm.GetImage(this.x.root, x, y, width, height, ALL_PLANES, Z_PIXMAP, segment.id, at, reply),
      );
      readSync(segment.fd, pixels, 0, pixels.length, at);
    } catch (error) {
      if (!isOutsideScreen(error)) throw error;
      pixels.fill(0);
    }
    return pixels;
  }

  close(): void {
    if (this.segment === undefined) return;
    // The server lets go when the request arrives or the connection ends, whichever is first.
    this.shm.Detach(this.segment.id);
    closeSync(this.segment.fd);
    this.segment = undefined;
  }
}

/**
 * A file in memory that only open descriptors keep alive, so that no crash leaves it behind. It is written once: a full
 * file system says so here, to us, instead of killing the X server when it writes.
 */
function namelessFile(content: Buffer): number {
  const path = `${SHARED_FOLDER}/deskbeam-${randomUUID()}`;
  const fd = openSync(path, "wx+", 0o600);
  try {
    unlinkSync(path);
    let written = 0;
    while (written < content.length) written += writeSync(fd, content, written, content.length - written, written);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Cuts the list where the buffer is full. No single rectangle is larger than the buffer. */
function split(rects: readonly Rect[], roomBytes: number): Rect[][] {
  const batches: Rect[][] = [];
  let batch: Rect[] = [];
  let used = 0;
  for (const rect of rects) {
    const needed = bytesOf(rect);
    if (used + needed > roomBytes && batch.length > 0) {
      batches.push(batch);
      batch = [];
      used = 0;
    }
    batch.push(rect);
    used += needed;
  }
  batches.push(batch);
  return batches;
}
