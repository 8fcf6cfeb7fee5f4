import { inflateRawSync } from "node:zlib";
import sharp from "sharp";
import { encodeControl } from "../../protocol/control.ts";
import { decodeCopySource, type EncodedRect } from "../../protocol/encoded-rect.ts";
import type { Point, Rect, Size } from "../../protocol/geometry.ts";
import { decodeMessage } from "../../protocol/message.ts";
import type { Pipe } from "../../protocol/pipe.ts";
import { MAX_MESSAGE_BYTES, UpdateReader } from "../../protocol/update.ts";
import { decodedFilm } from "./model-film.ts";

/** A viewer without a browser: decodes every update with other libraries than the host's and keeps the picture. */
export class ModelViewer {
  size: Size | undefined;
  updates = 0;
  /** Of these, how many went before others. */
  shortUpdates = 0;
  /** The last update painted; 0: none. */
  painted = 0;
  bytes = 0;
  /** Sends receipts by itself. False: `receipt` does it when the test says so. */
  prompt: boolean;
  readonly rects: EncodedRect[] = [];
  private pipe: Pipe;
  private reader = new UpdateReader();
  /** Of the update that is arriving: it is painted as a whole, or not at all. */
  private arriving: EncodedRect[] = [];
  private picture = new Uint8Array();
  private readonly history = new ModelHistory();
  private painting: Promise<void> = Promise.resolve();
  private owed: number[] = [];

  constructor(pipe: Pipe, options: { prompt: boolean } = { prompt: true }) {
    this.pipe = pipe;
    this.prompt = options.prompt;
  }

  take(bytes: Uint8Array): void {
    if (bytes.length > MAX_MESSAGE_BYTES) throw new Error(`a message of ${bytes.length} bytes`);
    const message = decodeMessage(bytes);
    if (message.kind !== "update-part" && message.kind !== "short-update") return;
    this.bytes += bytes.length;
    if (message.kind === "short-update") {
      this.shortUpdates += 1;
      return this.end(message.sequence, message.rects);
    }
    for (const step of this.reader.read(message.bytes)) {
      if (step.kind === "begin") this.begin(step.size);
      else if (step.kind === "rect") this.arriving.push(step.rect);
      else if (step.kind === "break-off") this.arriving = [];
      else this.end(step.sequence, this.arriving.splice(0));
    }
  }

  /** The host is heard on another pipe: what had half arrived over the one before never comes, and receipts go there. */
  moveTo(pipe: Pipe): void {
    this.pipe = pipe;
    this.reader = new UpdateReader();
    this.arriving = [];
    this.painting = this.painting.then(() => this.history.clear());
  }

  receipts(): void {
    for (const sequence of this.owed.splice(0)) {
      this.pipe.send(encodeControl({ kind: "receipt", sequence, paintTenthsMs: 1 }));
    }
  }

  /** 0xRRGGBB, once everything that arrived is painted. */
  async colourAt(x: number, y: number): Promise<number> {
    await this.painting;
    const at = (y * (this.size?.width ?? 0) + x) * 3;
    return ((this.picture[at] ?? 0) << 16) | ((this.picture[at + 1] ?? 0) << 8) | (this.picture[at + 2] ?? 0);
  }

  /** The whole picture, R G B for each pixel in reading order, once everything that arrived is painted. */
  async pixels(): Promise<Uint8Array> {
    await this.painting;
    return this.picture;
  }

  private begin(size: Size): void {
    this.arriving = [];
    if (this.size?.width === size.width && this.size.height === size.height) return;
    this.size = size;
    this.picture = new Uint8Array(size.width * size.height * 3);
  }

  private end(sequence: number, rects: readonly EncodedRect[]): void {
    this.rects.push(...rects);
    const picture = { width: this.size?.width ?? 0, rgb: this.picture };
    this.painting = this.painting.then(async () => (await painting(rects, this.history))(picture));
    this.updates += 1;
    this.painted = sequence;
    this.owed.push(sequence);
    if (this.prompt) this.receipts();
  }
}

/** What text rectangles may refer to (protocol/text-history.ts), written once more without a thought of speed. */
export class ModelHistory {
  private pages = Buffer.alloc(0);
  private colours: Buffer[] = [];
  private next = 0;

