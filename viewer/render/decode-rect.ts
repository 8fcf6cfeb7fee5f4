import type { Rect } from "../../protocol/geometry.ts";
import type { TextHistory } from "../../protocol/text-history.ts";
import { decodeCopySource, type EncodedRect } from "../../protocol/update.ts";
import { inflateExact, inflateShaded, inflateText } from "../core/inflate-pixels.ts";

/** One rectangle, ready to be painted. `discard` frees what a picture holds when it is painted or given up. */
export type DecodedRect = {
  readonly rect: Rect;
  readonly paint: (context: CanvasRenderingContext2D) => void;
  readonly discard: () => void;
};

/**
 * Decodes one rectangle. Rejects when the data is not a picture of exactly this size; nothing is held then.
 * @param history what text rectangles may refer to. To be called in the order in which they came: each is added before the
 * call returns.
 */
export async function decodeRect(encoded: EncodedRect, history: TextHistory): Promise<DecodedRect> {
  switch (encoded.encoding) {
    case "solid":
      return solid(encoded.rect, encoded.data);
    case "exact":
      return picture(encoded.rect, inflateExact(encoded.rect, encoded.data));
    case "shaded":
      return picture(encoded.rect, inflateShaded(encoded.rect, encoded.data));
    case "text":
      return picture(encoded.rect, inflateText(encoded.rect, encoded.data, history));
    case "jpeg":
      return await jpeg(encoded.rect, encoded.data);
    case "copy":
      return copy(encoded.rect, encoded.data);
  }
}

function solid(rect: Rect, data: Uint8Array): DecodedRect {
  const [red, green, blue] = data;
  const paint = (context: CanvasRenderingContext2D) => {
    context.fillStyle = `rgb(${red} ${green} ${blue})`;
    context.fillRect(rect.x, rect.y, rect.width, rect.height);
  };
  return { rect, paint, discard: nothingHeld };
}

function picture(rect: Rect, rgb: Uint8Array): DecodedRect {
  const image = new ImageData(rect.width, rect.height);
  const rgba = image.data;
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    rgba[to] = rgb[from] ?? 0;
    rgba[to + 1] = rgb[from + 1] ?? 0;
    rgba[to + 2] = rgb[from + 2] ?? 0;
    rgba[to + 3] = 255;
  }
  return { rect, paint: (context) => context.putImageData(image, rect.x, rect.y), discard: nothingHeld };
}

async function jpeg(rect: Rect, data: Uint8Array): Promise<DecodedRect> {
  // A copy, because Blob takes no view of a buffer that might be shared; it is small beside the picture it becomes.
  const blob = new Blob([new Uint8Array(data)], { type: "image/jpeg" });
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  if (bitmap.width !== rect.width || bitmap.height !== rect.height) {
    const found = `${bitmap.width}x${bitmap.height}`;
    bitmap.close();
    throw new Error(`a JPEG of ${found} for a rectangle of ${rect.width}x${rect.height}`);
  }
  return {
    rect,
    paint: (context) => context.drawImage(bitmap, rect.x, rect.y),
    discard: () => bitmap.close(),
  };
}

function copy(rect: Rect, data: Uint8Array): DecodedRect {
  const { x, y, width, height } = rect;
  const from = decodeCopySource(data);
  // A canvas drawn on itself is read before it is drawn on (HTML, "drawing images"), so the two places may overlap.
  const paint = (context: CanvasRenderingContext2D) =>
    context.drawImage(context.canvas, from.x, from.y, width, height, x, y, width, height);
  return { rect, paint, discard: nothingHeld };
}

function nothingHeld(): void {}
