import { areaOf, type Rect } from "../../../protocol/geometry.ts";

/** A typed character comes with the cursor beside it: what changes next lies near what changed first. */
const MARGIN_PX = 32;
/** Of the notice itself. A larger change is worth its own question; to read too much of it would cost more than that. */
const MAX_NOTICED_PX = 16 * 1024;

/**
 * Around what a notice of damage names, as much as is worth reading before anybody has asked.
 * @param noticed what changed first; what else has changed is known only later
 * @param part what is shared, in the same coordinates
 * @returns undefined: wait until it is known what changed
 */
export function earlyPart(noticed: Rect, part: Rect): Rect | undefined {
  if (areaOf(noticed) > MAX_NOTICED_PX) return undefined;
  const left = Math.max(noticed.x - MARGIN_PX, part.x);
  const top = Math.max(noticed.y - MARGIN_PX, part.y);
  const right = Math.min(noticed.x + noticed.width + MARGIN_PX, part.x + part.width);
  const bottom = Math.min(noticed.y + noticed.height + MARGIN_PX, part.y + part.height);
  return right > left && bottom > top ? { x: left, y: top, width: right - left, height: bottom - top } : undefined;
}

/** The pixels of `rect`, four bytes each, out of those of a larger one; undefined where it is not inside. */
export function cutOut(pixels: Uint8Array, from: Rect, rect: Rect): Uint8Array | undefined {
  const left = rect.x - from.x;
  const top = rect.y - from.y;
  const isInside = left >= 0 && top >= 0 && left + rect.width <= from.width && top + rect.height <= from.height;
  if (!isInside) return undefined;
  const cut = new Uint8Array(areaOf(rect) * 4);
  for (let row = 0; row < rect.height; row += 1) {
    const start = ((top + row) * from.width + left) * 4;
    cut.set(pixels.subarray(start, start + rect.width * 4), row * rect.width * 4);
  }
  return cut;
}
