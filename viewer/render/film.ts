import { decodeFilm, sharpSizeOf, softSizeOf, stripsOf } from "../../protocol/film.ts";
import type { Rect } from "../../protocol/geometry.ts";
import type { DecodedRect } from "./decode-rect.ts";
import type { PixelDecoder } from "./pixel-decoder.ts";

/**
 * Decodes both layers of a film's rectangle (protocol/film.ts), at the same time. Rejects when they are not of its size;
 * nothing is held then.
 */
export async function decodeFilmRect(rect: Rect, data: Uint8Array, decoder: PixelDecoder): Promise<DecodedRect> {
  const { soft, runs, sharp } = decodeFilm(rect, data);
  const sharpSize = sharpSizeOf(rect, runs);
  const [below, above] = await both(
    decoder.jpeg(softSizeOf(rect), soft),
    sharpSize === undefined ? undefined : decoder.jpeg(sharpSize, sharp),
  );
  const strips = stripsOf(rect, runs);
  return {
    paint: (context) => {
      const { x, y, width, height } = rect;
      // Of an odd length the last soft pixel is only half inside.
      context.drawImage(below, 0, 0, width / 2, height / 2, x, y, width, height);
      if (above === undefined) return;
      for (const { from, to, size } of strips) {
        const { width: across, height: down } = size;
        context.drawImage(above, from.x, from.y, across, down, x + to.x, y + to.y, across, down);
      }
    },
    discard: () => {
      below.close();
      above?.close();
    },
  };
}

/** Both pictures, or none of them held. */
async function both(
  one: Promise<ImageBitmap>,
  other: Promise<ImageBitmap> | undefined,
): Promise<[ImageBitmap, ImageBitmap | undefined]> {
  try {
    return await Promise.all([one, other]);
  } catch (error) {
    for (const picture of await Promise.allSettled([one, other])) {
      if (picture.status === "fulfilled") picture.value?.close();
    }
    throw error;
  }
}
