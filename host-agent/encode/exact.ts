import { promisify } from "node:util";
import { deflateRaw, deflateRawSync } from "node:zlib";
import { areaOf, type Rect } from "../../protocol/geometry.ts";
import type { EncodedRect } from "../../protocol/update.ts";
import { rgbRows } from "../core/rgb-rows.ts";
import type { Pixels } from "./driver.ts";

const deflateInThread = promisify(deflateRaw);

/** A typed character must not wait for a thread; noise of this size deflates in about half a millisecond. */
const SYNC_MAX_PX = 8192;
/** Small ones are text: level 3 makes that 14 % smaller for some hundredths of a millisecond. */
const SMALL_LEVEL = 3;
/** Large ones come by the dozen, and level 3 would take half as long again. */
const LARGE_LEVEL = 1;

/** Deflated rows, pixel for pixel. The pixels are read before the call returns. */
export async function encodeExact(pixels: Pixels, rect: Rect): Promise<EncodedRect> {
  const rows = rgbRows(pixels, rect);
  const data =
    areaOf(rect) <= SYNC_MAX_PX
      ? deflateRawSync(rows, { level: SMALL_LEVEL })
      : await deflateInThread(rows, { level: LARGE_LEVEL });
  return { rect, encoding: "exact", data };
}
