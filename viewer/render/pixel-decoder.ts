import { type Size, sameSize } from "../../protocol/geometry.ts";

/** Encodings that are deflated rows (protocol/update.ts). */
export type RowEncoding = "exact" | "shaded";

/** What a way to decode pixels can do. Rejects when the data is not a picture of exactly this size; nothing is held then. */
export interface PixelDecoder {
  /** To be closed when it is drawn or given up. */
  jpeg(size: Size, data: Uint8Array): Promise<ImageBitmap>;
  /** @param updatePixels of its update until here, with these: how much there is to do at once */
  rows(encoding: RowEncoding, size: Size, data: Uint8Array, updatePixels: number): Promise<ImageData>;
}

/** The same picture, if it has the size. @throws Error otherwise, and closes it */
export function ofSize(size: Size, picture: ImageBitmap): ImageBitmap {
  if (sameSize(picture, size)) return picture;
  const words = `${picture.width}x${picture.height}`;
  picture.close();
  throw new Error(`a JPEG of ${words} for a rectangle of ${size.width}x${size.height}`);
}
