import { cut } from "../../host-agent/core/rect.ts";
import type { Rect } from "../../protocol/geometry.ts";

/** What a player paints of a film for one picture, the so manyth: two thirds of it, here and there; what rests it leaves out. */
export const sliversOf = (film: Rect, picture: number): Rect[] =>
  cut(film, 160, 90).filter((_, index) => (index * 7 + picture) % 3 !== 0);
