import type { Point, Rect } from "../../../protocol/geometry.ts";
import { type Color, copyPlace, fillRect, overlap, type Raster } from "../../raster/raster.ts";
import { textWidthPx } from "../../raster/stroke-font.ts";
import { CARD_SIZE, drawBackground, PLACES } from "./background.ts";
import { drawText, type Lettering, makeLettering } from "./lettering.ts";

const TEXT: Color = { red: 0xe8, green: 0xed, blue: 0xf5 };
const ACCENT: Color = { red: 0x4c, green: 0xc2, blue: 0xff };
const CROSSHAIR: Color = { red: 0xff, green: 0xb4, blue: 0x54 };

const BLOCK_WIDTH = 96;
const BLOCK_STEP_PX = 8;
const CROSSHAIR_ARM_PX = 22;
const MAX_KEYS_MEASURED = 200;
const SMALL = { capitalPx: 18, strokePx: 2.4, color: "white" };

/** What the card shows at a moment. */
type Showing = {
  clock: string;
  blockX: number;
  pointer: Point | undefined;
  buttons: readonly number[];
  wheel: string;
  keys: string;
};

/**
 * The test card: a picture of its own, with a clock, a moving block, and an echo of the input it gets. Each change is
 * drawn at once and told with the rectangles it touched.
 */
export class TestCard {
  readonly raster: Raster;
  private readonly background: Raster;
  private readonly digits: Lettering;
  private readonly small: Lettering;
  private readonly listeners = new Set<(rects: readonly Rect[]) => void>();
  private showing: Showing = { clock: "", blockX: 0, pointer: undefined, buttons: [], wheel: "", keys: "" };
  private ticks = 0;

  constructor(background: Raster, digits: Lettering, small: Lettering) {
    this.background = background;
    this.digits = digits;
    this.small = small;
    this.raster = { size: CARD_SIZE, pixels: Uint8Array.from(background.pixels) };
    this.draw([PLACES.track]);
  }

  static async make(headline: string): Promise<TestCard> {
    const [background, digits, small] = await Promise.all([
      drawBackground(headline),
      makeLettering({ capitalPx: 96, strokePx: 8, color: "white" }),
      makeLettering(SMALL),
    ]);
    return new TestCard(background, digits, small);
  }

  /** @returns the call that ends the subscription */
  onChange(listener: (rects: readonly Rect[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The clock shows this time of day; nothing changes while the second is the same. */
  showTime(time: Date): void {
    const two = (value: number) => String(value).padStart(2, "0");
    const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
    if (clock !== this.showing.clock) this.change({ clock }, [PLACES.clock]);
  }

  /** The block goes one step on, back and forth. */
  moveBlock(): void {
    this.ticks += 1;
    const way = PLACES.track.width - BLOCK_WIDTH;
    const along = (this.ticks * BLOCK_STEP_PX) % (2 * way);
    const before = this.block;
    this.change({ blockX: Math.min(along, 2 * way - along) }, [before]);
  }

  pointer(to: Point): void {
    const before = this.showing.pointer;
    this.change({ pointer: to }, [...(before === undefined ? [] : crosshair(before)), PLACES.pointer]);
  }

  button(button: number, down: boolean): void {
    const others = this.showing.buttons.filter((one) => one !== button);
    this.change({ buttons: down ? [...others, button] : others }, [PLACES.pointer]);
  }

  wheel(direction: string): void {
    this.change({ wheel: direction }, [PLACES.pointer]);
  }

  /** Appends to what was typed; what no longer fits the panel falls out at the left. */
  typed(text: string): void {
    // No panel holds more; a pasted book is not measured letter by letter.
    const keys = [...this.showing.keys, ...text.slice(-MAX_KEYS_MEASURED)];
    while (textWidthPx(keys.join(""), SMALL) > PLACES.keys.width) keys.shift();
    this.change({ keys: keys.join("") }, [PLACES.keys]);
  }

  private get block(): Rect {
    return { ...PLACES.track, x: PLACES.track.x + this.showing.blockX, width: BLOCK_WIDTH };
  }

  private change(difference: Partial<Showing>, places: readonly Rect[]): void {
    this.showing = { ...this.showing, ...difference };
    const { pointer } = this.showing;
    const now = [
      ...places,
      ...(difference.blockX === undefined ? [] : [this.block]),
      ...(difference.pointer === undefined || pointer === undefined ? [] : crosshair(pointer)),
    ];
    const rects = now.flatMap((rect) => overlap(rect, { x: 0, y: 0, ...CARD_SIZE }) ?? []);
    this.draw(rects);
    for (const listener of [...this.listeners]) listener(rects);
  }

  private draw(rects: readonly Rect[]): void {
    const { raster, showing } = this;
    for (const clip of rects) {
      copyPlace(this.background, raster, clip);
      fillRect(raster, this.block, ACCENT, clip);
      const { clock, pointer, keys } = PLACES;
      drawText(raster, this.digits, showing.clock, { x: clock.x + 8, y: clock.y + 28 }, TEXT, clip);
      drawText(raster, this.small, this.pointerWords(), { x: pointer.x + 4, y: pointer.y + 14 }, TEXT, clip);
      drawText(raster, this.small, showing.keys, { x: keys.x + 4, y: keys.y + 14 }, TEXT, clip);
      if (showing.pointer === undefined) continue;
      for (const arm of crosshair(showing.pointer)) fillRect(raster, arm, CROSSHAIR, clip);
    }
  }

  private pointerWords(): string {
    const { pointer, buttons, wheel } = this.showing;
    const place = pointer === undefined ? "not here yet" : `${pointer.x}, ${pointer.y}`;
    const pressed = buttons.length === 0 ? "" : `   button ${buttons.join(" + ")}`;
    return `${place}${pressed}${wheel === "" ? "" : `   wheel ${wheel}`}`;
  }
}

/** Four arms with a gap, so that the pixel pointed at stays visible. */
function crosshair({ x, y }: Point): Rect[] {
  const gap = 4;
  const arm = CROSSHAIR_ARM_PX - gap;
  return [
    { x: x - CROSSHAIR_ARM_PX, y: y - 1, width: arm, height: 2 },
    { x: x + gap, y: y - 1, width: arm, height: 2 },
    { x: x - 1, y: y - CROSSHAIR_ARM_PX, width: 2, height: arm },
    { x: x - 1, y: y + gap, width: 2, height: arm },
  ];
}