  decode(data: Uint8Array, pixels: number): Uint8Array {
    const number = data[0] ?? -1;
    if (number === 0) this.clear();
    if (number !== this.next) throw new Error(`text rectangle ${number} instead of ${this.next}`);
    this.next = (this.next % 255) + 1;
    const dictionary = this.pages.subarray(-32_768);
    const page = inflateRawSync(data.subarray(1), dictionary.length === 0 ? {} : { dictionary });
    for (let at = pixels; at < page.length; at += 3) this.colours.push(page.subarray(at, at + 3));
    this.pages = Buffer.concat([dictionary, page]);
    return Buffer.concat(Array.from(page.subarray(0, pixels), (place) => this.colours[place] ?? Buffer.alloc(0)));
  }

  clear(): void {
    this.pages = Buffer.alloc(0);
    this.colours = [];
    this.next = 0;
  }
}

/** R G B for each pixel in reading order. */
export type ModelPicture = { readonly width: number; readonly rgb: Uint8Array };

/** Decodes an update. What comes out paints its rectangles, in their order. */
export async function painting(
  rects: readonly EncodedRect[],
  history: ModelHistory,
): Promise<(picture: ModelPicture) => void> {
  const paints = rects.map(async (one) => {
    const { rect, encoding, data } = one;
    if (encoding === "copy") {
      return (picture: ModelPicture) => put(picture, rect, taken(picture, rect, decodeCopySource(data)));
    }
    const rgb = await decoded(one, history);
    return (picture: ModelPicture) => put(picture, rect, rgb);
  });
  const ready = await Promise.all(paints);
  return (picture) => {
    for (const paint of ready) paint(picture);
  };
}

/** R G B for each pixel, by other libraries than the host's. A copy has none of its own. */
export async function decoded(
  { rect, encoding, data }: EncodedRect,
  history = new ModelHistory(),
): Promise<Uint8Array> {
  if (encoding === "jpeg") return await sharp(data).removeAlpha().raw().toBuffer();
  if (encoding === "film") return await decodedFilm(rect, data);
  if (encoding === "exact") return inflateRawSync(data);
  if (encoding === "shaded") {
    const rows = inflateRawSync(data);
    for (let at = rect.width * 3; at < rows.length; at++) rows[at] = (rows[at] ?? 0) + (rows[at - rect.width * 3] ?? 0);
    return rows;
  }
  if (encoding === "indexed") return decodedIndexed(inflateRawSync(data), rect.width * rect.height);
  if (encoding === "text") return history.decode(data, rect.width * rect.height);
  if (encoding === "copy") throw new Error("a copy has no pixels of its own");
  const rgb = new Uint8Array(rect.width * rect.height * 3);
  for (let at = 0; at < rgb.length; at += 3) rgb.set(data, at);
  return rgb;
}

/** Numbers of colours, lower bytes first; then the reds, the greens and the blues. */
function decodedIndexed(bytes: Buffer, pixels: number): Uint8Array {
  const colours = bytes.readUInt16BE(0);
  const numbers = bytes.subarray(2, -3 * colours);
  const [reds, greens, blues] = [3, 2, 1].map((back) => bytes.subarray(bytes.length - back * colours));
  if (numbers.length !== pixels * (colours > 256 ? 2 : 1)) throw new Error("other numbers than pixels");
  const rgb = Array.from({ length: pixels }, (_, at) => {
    const number = (numbers[at] ?? -1) + 256 * (numbers[pixels + at] ?? 0);
    if (number >= colours) throw new Error(`colour ${number} of ${colours}`);
    return [reds?.[number] ?? -1, greens?.[number] ?? -1, blues?.[number] ?? -1];
  });
  return Uint8Array.from(rgb.flat());
}

function put(picture: ModelPicture, { x, y, width, height }: Rect, rgb: Uint8Array): void {
  for (let row = 0; row < height; row++) {
    const line = rgb.subarray(row * width * 3, (row + 1) * width * 3);
    picture.rgb.set(line, ((y + row) * picture.width + x) * 3);
  }
}

function taken(picture: ModelPicture, { width, height }: Size, from: Point): Uint8Array {
  const rgb = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    const start = ((from.y + row) * picture.width + from.x) * 3;
    rgb.set(picture.rgb.subarray(start, start + width * 3), row * width * 3);
  }
  return rgb;
}
