import { promisify } from "node:util";
import { constants, deflateRaw, deflateRawSync, type ZlibOptions } from "node:zlib";
import type { EncodedRect } from "../../protocol/encoded-rect.ts";
import { areaOf, type Rect } from "../../protocol/geometry.ts";
import { indexedRows } from "../core/indexed-rows.ts";
import { rgbRows, rgbSteps } from "../core/rgb-rows.ts";
import type { Pixels } from "./driver.ts";

const deflateInThread = promisify(deflateRaw);

/** A typed character must not wait for a thread; noise of so many bytes deflates in about half a millisecond. */
const SHADED_SYNC_BYTES = 24 * 1024;
/** What is not shaded repeats itself and deflates three times as fast: lines of text are done before a thread is woken. */
const SYNC_BYTES = 3 * SHADED_SYNC_BYTES;
/** Small ones are text: level 3 makes that 14 % smaller for some hundredths of a millisecond. */
const SMALL_MAX_PX = 8192;
const SMALL_LEVEL = 3;
/** Large ones come by the dozen, and level 3 would take half as long again. */
const LARGE_LEVEL = 1;
/** Differences of grain repeat nothing: to look for it would take twice as long, for more bytes. */
const STEPS: ZlibOptions = { level: 1, strategy: constants.Z_RLE };
/** A thread hands its work over in chunks, each with a turn of the event loop: those of a piece are one or two. */
const CHUNK_BYTES = 128 * 1024;

/** Deflated rows, pixel for pixel: of numbers of colours, if they are few enough. The pixels are read before the call returns. */
export async function encodeExact(pixels: Pixels, rect: Rect): Promise<EncodedRect> {
  return await (encodeIndexed(pixels, rect) ?? encodeRepeating(rect, "exact", rgbRows(pixels, rect)));
}

/** The same of what has few colours; undefined: it has more. */
export function encodeIndexed(pixels: Pixels, rect: Rect): Promise<EncodedRect> | undefined {
  const rows = indexedRows(pixels, rect);
  return rows && encodeRepeating(rect, "indexed", rows);
}

/** The same for a picture that has shades and grain: differences are half as many bytes, in half of the time. */
export async function encodeShaded(pixels: Pixels, rect: Rect): Promise<EncodedRect> {
  return { rect, encoding: "shaded", data: await deflated(rgbSteps(pixels, rect), SHADED_SYNC_BYTES, STEPS) };
}

async function encodeRepeating(rect: Rect, encoding: "exact" | "indexed", rows: Uint8Array): Promise<EncodedRect> {
  const level = areaOf(rect) <= SMALL_MAX_PX ? SMALL_LEVEL : LARGE_LEVEL;
  return { rect, encoding, data: await deflated(rows, SYNC_BYTES, { level }) };
}

async function deflated(bytes: Uint8Array, maxSyncBytes: number, options: ZlibOptions): Promise<Uint8Array> {
  if (bytes.length <= maxSyncBytes) return deflateRawSync(bytes, options);
  return await deflateInThread(bytes, { ...options, chunkSize: CHUNK_BYTES });
}
