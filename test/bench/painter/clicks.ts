import type { X11Xtest } from "../../../host-agent/x11/extensions.ts";
import type { Point, Rect, Size } from "../../../protocol/geometry.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import type { FrameBuffer } from "../frame-buffer.ts";
import { drawStamps, showsStamps } from "./drawn-stamp.ts";
import { openX11, PaintedWindow, type X11Connection } from "./painted-display.ts";
import { monotonicMs, watchAndListenUntil } from "./sampling.ts";
import { inTheMiddle } from "./scene.ts";

const WINDOW: Size = { width: 400, height: 200 };
const COLOR = 0x2b3440;
const STAMP: Point = { x: 72, y: 30 };
/** In the window, where the pointer covers nothing that is looked at. */
const CLICKED: Point = { x: 200, y: 150 };
const BUTTON_PRESS_EVENTS = 4;
const LEFT_BUTTON = 1;
const HELD_MS = 40;
const PERIOD_MS = 300;
/** More or less after each click: in step with a display's refreshes, all clicks would be equally lucky. */
const JITTER_MS = 40;
const SEEN_LIMIT_MS = 2000;
const SETTLE_MS = 500;

export type Clicks = { readonly latenciesMs: readonly number[]; readonly neverSeen: number };

/** A window on the shared display that shows another number for each click into it. */
export class ClickScene {
  private readonly window: PaintedWindow;
  private readonly place: Rect;
  private readonly forget: () => void;
  private pressed = 0;

  private constructor(x: X11Connection, window: PaintedWindow, place: Rect) {
    this.window = window;
    this.place = place;
    this.forget = x.onEvent("ButtonPress", () => {
      this.pressed += 1;
      window.together(() => drawStamps(window, window.window, this.pressed, [STAMP]));
    });
  }

  static async open(x: X11Connection, display: Size): Promise<ClickScene> {
    const place = inTheMiddle(display, WINDOW.width, WINDOW.height);
    const window = new PaintedWindow(x, place, COLOR, { events: BUTTON_PRESS_EVENTS });
    await window.settled();
    return new ClickScene(x, window, place);
  }

  /**
   * Clicks on the viewer's display, as a hand would, and waits each time until that display shows what the click did.
   * @param viewerDisplay its name, as of an X display
   */
  async click(viewerDisplay: string, viewer: FrameBuffer, count: number, seed: number): Promise<Clicks> {
    const random = seededRandom(seed);
    const latenciesMs: number[] = [];
    const hand = await Hand.open(viewerDisplay);
    try {
      await hand.moveTo({ x: this.place.x + CLICKED.x, y: this.place.y + CLICKED.y });
      const number = { x: this.place.x + STAMP.x, y: this.place.y + STAMP.y };
      await watchAndListenUntil(monotonicMs() + SETTLE_MS, () => false);
      for (let clicked = 0; clicked < count; clicked += 1) {
        const expected = this.pressed + 1;
        const clickedMs = monotonicMs();
        hand.button("ButtonPress");
        const isSeen = () => showsStamps(viewer, expected, [number]);
        if (await watchAndListenUntil(clickedMs + SEEN_LIMIT_MS, isSeen)) latenciesMs.push(monotonicMs() - clickedMs);
        await watchAndListenUntil(clickedMs + HELD_MS, () => false);
        hand.button("ButtonRelease");
        await watchAndListenUntil(clickedMs + PERIOD_MS + random() * JITTER_MS, () => false);
      }
    } finally {
      await hand.goAway();
    }
    return { latenciesMs, neverSeen: count - latenciesMs.length };
  }

  async close(): Promise<void> {
    this.forget();
    await this.window.close();
  }
}

/** A hand at the mouse of the viewer's display. */
class Hand {
  private readonly x: X11Connection;
  private readonly xtest: X11Xtest;

  private constructor(x: X11Connection, xtest: X11Xtest) {
    this.x = x;
    this.xtest = xtest;
  }

  static async open(display: string): Promise<Hand> {
    const x = await openX11(display, false);
    return new Hand(x, await x.extension("xtest"));
  }

  button(type: "ButtonPress" | "ButtonRelease"): void {
    this.xtest.FakeInput(this.xtest[type], LEFT_BUTTON, 0, 0, 0, 0);
  }

  /** In steps, so that the page sees it come. */
  async moveTo({ x, y }: Point): Promise<void> {
    for (const left of [20, 10, 0]) {
      this.x.client.WarpPointer(0, this.x.root, 0, 0, 0, 0, x - left, y);
      await this.x.settled();
    }
  }

  /** Into the corner, where the pointer is over nothing that is looked at. */
  async goAway(): Promise<void> {
    await this.moveTo({ x: this.x.screen.pixel_width - 1, y: this.x.screen.pixel_height - 1 });
    await this.x.close();
  }
}
