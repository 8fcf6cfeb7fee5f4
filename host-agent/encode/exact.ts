import { promisify } from "node:util";
import { constants, deflateRaw, deflateRawSync, type ZlibOptions } from "node:zlib";
import type { EncodedRect } from "../../protocol/encoded-rect.ts";
import { areaOf, type Rect } from "../../protocol/geometry.ts";
import { rgbRows, rgbSteps } from "../core/rgb-rows.ts";
import type { Pixels } from "./driver.ts";

const deflateInThread = promisify(deflateRaw);

/** A typed character must not wait for a thread; noise of this size deflates in about half a millisecond. */
const SYNC_MAX_PX = 8192;
/** What is not shaded repeats itself and deflates three times as fast: a line of text is done before a thread is woken. */
const EXACT_SYNC_MAX_PX = 3 * SYNC_MAX_PX;
/** Small ones are text: level 3 makes that 14 % smaller for some hundredths of a millisecond. */
const SMALL_LEVEL = 3;
/** Large ones come by the dozen, and level 3 would take half as long again. */
const LARGE_LEVEL = 1;
/** Differences of grain repeat nothing: to look for it would take twice as long, for more bytes. */
const STEPS: ZlibOptions = { level: 1, strategy: constants.Z_RLE };
/** A thread hands its work over in chunks, each with a turn of the event loop: those of a piece are one or two. */
const CHUNK_BYTES = 128 * 1024;

/** Deflated rows, pixel for pixel. The pixels are read before the call returns. */
export async function encodeExact(pixels: Pixels, rect: Rect): Promise<EncodedRect> {
  const level = areaOf(rect) <= SYNC_MAX_PX ? SMALL_LEVEL : LARGE_LEVEL;
  const rows = rgbRows(pixels, rect);
  return { rect, encoding: "exact", data: await deflated(rows, areaOf(rect) <= EXACT_SYNC_MAX_PX, { level }) };
}

/** The same for a picture that has shades and grain: differences are half as many bytes, in half of the time. */
export async function encodeShaded(pixels: Pixels, rect: Rect): Promise<EncodedRect> {
  return { rect, encoding: "shaded", data: await deflated(rgbSteps(pixels, rect), areaOf(rect) <= SYNC_MAX_PX, STEPS) };
}

async function deflated(bytes: Uint8Array, atOnce: boolean, options: ZlibOptions): Promise<Uint8Array> {
  if (atOnce) return deflateRawSync(bytes, options);
  return await deflateInThread(bytes, { ...options, chunkSize: CHUNK_BYTES });
}
