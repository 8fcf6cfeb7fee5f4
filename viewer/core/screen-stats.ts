import type { Encoding } from "../../protocol/encoded-rect.ts";

/** What a screen has painted: whole updates, the bytes they came in, and their rectangles by kind. */
export type ScreenStats = Record<"updates" | "bytes" | `${Encoding}Rects`, number>;

export const NOTHING_PAINTED: Readonly<ScreenStats> = {
  updates: 0,
  jpegRects: 0,
  exactRects: 0,
  shadedRects: 0,
  indexedRects: 0,
  filmRects: 0,
  solidRects: 0,
  textRects: 0,
  copyRects: 0,
  bytes: 0,
};
