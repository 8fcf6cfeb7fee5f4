import { type EncodedRect, MAX_TEXT_PX } from "../../protocol/encoded-rect.ts";
import { areaOf, type Rect } from "../../protocol/geometry.ts";
import {
  type ChosenEncoding,
  chooseEncoding,
  isLayered,
  isOneColour,
  isTextExact,
  jpegSettingsFor,
  type Purpose,
  splitFilm,
  splitForEncoding,
} from "../core/choose-encoding.ts";
import { Motion } from "../core/motion.ts";
import { overlaps } from "../core/rect.ts";
import { rgbRows } from "../core/rgb-rows.ts";
import { type HistoryPlace, type HistoryReader, SharedHistory } from "../core/shared-history.ts";
import type { JpegEncoder, Pixels } from "./driver.ts";
import { encodeExact, encodeIndexed, encodeShaded } from "./exact.ts";
import { FilmEncoder, type Layers } from "./film.ts";
import { encodeSolid } from "./solid.ts";
import { deflateText } from "./text.ts";
import { TurnBudget } from "./turn-budget.ts";

/**
 * How long encoding may hold up the event loop at a time; one piece more takes about a millisecond, and of a film up to two.
 * All of a film is halved at once, and looked at for what stays sharp: two thirds of a millisecond for a million pixels.
 */
const TURN_BUDGET_MS = 3;
/** What viewers that keep up ask for lies a few updates back at most. */
const MAX_CACHED_RECTS = 256;
const MAX_CACHED_BYTES = 8 * 1024 * 1024;

export type RectEncoderStats = {
  /** Requests that were encoded, and requests that found the work of another viewer. */
  encodes: number;
  cacheHits: number;
  /** Rectangles that came out, by encoding. */
  jpegRects: number;
  exactRects: number;
  shadedRects: number;
  indexedRects: number;
  filmRects: number;
  solidRects: number;
  textRects: number;
};

/** Encodes one piece. */
type Work = () => Promise<EncodedRect>;

/** In reading order; some may be done long before others. */
type Pieces = readonly Promise<EncodedRect>[];

type Cached = {
  readonly rect: Rect;
  readonly pieces: Pieces;
  /** Where in the history a viewer stands that is sent these. */
  readonly after: HistoryPlace | undefined;
  bytes: number;
};

/** Encodes rectangles of the surface, once for all viewers that ask for the same one. */
export class RectEncoder {
  readonly stats: RectEncoderStats = {
    encodes: 0,
    cacheHits: 0,
    jpegRects: 0,
    exactRects: 0,
    shadedRects: 0,
    indexedRects: 0,
    filmRects: 0,
    solidRects: 0,
    textRects: 0,
  };
  private readonly jpeg: JpegEncoder;
  private readonly film: FilmEncoder;
  private readonly motion = new Motion();
  private readonly history = new SharedHistory();
  private readonly turn: TurnBudget;
  /** In the order of the last use, oldest first. */
  private readonly cache = new Map<string, Cached>();
  private cachedBytes = 0;
  private cachedFrom: Uint8Array | undefined;

  /** @param nowMs a clock, for how long encoding holds up the event loop */
  constructor(jpeg: JpegEncoder, nowMs = () => performance.now()) {
    this.jpeg = jpeg;
    this.film = new FilmEncoder(jpeg);
    this.turn = new TurnBudget(TURN_BUDGET_MS, nowMs);
  }

  /** For a viewer that may have none of what was sent so far: all begin anew, so that one encoding goes on serving them all. */
  openHistory(): HistoryReader {
    return { place: this.history.beginAnew() };
  }

  /**
   * The rectangle as one or more pieces to be painted together. The surface must not change before all of them are done:
   * the desk reads the display anew only when everybody is served. Callers must not alter the result, others get the same
   * one.
   * @param quality 1..100, or 0 for automatic
   * @param reader of a viewer that is sent what it asks for, in the order of the calls. Without one, nothing in the result
   * refers to anything sent before.
   */
  encode(surface: Pixels, rect: Rect, purpose: Purpose, quality: number, reader?: HistoryReader): Pieces {
    if (this.cachedFrom !== surface.bytes) this.forgetAll(surface.bytes);
    const isText = reader !== undefined && purpose === "fresh" && areaOf(rect) <= MAX_TEXT_PX;
    const place = isText ? this.history.placeNow(reader.place) : undefined;
    // What is that small is never a JPEG: no quality makes a difference.
    const sought = place === undefined ? keyOf(rect, `${purpose},${quality}`) : textKeyOf(rect, place);
    const known = this.cache.get(sought);
    if (known !== undefined) {
      this.stats.cacheHits += 1;
      this.cache.delete(sought);
      this.cache.set(sought, known);
      if (reader !== undefined && known.after !== undefined) reader.place = known.after;
      return known.pieces;
    }
    if (place !== undefined && !this.history.isNewest(place)) {
      this.history.missed();
      return this.encode(surface, rect, purpose, quality);
    }
    this.stats.encodes += 1;
    const text = place === undefined ? undefined : this.encodeText(surface, rect);
    if (text !== undefined && reader !== undefined) reader.place = text.after;
    // An epoch may have begun with it: whoever asks next stands at its beginning, and is to find it there.
    const key = place === undefined ? sought : textKeyOf(rect, this.history.placeNow(place));
    const pieces = text?.pieces ?? this.encodePieces(surface, rect, purpose, quality);
    const cached: Cached = { rect, pieces, after: text?.after ?? place, bytes: 0 };
    this.cache.set(key, cached);
    this.evict();
    Promise.all(pieces).then(
      (encoded) => this.weigh(key, cached, encoded),
      () => {
        // The caller hears of it; the next one shall try again.
        if (this.cache.get(key) === cached) this.forget(key, cached);
      },
    );
    return pieces;
  }

