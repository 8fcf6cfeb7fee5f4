import { cellsOf, hasCells, softSizeOf } from "../../protocol/film.ts";
import { areaOf, type Rect } from "../../protocol/geometry.ts";
import film from "../assembly/film.wasm";
import { copyRect } from "./copied-rect.ts";
import type { Pixels } from "./driver.ts";

/** `losses`: what each cell loses by being halved (core/film-detail.ts), in reading order; valid until the next call. */
export type Halved = { readonly soft: Pixels; readonly losses: Int32Array };

/**
 * A piece of a film at half its size: each pixel the mean of four, or of what there are at an odd end.
 * @param rect at least a cell wide and high
 * @param room where the halved pixels go: at least four bytes for each that `softSizeOf(rect)` has
 * @throws RangeError when that is more than a piece may be, or less than a cell
 */
export function halved(pixels: Pixels, rect: Rect, room: Uint8Array): Halved {
  const { width, height } = rect;
  if (areaOf(rect) > film.MAX_PX.value || !hasCells(rect)) throw new RangeError(`a film's piece of ${width}x${height}`);
  const { buffer } = film.memory;
  copyRect(pixels, rect, new Uint8Array(buffer, film.PIXELS.value, areaOf(rect) * 4));
  film.halve(width, height);
  film.measureLosses(width, height);
  const size = softSizeOf(rect);
  const bytes = room.subarray(0, areaOf(size) * 4);
  bytes.set(new Uint8Array(buffer, film.HALVED.value, bytes.length));
  return { soft: { size, bytes }, losses: new Int32Array(buffer, film.LOSSES.value, cellsOf(rect)) };
}
