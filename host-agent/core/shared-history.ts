import { TextHistory } from "../../protocol/text-history.ts";
import { BriefDeflate } from "./brief-deflate.ts";

/** Rectangles that somebody was sent without a history, before all begin a new one: what is saved must outweigh that. */
const MISSES_BEFORE_ANEW = 32;

/** Where a viewer stands in the history: it has been sent, in order, the first so many rectangles of this epoch. */
export type HistoryPlace = { readonly epoch: number; readonly rects: number };
/** One viewer on its way through the history. */
export type HistoryReader = { place: HistoryPlace };

/**
 * The history of text rectangles (protocol/text-history.ts) that all viewers have been sent: there is one for all, so that
 * what refers to it is encoded once. It only grows at its end. A viewer that was sent something else meanwhile has fallen
 * out, until a new epoch begins with nothing; no viewer has to be told of that, the first rectangle of an epoch says so.
 */
export class SharedHistory {
  private readonly history = new TextHistory();
  private readonly brief = new BriefDeflate();
  private newest: HistoryPlace = { epoch: 0, rects: 0 };
  private misses = 0;

  /** A viewer that stood at `place` stands here now: at the beginning, if an epoch has begun since. */
  placeNow(place: HistoryPlace): HistoryPlace {
    return place.epoch === this.newest.epoch ? place : { epoch: this.newest.epoch, rects: 0 };
  }

  isNewest({ epoch, rects }: HistoryPlace): boolean {
    return epoch === this.newest.epoch && rects === this.newest.rects;
  }

  /**
   * For a viewer at the newest place; undefined where there are too many colours.
   * @param rows R G B
   * @param deflate the raw deflate of a page that holds much that is new, and of what it may refer to
   * @returns the data of a text rectangle, and where a viewer stands that is sent it. An epoch may begin with it: `placeNow`
   * of whoever can be sent it is then the beginning.
   */
  add(
    rows: Uint8Array,
    deflate: (page: Uint8Array, earlier: Uint8Array) => Uint8Array,
  ): { readonly data: Uint8Array; readonly after: HistoryPlace } | undefined {
    const page = this.history.pageOf(rows) ?? this.firstPageOf(rows);
    if (page === undefined) return undefined;
    const { number } = this.history;
    this.history.append(page, rows.length / 3);
    const window = this.history.latest;
    const deflated =
      this.brief.deflate(window, page.length) ?? deflate(page, window.subarray(0, window.length - page.length));
    const data = new Uint8Array(1 + deflated.length);
    data[0] = number;
    data.set(deflated, 1);
    this.newest = { epoch: this.newest.epoch, rects: this.newest.rects + 1 };
    return { data, after: this.newest };
  }

  /** A viewer that has fallen out was sent a rectangle without a history. */
  missed(): void {
    this.misses += 1;
  }

  /** The display has another picture, of which nobody was sent anything: all who ask for it can begin together. */
  displayChanged(): void {
    if (this.misses >= MISSES_BEFORE_ANEW) this.beginAnew();
  }

  /** Everybody's history is empty. */
  beginAnew(): HistoryPlace {
    this.history.clear();
    this.misses = 0;
    this.newest = { epoch: this.newest.epoch + 1, rects: 0 };
    return this.newest;
  }

  /** There is no room in the table for these colours, but in an empty one there may be. */
  private firstPageOf(rows: Uint8Array): Uint8Array | undefined {
    const page = new TextHistory().pageOf(rows);
    if (page !== undefined) this.beginAnew();
    return page;
  }
}
