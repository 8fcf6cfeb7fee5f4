import type { Rect } from "../../protocol/geometry.ts";
import { Region } from "./region.ts";
import { FILM_PX } from "./steady-motion.ts";

/**
 * What a part of a film costs beside its pixels, in pixels: the tables of a JPEG, and half a millisecond of a browser before it
 * decodes anything.
 */
const PART_COST_PX = 32_768;

/**
 * What to send of what is missing, as disjoint rectangles. A film comes from its player in slivers, as it leaves out what rests
 * in it for a picture or two: what lies between them is sent along where that is cheaper, and only there.
 * @param films where there are films (steady-motion.ts)
 * @param maxRects of what is not in them; and of each of those
 */
export function withWholeFilms(missing: Region, films: readonly Rect[], maxRects: number): Rect[] {
  const inFilms = films.map((film) => missing.within(film));
  if (inFilms.reduce((sum, part) => sum + part.area, 0) < FILM_PX) return missing.simplified(maxRects);
  const rects = inFilms.flatMap((part) => part.simplified(maxRects, PART_COST_PX));
  const others = missing.subtract(Region.of(films)).simplified(maxRects);
  // What is merged of them may reach into a film.
  return [...rects, ...Region.of(others).subtract(Region.of(rects)).rects];
}
