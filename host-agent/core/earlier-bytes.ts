import { MAX_MATCH_BYTES, MIN_MATCH_BYTES } from "./fixed-block.ts";

/** As far back as deflate can refer (RFC 1951). */
const WINDOW_BYTES = 32 * 1024;
/** From farther away, to refer to three bytes takes more bits than the bytes. */
const MAX_DISTANCE_OF_THREE = 4096;
/** Places tried for a match; most are found after a few dozen. */
const MAX_TRIES = 1024;
const HASH_BITS = 14;

/** What comes next stood `distance` bytes before, so many bytes of it; 0: nowhere. */
export type Match = { readonly length: number; readonly distance: number };
export const NO_MATCH: Match = { length: 0, distance: 0 };

/**
 * Finds what stood before in bytes that come piece by piece. Of every three bytes it remembers where they stood last, and for
 * each place, where they stood before that: what has come is hashed once, however often it is searched.
 *
 * Places are counted from the first byte ever, modulo 2 ** 32. What they lead to is compared byte by byte, so one that is
 * out of date leads to no wrong match.
 */
export class EarlierBytes {
  private readonly lastPlaces = new Uint32Array(2 ** HASH_BITS);
  private readonly placesBefore = new Uint32Array(WINDOW_BYTES);
  private window: Uint8Array = new Uint8Array();
  /** Where the window begins. */
  private start = 0;
  /** Where it ends; so much at the beginning that place 0, which the tables are full of then, is out of reach. */
  private end = 2 * WINDOW_BYTES;
  /** All places before this one are in the tables. */
  private hashedTo = 0;

  /**
   * @param window the latest bytes, 32 KiB at most, which stay as they are until the next call; fewer where those before
   * count no more
   * @param added so many of them are new, at its end
   */
  append(window: Uint8Array, added: number): void {
    this.window = window;
    this.end = (this.end + added) >>> 0;
    this.start = (this.end - window.length) >>> 0;
  }

  /**
   * The longest of all that begin before this byte of the window, or nearly; of those as long, the nearest. To be asked in
   * the bytes' order.
   */
  matchOf(at: number): Match {
    const { window } = this;
    const maxLength = Math.min(MAX_MATCH_BYTES, window.length - at);
    if (maxLength < MIN_MATCH_BYTES) return NO_MATCH;
    this.hashTo(at);
    let best = NO_MATCH;
    // A longer match holds the three bytes that the best one ends within: these are rarer than its first three.
    let lead = 0;
    let place = this.lastPlaceOf(at);
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const distance = (this.start + at + lead - place) >>> 0;
      if (distance > at) break;
      const length = distance > best.distance ? this.sameBytes(at, distance, best.length, maxLength) : 0;
      if (length > best.length && (length > MIN_MATCH_BYTES || distance <= MAX_DISTANCE_OF_THREE)) {
        best = { length, distance };
        if (length === maxLength) break;
        lead = length - 2;
        place = this.lastPlaceOf(at + lead);
      } else place = this.placesBefore[place % WINDOW_BYTES] ?? 0;
    }
    return best;
  }

  /** How many bytes from here on stood so far before; 0 where they are not more than `known`, or fewer than a match has. */
  private sameBytes(at: number, distance: number, known: number, most: number): number {
    const { window } = this;
    const from = at - distance;
    if (window[from + known] !== window[at + known]) return 0;
    let length = 0;
    while (length < most && window[from + length] === window[at + length]) length += 1;
    return length < MIN_MATCH_BYTES ? 0 : length;
  }

  private hashTo(at: number): void {
    for (let next = Math.max(0, (this.hashedTo - this.start) | 0); next < at; next += 1) {
      const hash = this.hashOf(next);
      const place = (this.start + next) >>> 0;
      this.placesBefore[place % WINDOW_BYTES] = this.lastPlaces[hash] ?? 0;
      this.lastPlaces[hash] = place;
    }
    this.hashedTo = (this.start + at) >>> 0;
  }

  private lastPlaceOf(at: number): number {
    return this.lastPlaces[this.hashOf(at)] ?? 0;
  }

  private hashOf(at: number): number {
    const { window } = this;
    const three = (window[at] ?? 0) | ((window[at + 1] ?? 0) << 8) | ((window[at + 2] ?? 0) << 16);
    return Math.imul(three, 0x9e3779b1) >>> (32 - HASH_BITS);
  }
}
