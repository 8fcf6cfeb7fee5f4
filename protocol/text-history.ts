import { ProtocolError } from "./errors.ts";

/*
 * What both ends remember of the `text` rectangles (encoded-rect.ts) that one of them has sent: the pixels as places in a common
 * table of colours, and the table. A letter that was seen before is then a few bytes, whatever its colours.
 *
 * data of a text rectangle                  page (what deflate carries)
 *   0  u8   number: 0, the history begins     0  u8 ..  the place of each pixel's colour in the table, rows top down
 *           with this one; else 1 more than   n  R G B  new colours, which follow those in the table: as many as there are
 *           the last, and 1 after 255
 *   1  ..   raw deflate of the page; distances may reach back into the pages before it, as far as 32 KiB
 */
export const MAX_COLOURS = 256;
/** As far back as deflate can refer (RFC 1951). */
const HISTORY_BYTES = 32 * 1024;

export class TextHistory {
  /** Pages. Twice as long as it must be, so that they move to its beginning once in many times. */
  private readonly pages = new Uint8Array(2 * HISTORY_BYTES);
  private end = 0;
  /** R G B. */
  private readonly table = new Uint8Array(3 * MAX_COLOURS);
  private colours = 0;
  /** Where in the table each colour is, for `pageOf`. */
  private readonly places = new Map<number, number>();
  private expected = 0;

  /** What the next page may refer to. A view: it holds until the next `append`. */
  get latest(): Uint8Array {
    return this.pages.subarray(Math.max(0, this.end - HISTORY_BYTES), this.end);
  }

  /** The number of the next rectangle. */
  get number(): number {
    return this.expected;
  }

  /** How many bytes the page of so many pixels may be at most. */
  maxPageBytes(pixels: number): number {
    return pixels + 3 * (MAX_COLOURS - this.colours);
  }

  /**
   * The page of these pixels, to be appended when it is encoded; undefined: the table has no room for their colours.
   * @param rows R G B
   */
  pageOf(rows: Uint8Array): Uint8Array | undefined {
    const page = new Uint8Array(rows.length / 3 + 3 * MAX_COLOURS);
    const added = new Map<number, number>();
    let pageEnd = rows.length / 3;
    for (let from = 0, to = 0; from < rows.length; from += 3, to += 1) {
      const colour = colourAt(rows, from);
      let place = this.places.get(colour) ?? added.get(colour);
      if (place === undefined) {
        place = this.colours + added.size;
        if (place >= MAX_COLOURS) return undefined;
        added.set(colour, place);
        page.set(rows.subarray(from, from + 3), pageEnd);
        pageEnd += 3;
      }
      page[to] = place;
    }
    return page.subarray(0, pageEnd);
  }

  /**
   * The pixels of a page, R G B.
   * @throws ProtocolError when it is no page of so many pixels
   */
  rowsOf(page: Uint8Array, pixels: number): Uint8Array {
    const newBytes = page.length - pixels;
    if (newBytes < 0 || newBytes % 3 !== 0 || page.length > this.maxPageBytes(pixels)) {
      throw new ProtocolError("out-of-range", `a page of ${page.length} bytes for ${pixels} pixels`);
    }
    const known = 3 * this.colours;
    const colours = new Uint8Array(known + newBytes);
    colours.set(this.table.subarray(0, known));
    colours.set(page.subarray(pixels), known);
    const rows = new Uint8Array(3 * pixels);
    for (let at = 0; at < pixels; at += 1) {
      const from = 3 * (page[at] ?? 0);
      if (from >= colours.length) throw new ProtocolError("out-of-range", "a colour that is not in the table");
      rows[3 * at] = colours[from] ?? 0;
      rows[3 * at + 1] = colours[from + 1] ?? 0;
      rows[3 * at + 2] = colours[from + 2] ?? 0;
    }
    return rows;
  }

  /** @param page one that `pageOf` made or `rowsOf` took, of so many pixels */
  append(page: Uint8Array, pixels: number): void {
    for (let at = pixels; at < page.length; at += 3) {
      this.table.set(page.subarray(at, at + 3), 3 * this.colours);
      this.places.set(colourAt(page, at), this.colours);
      this.colours += 1;
    }
    const kept = page.subarray(Math.max(0, page.length - HISTORY_BYTES));
    if (this.end + kept.length > this.pages.length) {
      this.pages.copyWithin(0, this.end - HISTORY_BYTES, this.end);
      this.end = HISTORY_BYTES;
    }
    this.pages.set(kept, this.end);
    this.end += kept.length;
    this.expected = this.expected === 255 ? 1 : this.expected + 1;
  }

  /** What follows begins anew. */
  clear(): void {
    this.end = 0;
    this.expected = 0;
    this.colours = 0;
    this.places.clear();
  }
}

const colourAt = (rows: Uint8Array, at: number): number =>
  ((rows[at] ?? 0) << 16) | ((rows[at + 1] ?? 0) << 8) | (rows[at + 2] ?? 0);
