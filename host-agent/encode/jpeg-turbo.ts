import { areaOf, type Rect } from "../../protocol/geometry.ts";
import { copiedRect } from "./copied-rect.ts";
import type { JpegEncoder, JpegEncoderDriver, JpegSettings, Pixels } from "./driver.ts";

type Library = typeof import("@julusian/jpeg-turbo");

/**
 * A thread is given room for the worst case on every call, cleared, which costs nearly as much as encoding: pieces of a
 * picture (core/choose-encoding.ts) are encoded here, and only whole pictures, which take longer than the event loop
 * should wait, elsewhere.
 */
const SYNC_MAX_PX = 128 * 1024;

/** libjpeg-turbo as a native addon: takes the display's own layout and a stride, so nothing is converted. */
export const jpegTurboDriver: JpegEncoderDriver = {
  name: "jpeg-turbo",

  async probe() {
    try {
      const { default: library } = await import("@julusian/jpeg-turbo");
      const options = { format: library.FORMAT_BGRX, width: 16, height: 16, subsampling: library.SAMP_444 };
      const jpeg = library.compressSync(Buffer.alloc(16 * 16 * 4), options);
      return { available: true, note: `libjpeg-turbo encodes (${jpeg.length} bytes for a black square)` };
    } catch (error) {
      // Expected: no binary for this platform, or one that does not load here.
      return {
        available: false,
        why: `the libjpeg-turbo addon does not load: ${error instanceof Error ? error.message : String(error)}`,
        hint: "Nothing needs to be done: sharp encodes instead, more slowly. Binaries exist for Linux, macOS and Windows.",
      };
    }
  },

  async open() {
    const { default: library } = await import("@julusian/jpeg-turbo");
    return new JpegTurboEncoder(library);
  },
};

class JpegTurboEncoder implements JpegEncoder {
  readonly name = "jpeg-turbo";
  private readonly library: Library;
  /** Encoded into and copied out of, because the library wants room for the worst case on every call. */
  private scratch = Buffer.alloc(0);

  constructor(library: Library) {
    this.library = library;
  }

  async encode(pixels: Pixels, rect: Rect, { quality, chroma }: JpegSettings): Promise<Uint8Array> {
    const { FORMAT_BGRX, SAMP_420, SAMP_444, bufferSize, compress, compressSync } = this.library;
    const { width, height } = rect;
    const options = {
      format: FORMAT_BGRX,
      width,
      height,
      subsampling: chroma === "444" ? SAMP_444 : SAMP_420,
      quality,
    };
    const stride = pixels.size.width;
    const start = (rect.y * stride + rect.x) * 4;
    const strided = pixels.bytes.subarray(start, start + stride * height * 4);
    // The library counts whole strides, the last row's too; at the lower end of the picture that is more than there is.
    const fits = strided.length === stride * height * 4;
    const source = asBuffer(fits ? strided : copiedRect(pixels, rect).bytes);
    const sourceOptions = fits ? { ...options, stride } : options;
    if (areaOf(rect) > SYNC_MAX_PX) return Uint8Array.from(await compress(source, sourceOptions));
    const worstBytes = bufferSize(options);
    if (this.scratch.length < worstBytes) this.scratch = Buffer.alloc(worstBytes);
    return Uint8Array.from(compressSync(source, this.scratch, sourceOptions));
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