  /** These pixels are new: what was encoded of the old ones is void. Times rise. */
  changed(rects: readonly Rect[], nowMs: number): void {
    this.motion.changed(rects, nowMs);
    this.history.displayChanged();
    for (const [key, cached] of this.cache) {
      if (rects.some((rect) => overlaps(rect, cached.rect))) this.forget(key, cached);
    }
  }

  /** Undefined: it does not suit, or is to wait for a turn that has time, and what waits must not refer to what comes meanwhile. */
  private encodeText(surface: Pixels, rect: Rect): { pieces: Pieces; after: HistoryPlace } | undefined {
    if (!this.turn.hasTime) return undefined;
    return this.turn.now(() => {
      if (isOneColour(surface, rect)) return undefined;
      const text = this.history.add(rgbRows(surface, rect), deflateText);
      if (text === undefined) return undefined;
      this.stats.textRects += 1;
      return { pieces: [Promise.resolve({ rect, encoding: "text", data: text.data })], after: text.after };
    });
  }

  private encodePieces(surface: Pixels, rect: Rect, purpose: Purpose, quality: number): Pieces {
    const isMoving = this.motion.isMoving(rect);
    const textIsExact = isTextExact(rect, quality, isMoving);
    const choose = (part: Rect) => chooseEncoding(surface, part, purpose, textIsExact);
    // A rectangle of one colour is one piece of any size; of any other, each piece may suit another encoding.
    const plain = (part: Rect, encoding: ChosenEncoding): Work[] => {
      const pieces = splitForEncoding(part, encoding, isMoving);
      const isWhole = pieces.length === 1;
      return pieces.map((one) => () => this.encodePiece(surface, one, isWhole ? encoding : choose(one), quality));
    };
    const works = this.turn.now((): Work[] => {
      const encoding = choose(rect);
      if (encoding !== "jpeg" || !isLayered(rect, quality, isMoving)) return plain(rect, encoding);
      const parts = splitFilm(rect);
      return parts.flatMap((part) => {
        const ofPart = parts.length === 1 ? encoding : choose(part);
        const layers = ofPart === "jpeg" ? this.film.layersOf(surface, part) : undefined;
        return layers === undefined ? plain(part, ofPart) : [() => this.encodeFilm(layers, quality)];
      });
    });
    return works.map((work) => (this.turn.hasTime ? this.turn.now(work) : this.turn.later(work)));
  }

  private encodeFilm(layers: Layers, quality: number): Promise<EncodedRect> {
    this.stats.filmRects += 1;
    return this.film.encode(layers, quality);
  }

  private async encodePiece(
    pixels: Pixels,
    piece: Rect,
    encoding: ChosenEncoding,
    quality: number,
  ): Promise<EncodedRect> {
    switch (encoding) {
      case "solid":
        this.stats.solidRects += 1;
        return encodeSolid(pixels, piece);
      case "exact": {
        const exact = await encodeExact(pixels, piece);
        this.stats[exact.encoding === "indexed" ? "indexedRects" : "exactRects"] += 1;
        return exact;
      }
      case "indexed": {
        const indexed = encodeIndexed(pixels, piece);
        if (indexed === undefined) return await this.encodeJpeg(pixels, piece, quality);
        this.stats.indexedRects += 1;
        return await indexed;
      }
      case "shaded":
        this.stats.shadedRects += 1;
        return await encodeShaded(pixels, piece);
      case "jpeg":
        return await this.encodeJpeg(pixels, piece, quality);
    }
  }

  private async encodeJpeg(pixels: Pixels, piece: Rect, quality: number): Promise<EncodedRect> {
    this.stats.jpegRects += 1;
    const settings = jpegSettingsFor(quality, this.motion.isMoving(piece));
    return { rect: piece, encoding: "jpeg", data: await this.jpeg.encode(pixels, piece, settings) };
  }

  private weigh(key: string, cached: Cached, pieces: readonly EncodedRect[]): void {
    if (this.cache.get(key) !== cached) return;
    cached.bytes = pieces.reduce((sum, piece) => sum + piece.data.length, 0);
    this.cachedBytes += cached.bytes;
    this.evict();
  }

  private evict(): void {
    for (const [key, cached] of this.cache) {
      if (this.cache.size <= MAX_CACHED_RECTS && this.cachedBytes <= MAX_CACHED_BYTES) return;
      this.forget(key, cached);
    }
  }

  private forget(key: string, cached: Cached): void {
    this.cache.delete(key);
    this.cachedBytes -= cached.bytes;
  }

  /** Another surface: the display has another size. */
  private forgetAll(bytes: Uint8Array): void {
    this.cache.clear();
    this.cachedBytes = 0;
    this.cachedFrom = bytes;
    this.motion.forget();
  }
}

const keyOf = ({ x, y, width, height }: Rect, how: string): string => `${x},${y},${width},${height},${how}`;
const textKeyOf = (rect: Rect, { epoch, rects }: HistoryPlace): string => keyOf(rect, `text,${epoch},${rects}`);
