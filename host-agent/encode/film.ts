import type { EncodedRect } from "../../protocol/encoded-rect.ts";
import { encodeFilm, hasCells } from "../../protocol/film.ts";
import { type Rect, wholeOf } from "../../protocol/geometry.ts";
import { filmQuality } from "../core/choose-encoding.ts";
import { filmLayers, isMostlySoft } from "../core/film-layers.ts";
import type { JpegEncoder, Pixels } from "./driver.ts";

/** Whether two layers take fewer bytes than one JPEG. */
export function suitsFilm(pixels: Pixels, rect: Rect): boolean {
  return hasCells(rect) && isMostlySoft(pixels, rect);
}

/**
 * A piece of a film. The pixels are read before this returns, but for what it promises.
 * @param rect that `suitsFilm`
 * @param quality 1..100, or 0 for automatic
 */
export async function encodeLayers(
  jpeg: JpegEncoder,
  pixels: Pixels,
  rect: Rect,
  quality: number,
): Promise<EncodedRect> {
  const { soft, runs, sharp } = filmLayers(pixels, rect);
  // Chroma is halved already where the film is soft. Where it is sharp it is sent whole, or cells would run into each other.
  const settings = { quality: filmQuality(quality), chroma: "444" } as const;
  const encode = (layer: Pixels) => jpeg.encode(layer, wholeOf(layer.size), settings);
  const jpegs = await Promise.all([encode(soft), sharp === undefined ? new Uint8Array() : encode(sharp)]);
  return { rect, encoding: "film", data: encodeFilm({ soft: jpegs[0], runs, sharp: jpegs[1] }) };
}
