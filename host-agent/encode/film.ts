import type { EncodedRect } from "../../protocol/encoded-rect.ts";
import { type CellRun, encodeFilm, hasCells, softSizeOf } from "../../protocol/film.ts";
import { areaOf, type Rect, wholeOf } from "../../protocol/geometry.ts";
import { filmQuality } from "../core/choose-encoding.ts";
import { sharpRuns } from "../core/film-detail.ts";
import { sharpLayer } from "../core/sharp-layer.ts";
import type { JpegEncoder, Pixels } from "./driver.ts";
import { loadPiece } from "./film-loops.ts";

/** So many pieces has a film of 3840 x 2160 (core/choose-encoding.ts), all of which are halved before the first is encoded. */
const MAX_ROOMS = 8;

/** What a piece of a film is encoded of: all of it at half its size, and which of its cells stay sharp. */
export type Layers = {
  readonly pixels: Pixels;
  readonly rect: Rect;
  readonly soft: Pixels;
  readonly runs: readonly CellRun[];
  readonly room: Uint8Array;
};

/** Encodes pieces of films in their two layers. */
export class FilmEncoder {
  private readonly jpeg: JpegEncoder;
  /** For soft layers, of a megabyte each: made anew for each picture they would have memory collected twice a second. */
  private readonly rooms: Uint8Array[] = [];

  constructor(jpeg: JpegEncoder) {
    this.jpeg = jpeg;
  }

  /** @returns undefined where JPEG of all of it takes fewer bytes than two layers, or there is no room for a cell */
  layersOf(pixels: Pixels, rect: Rect): Layers | undefined {
    if (!hasCells(rect)) return undefined;
    const piece = loadPiece(pixels, rect);
    const runs = sharpRuns(piece.losses());
    if (runs === undefined) return undefined;
    const room = this.takeRoom(areaOf(softSizeOf(rect)) * 4);
    return { pixels, rect, soft: piece.halved(room), runs, room };
  }

  /**
   * The pixels are read before this returns its promise. Layers are encoded once: then another piece gets their room.
   * @param quality 1..100, or 0 for automatic
   */
  async encode({ pixels, rect, soft, runs, room }: Layers, quality: number): Promise<EncodedRect> {
    const sharp = sharpLayer(pixels, rect, runs);
    const jpegs = await Promise.all([
      this.encodeLayer(soft, quality),
      sharp === undefined ? new Uint8Array() : this.encodeLayer(sharp, quality),
    ]);
    // Not after a failure: the other layer may still be under way.
    this.leaveRoom(room);
    return { rect, encoding: "film", data: encodeFilm({ soft: jpegs[0], runs, sharp: jpegs[1] }) };
  }

  /** With whole chroma: where the film is soft it is halved already, and sharp cells would run into each other. */
  private encodeLayer(layer: Pixels, quality: number): Promise<Uint8Array> {
    const settings = { quality: filmQuality(quality), chroma: "444", isAwaited: true } as const;
    return this.jpeg.encode(layer, wholeOf(layer.size), settings);
  }

  private takeRoom(bytes: number): Uint8Array {
    const room = this.rooms.pop();
    return room !== undefined && room.length >= bytes ? room : new Uint8Array(bytes);
  }

  private leaveRoom(room: Uint8Array): void {
    if (this.rooms.length < MAX_ROOMS) this.rooms.push(room);
  }
}
