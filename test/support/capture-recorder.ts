import type { Capture, CaptureEvents } from "../../host-agent/capture/driver.ts";
import type { HostError } from "../../host-agent/errors.ts";
import type { CursorShape } from "../../protocol/cursor.ts";
import type { Point, Rect, Size } from "../../protocol/geometry.ts";

/** Hears everything a capture says, asks it where it changed if that is given, and waits for what a test expects. */
export class CaptureRecorder implements CaptureEvents {
  damage: Rect[] = [];
  sizes: Size[] = [];
  shapes: CursorShape[] = [];
  places: Point[] = [];
  errors: HostError[] = [];
  /** How often something had changed somewhere. */
  notices = 0;
  private readonly waiting = new Set<() => void>();
  private readonly whoKnows: Capture | undefined;

  constructor(whoKnows?: Capture) {
    this.whoKnows = whoKnows;
  }

  readonly damaged = (rects: readonly Rect[]) => this.note(() => this.damage.push(...rects));
  readonly changedSomewhere = () => {
    this.notices += 1;
    this.note(() => void this.whoKnows?.catchUp());
  };
  readonly resized = (size: Size) => this.note(() => this.sizes.push(size));
  readonly cursorShape = (shape: CursorShape) => this.note(() => this.shapes.push(shape));
  readonly cursorMoved = (at: Point) => this.note(() => this.places.push(at));
  readonly lost = (error: HostError) => this.note(() => this.errors.push(error));

  get total(): number {
    return this.damage.length + this.sizes.length + this.shapes.length + this.places.length + this.errors.length;
  }

  forgetDamage(): void {
    this.damage = [];
  }

  /** Is every pixel of `rect` inside some reported rectangle? */
  covers(rect: Rect): boolean {
    for (let y = rect.y; y < rect.y + rect.height; y++) {
      for (let x = rect.x; x < rect.x + rect.width; x++) {
        const inside = this.damage.some((r) => x >= r.x && x < r.x + r.width && y >= r.y && y < r.y + r.height);
        if (!inside) return false;
      }
    }
    return true;
  }

  /** Resolves when the condition holds, looked at after each event. */
  async until(what: string, condition: () => boolean, limitMs = 8000): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!condition()) return;
        clearTimeout(limit);
        this.waiting.delete(look);
        resolve();
      };
      const limit = setTimeout(() => {
        this.waiting.delete(look);
        reject(new Error(`waited ${limitMs} ms in vain: ${what}`));
      }, limitMs);
      this.waiting.add(look);
    });
  }

  private note(record: () => unknown): void {
    record();
    for (const look of [...this.waiting]) look();
  }
}
