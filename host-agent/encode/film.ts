import type { EncodedRect } from "../../protocol/encoded-rect.ts";
import { type CellRun, encodeFilm, softSizeOf } from "../../protocol/film.ts";
import { areaOf, type Rect, wholeOf } from "../../protocol/geometry.ts";
import { filmQuality } from "../core/choose-encoding.ts";
import { sharpLayer, softLayer } from "../core/film-layers.ts";
import type { JpegEncoder, Pixels } from "./driver.ts";

/** So many pieces has a film of 2560 x 1440 (core/choose-encoding.ts). */
const MAX_ROOMS = 4;

/** Encodes pieces of films in their two layers. */
export class FilmEncoder {
  private readonly jpeg: JpegEncoder;
  /** For soft layers, of a megabyte each: made anew for each picture they would have memory collected twice a second. */
  private readonly rooms: Int32Array<ArrayBuffer>[] = [];

  constructor(jpeg: JpegEncoder) {
    this.jpeg = jpeg;
  }

  /**
   * The pixels are read before this returns its promise.
   * @param runs the cells that stay sharp (core/film-detail.ts)
   * @param quality 1..100, or 0 for automatic
   */
  async encode(pixels: Pixels, rect: Rect, runs: readonly CellRun[], quality: number): Promise<EncodedRect> {
    const room = this.takeRoom(areaOf(softSizeOf(rect)));
    const sharp = sharpLayer(pixels, rect, runs);
    const jpegs = await Promise.all([
      this.encodeLayer(softLayer(pixels, rect, room), quality),
      sharp === undefined ? new Uint8Array() : this.encodeLayer(sharp, quality),
    ]);
    // Not after a failure: the other layer may still be under way.
    if (this.rooms.length < MAX_ROOMS) this.rooms.push(room);
    return { rect, encoding: "film", data: encodeFilm({ soft: jpegs[0], runs, sharp: jpegs[1] }) };
  }

  /** With whole chroma: where the film is soft it is halved already, and sharp cells would run into each other. */
  private encodeLayer(layer: Pixels, quality: number): Promise<Uint8Array> {
    const settings = { quality: filmQuality(quality), chroma: "444", isAwaited: true } as const;
    return this.jpeg.encode(layer, wholeOf(layer.size), settings);
  }

  private takeRoom(pixels: number): Int32Array<ArrayBuffer> {
    const room = this.rooms.pop();
    return room !== undefined && room.length >= pixels ? room : new Int32Array(pixels);
  }
}
