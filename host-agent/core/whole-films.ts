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
 * @param maxRects about so many of what is not in them; and of each of those
 */
export function withWholeFilms(missing: Region, films: readonly Rect[], maxRects: number): Rect[] {
  const rects = missing.simplified(maxRects);
  const inFilms = films.map((film) => missing.within(film));
  const filmPx = inFilms.reduce((sum, part) => sum + part.area, 0);
  if (rects.length === 1 || filmPx < FILM_PX) return rects;
  const ofFilms = inFilms.flatMap((part) => part.simplified(maxRects, PART_COST_PX));
  const others = missing.subtract(Region.of(films)).simplified(maxRects);
  // What is merged of them may reach into a film.
  return [...ofFilms, ...Region.of(others).subtract(Region.of(ofFilms)).rects];
}
