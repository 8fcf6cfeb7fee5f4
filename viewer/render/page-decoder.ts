import type { Size } from "../../protocol/geometry.ts";
import { inflateRows, type RowEncoding } from "../core/inflate-pixels.ts";
import { inflateInTurns } from "./inflate-in-turns.ts";
import { type PixelDecoder, refuseOtherThan } from "./pixel-decoder.ts";

/** With what every page has, on its own thread as far as the browser leaves it there. */
export class PageDecoder implements PixelDecoder {
  async jpeg(size: Size, data: Uint8Array): Promise<ImageBitmap> {
    // A copy, because Blob takes no view of a buffer that might be shared; it is small beside the picture it becomes.
    const blob = new Blob([data.slice()], { type: "image/jpeg" });
    const picture = await createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
    try {
      refuseOtherThan(size, picture);
      return picture;
    } catch (error) {
      picture.close();
      throw error;
    }
  }

  async rows(encoding: RowEncoding, size: Size, data: Uint8Array): Promise<ImageData> {
    return new ImageData(await inflateInTurns(encoding, size, data), size.width, size.height);
  }

  /** Inflated before anything else happens on the page. */
  async rowsAtOnce(encoding: RowEncoding, size: Size, data: Uint8Array): Promise<ImageData> {
    return new ImageData(inflateRows(encoding, size, data), size.width, size.height);
  }
}
