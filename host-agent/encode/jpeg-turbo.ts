import { areaOf, type Rect } from "../../protocol/geometry.ts";
import { asBuffer } from "../as-buffer.ts";
import { copiedRect } from "../core/copied-rect.ts";
import type { JpegEncoder, JpegEncoderDriver, JpegSettings, Pixels } from "./driver.ts";

type Library = typeof import("@julusian/jpeg-turbo");
type EncodeOptions = Parameters<Library["compress"]>[2];

/** A piece of a still picture (core/choose-encoding.ts) is encoded sooner than a thread is woken; one of what moves is not. */
const SYNC_MAX_PX = 64 * 1024;
/** Where all else waits for it, as for a film's soft layer: a millisecond at most. */
const AWAITED_SYNC_MAX_PX = 256 * 1024;
/** Of the four threads that this program has for everything. */
const LANES = 2;

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
  private readonly room: EncodingRoom;
  private readonly lanes: readonly Lane[];
  private laneInTurn = 0;

  constructor(library: Library) {
    this.library = library;
    this.room = new EncodingRoom(library);
    this.lanes = Array.from({ length: LANES }, () => new Lane(library));
  }

  async encode(pixels: Pixels, rect: Rect, { quality, chroma, isAwaited }: JpegSettings): Promise<Uint8Array> {
    const { FORMAT_BGRX, SAMP_420, SAMP_444, compressSync } = this.library;
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
    if (areaOf(rect) <= (isAwaited ? AWAITED_SYNC_MAX_PX : SYNC_MAX_PX)) {
      return Uint8Array.from(compressSync(source, this.room.for(sourceOptions), sourceOptions));
    }
    this.laneInTurn = (this.laneInTurn + 1) % LANES;
    const lane = this.lanes[this.laneInTurn];
    if (lane === undefined) throw new Error("unreachable");
    return await lane.encode(source, sourceOptions);
  }
}

/** Encodes in a thread, one piece after the other. */
class Lane {
  private readonly library: Library;
  private readonly room: EncodingRoom;
  private previous: Promise<unknown> = Promise.resolve();

  constructor(library: Library) {
    this.library = library;
    this.room = new EncodingRoom(library);
  }

  encode(source: Buffer, options: EncodeOptions): Promise<Uint8Array> {
    const encoding = this.previous.then(async () => {
      return Uint8Array.from(await this.library.compress(source, this.room.for(options), options));
    });
    // Whoever asked hears of a failure; the next in turn does not care.
    this.previous = encoding.catch(() => undefined);
    return encoding;
  }
}

/** Encoded into and copied out of: the library wants room for the worst case, and clears what it has to make itself. */
class EncodingRoom {
  private readonly library: Library;
  private bytes = Buffer.alloc(0);

  constructor(library: Library) {
    this.library = library;
  }

  for(options: EncodeOptions): Buffer {
    const worstBytes = this.library.bufferSize(options);
    if (this.bytes.length < worstBytes) this.bytes = Buffer.alloc(worstBytes);
    return this.bytes;
  }
}
