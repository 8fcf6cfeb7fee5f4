import { cellsOf, hasCells, softSizeOf } from "../../protocol/film.ts";
import { areaOf, type Rect } from "../../protocol/geometry.ts";
import film from "../assembly/film.wasm";
import { copyRect } from "../core/copied-rect.ts";
import type { Pixels } from "./driver.ts";

/** A piece of a film where WebAssembly can reach it, until the next one is loaded. */
export type FilmPiece = {
  /** What each cell loses by being halved (core/film-detail.ts), in reading order; valid as long as the piece is loaded. */
  losses(): Int32Array;
  /**
   * At half its size: each pixel the mean of four, or of what there are at an odd end.
   * @param room where the pixels go: at least four bytes for each that `softSizeOf` the piece has
   */
  halved(room: Uint8Array): Pixels;
};

/**
 * @param rect at least a cell wide and high
 * @throws RangeError when it is smaller, or larger than pieces are
 */
export function loadPiece(pixels: Pixels, rect: Rect): FilmPiece {
  const { width, height } = rect;
  if (areaOf(rect) > film.MAX_PX.value || !hasCells(rect)) throw new RangeError(`a film's piece of ${width}x${height}`);
  const { buffer } = film.memory;
  copyRect(pixels, rect, new Uint8Array(buffer, film.PIXELS.value, areaOf(rect) * 4));
  return {
    losses() {
      film.measureLosses(width, height);
      return new Int32Array(buffer, film.LOSSES.value, cellsOf(rect));
    },
    halved(room) {
      film.halve(width, height);
      const size = softSizeOf(rect);
      const bytes = room.subarray(0, areaOf(size) * 4);
      bytes.set(new Uint8Array(buffer, film.HALVED.value, bytes.length));
      return { size, bytes };
    },
  };
}
