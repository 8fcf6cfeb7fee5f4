import { decodeCopySource, type EncodedRect } from "../../protocol/encoded-rect.ts";
import type { Rect } from "../../protocol/geometry.ts";
import type { TextHistory } from "../../protocol/text-history.ts";
import { inflateText, opaque } from "../core/inflate-pixels.ts";
import type { AreaCopy } from "./area-copy.ts";
import { decodeFilmRect } from "./film.ts";
import type { PixelDecoder } from "./pixel-decoder.ts";

/** One rectangle, ready to be painted. `discard` frees what a picture holds when it is painted or given up. */
export type DecodedRect = {
  readonly paint: (context: CanvasRenderingContext2D, copyArea: AreaCopy) => void;
  readonly discard: () => void;
};

/**
 * Decodes one rectangle. Rejects when the data is not a picture of exactly this size; nothing is held then.
 * @param history what text rectangles may refer to. To be called in the order in which they came: each is added before the
 * call returns.
 * @param updatePixels to be decoded of its update until here, with this rectangle
 */
export async function decodeRect(
  { rect, encoding, data }: EncodedRect,
  history: TextHistory,
  decoder: PixelDecoder,
  updatePixels: number,
): Promise<DecodedRect> {
  switch (encoding) {
    case "solid":
      return solid(rect, data);
    case "exact":
    case "shaded":
    case "indexed":
      return pixels(rect, await decoder.rows(encoding, rect, data, updatePixels));
    case "text":
      return pixels(rect, new ImageData(opaque(inflateText(rect, data, history)), rect.width, rect.height));
    case "jpeg":
      return drawn(rect, await decoder.jpeg(rect, data));
    case "film":
      return await decodeFilmRect(rect, data, decoder);
    case "copy":
      return copy(rect, data);
  }
}

function solid(rect: Rect, data: Uint8Array): DecodedRect {
  const [red, green, blue] = data;
  const paint = (context: CanvasRenderingContext2D) => {
    context.fillStyle = `rgb(${red} ${green} ${blue})`;
    context.fillRect(rect.x, rect.y, rect.width, rect.height);
  };
  return { paint, discard: nothingHeld };
}

function pixels({ x, y }: Rect, image: ImageData): DecodedRect {
  return { paint: (context) => context.putImageData(image, x, y), discard: nothingHeld };
}

function drawn({ x, y }: Rect, picture: ImageBitmap): DecodedRect {
  return { paint: (context) => context.drawImage(picture, x, y), discard: () => picture.close() };
}

function copy(rect: Rect, data: Uint8Array): DecodedRect {
  const from = decodeCopySource(data);
  return { paint: (context, copyArea) => copyArea(context, from, rect), discard: nothingHeld };
}

function nothingHeld(): void {}
