import { type Rect, type Size, wholeOf } from "../../protocol/geometry.ts";
import type { Capture, RawImage } from "../capture/driver.ts";
import { copiedRect } from "../core/copied-rect.ts";
import { grown, shifted } from "../core/rect.ts";
import { Region } from "../core/region.ts";

/** A window that has moved out of what is read while it is read is read again, at most until it has been so often. */
const MAX_GRABS = 3;
/** What changes so near to what is read is a part of it, mostly; and while it moves, so much more is read around it. */
const MARGIN_PX = 64;
const MOVING_MS = 1000;
const MAX_GRAB_RECTS = 16;
/**
 * What asking for one rectangle more costs, in pixels read and compared (about 20 us); and a window's old and new places,
 * read as one, show that it moved.
 */
const GRAB_COST_PX = 20_000;
/** A guess that is wrong costs a tenth of a millisecond; one that is right saves a round trip, which takes longer. */
const MAX_GUESS_PX = 65_536;

/**
 * Reads what has changed of the display, as it was at one moment. Damage is unioned, never queued. Where it changed is
 * mostly asked in the same breath with the pixels: the next letter comes beside the last one.
 */
export class DisplayReader {
  private readonly capture: Capture;
  private readonly nowMs: () => number;
  private size: Size;
  private known = Region.empty;
  /** More has changed, and the capture was not asked where. */
  private isBehind: boolean = false;
  /** When something had last changed beyond what was read: it moves, and may go on. */
  private strayedMs = Number.NEGATIVE_INFINITY;
  /** Where it may change next, if that is not much. */
  private guess = Region.empty;

  constructor(capture: Capture, nowMs: () => number) {
    this.capture = capture;
    this.nowMs = nowMs;
    this.size = capture.size;
  }

  /** As far as it is known. */
  get damage(): Region {
    return this.known;
  }

  get knowsAll(): boolean {
    return !this.isBehind;
  }

  damaged(rects: readonly Rect[]): void {
    this.known = this.known.union(Region.of(rects));
  }

  changedSomewhere(): void {
    this.isBehind = true;
  }

  /** The display has another size: all of it is to be read, and what is being read is of no use. */
  resized(size: Size): void {
    this.size = size;
    this.known = Region.of([wholeOf(size)]);
    this.guess = Region.empty;
  }

  /** Nobody looks on. */
  forget(): void {
    this.known = Region.empty;
    this.isBehind = false;
  }

  /** Asks where it has changed. */
  async catchUp(): Promise<void> {
    this.isBehind = false;
    await this.capture.catchUp();
  }

  /**
   * All that has changed: read in two, a window may be at its new place in one part and at its old one in the other.
   * Whatever moves on through MAX_GRABS readings is shown as the last one found it.
   * @returns undefined: nothing, or the display changed its size meanwhile and these pixels are of a picture nobody shows
   * @throws HostError `capture-lost`
   */
  async read(): Promise<readonly RawImage[] | undefined> {
    // Asking is cheaper than reading in vain.
    if (this.isBehind && (!this.known.isEmpty || this.guess.isEmpty)) await this.catchUp();
    if (this.known.isEmpty && !this.isBehind) return undefined;
    const { size } = this;
    for (let grabs = 0; ; ) {
      const { known } = this;
      const isGuess = known.isEmpty;
      this.known = Region.empty;
      // Whatever we were told of by now, `grab` asks for.
      this.isBehind = false;
      const rects = (isGuess ? this.guess : this.withMargin(known)).simplified(MAX_GRAB_RECTS, GRAB_COST_PX);
      const { images, damaged } = await this.capture.grab(rects);
      if (size !== this.size) return undefined;
      const read = Region.of(rects);
      const found = Region.of(damaged);
      // What was reported meanwhile may be newer than these pixels, and is read anew; what was told with them is not.
      this.known = this.known.union(found.subtract(read));
      const missed = this.known.subtract(read);
      if (isGuess) {
        if (found.isEmpty) return undefined;
        if (missed.isEmpty) return images.flatMap((image) => partOf(image, found));
        this.known = this.known.union(found);
        continue;
      }
      grabs += 1;
      if (missed.intersect(around(rects)).isEmpty) return images;
      this.strayedMs = this.nowMs();
      if (grabs === MAX_GRABS) return images;
      this.known = this.known.union(known);
    }
  }

  /** So much of what was read was really new. */
  foundNew(rects: readonly Rect[]): void {
    const near = around(rects).within(wholeOf(this.size));
    this.guess = near.area <= MAX_GUESS_PX ? near : Region.empty;
  }

  private withMargin(known: Region): Region {
    const isMoving = this.nowMs() - this.strayedMs < MOVING_MS;
    return isMoving ? around(known.rects).within(wholeOf(this.size)) : known;
  }
}

/** So much on every side, too, that what moves does not move out of it at once. */
const around = (rects: readonly Rect[]): Region => Region.of(rects.map((rect) => grown(rect, MARGIN_PX)));

/** The smallest part of the image with all of the region's pixels that are in it. */
function partOf({ rect, pixels }: RawImage, region: Region): RawImage[] {
  const [part] = region.within(rect).simplified(1);
  if (part === undefined) return [];
  const { bytes } = copiedRect({ size: rect, bytes: pixels }, shifted(part, -rect.x, -rect.y));
  return [{ rect: part, pixels: bytes }];
}
