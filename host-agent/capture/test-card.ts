import type { Point, Rect } from "../../protocol/geometry.ts";
import { type Button, WHEEL_UNITS_PER_NOTCH } from "../../protocol/input.ts";
import { HostError } from "../errors.ts";
import type { InputInjector, KeyStroke } from "../input/driver.ts";
import type { Capture, CaptureDriver, CaptureEvents, Grabbed } from "./driver.ts";
import { cut } from "./polled.ts";
import { CARD_SIZE } from "./test-card/background.ts";
import { TestCard } from "./test-card/card.ts";

const BLOCK_INTERVAL_MS = 100;

/** The test card as a display: what is shared when there is no other, and it needs nothing of the machine. */
export const testCardCapture: CaptureDriver = {
  name: "test-card",
  probe: () => Promise.resolve({ available: true, note: "a picture of our own: no desktop is shared" }),
  open: () => openTestCard("This is a test card"),
};

/** @param headline what the card says of itself in large letters */
export async function openTestCard(headline: string): Promise<TestCardCapture> {
  return new TestCardCapture(await TestCard.make(headline));
}

export class TestCardCapture implements Capture {
  readonly name = "test-card";
  readonly size = CARD_SIZE;
  readonly origin: Point = { x: 0, y: 0 };
  /** Shows on the card what it is given. Lives as long as the capture. */
  readonly input: InputInjector;
  private readonly card: TestCard;
  private readonly now: () => Date;
  private timer: NodeJS.Timeout | undefined;
  private unsubscribe: () => void = () => undefined;
  private closed: boolean = false;

  constructor(card: TestCard, now: () => Date = () => new Date()) {
    this.card = card;
    this.now = now;
    this.input = new TestCardInput(card);
    card.showTime(now());
  }

  watch(events: CaptureEvents): void {
    this.rest();
    this.unsubscribe = this.card.onChange((rects) => events.damaged(rects));
    this.timer = setInterval(() => {
      this.card.moveBlock();
      this.card.showTime(this.now());
    }, BLOCK_INTERVAL_MS);
    this.card.showTime(this.now());
    events.damaged([{ x: 0, y: 0, ...this.size }]);
  }

  rest(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.unsubscribe();
  }

  async catchUp(): Promise<void> {}

  grab(rects: readonly Rect[]): Promise<Grabbed> {
    if (this.closed) {
      return Promise.reject(new HostError("capture-lost", "The test card is closed.", "Start sharing again."));
    }
    const picture = { origin: this.origin, ...this.card.raster };
    return Promise.resolve({ images: rects.map((rect) => ({ rect, pixels: cut(picture, rect) })), damaged: [] });
  }

  close(): Promise<void> {
    this.closed = true;
    this.rest();
    return Promise.resolve();
  }
}

/** Puts input onto the card as words and a crosshair, so that one sees it arrive. */
class TestCardInput implements InputInjector {
  readonly name = "test-card";
  private readonly card: TestCard;

  constructor(card: TestCard) {
    this.card = card;
  }

  pointer(to: Point): void {
    this.card.pointer(to);
  }

  button(button: Button, down: boolean): void {
    this.card.button(button, down);
  }

  wheel(dx: number, dy: number): void {
    const along = (units: number, forward: string, back: string) =>
      units === 0 ? "" : `${units > 0 ? forward : back} ${Math.abs(units) / WHEEL_UNITS_PER_NOTCH}`;
    this.card.wheel([along(dy, "down", "up"), along(dx, "right", "left")].filter((word) => word !== "").join(" "));
  }

  key(stroke: KeyStroke): void {
    if (!stroke.down) return;
    this.card.typed(stroke.text !== "" ? stroke.text : ` [${stroke.code}] `);
  }

  text(value: string): void {
    this.card.typed(value);
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
