import type { Size } from "../../protocol/geometry.ts";
import type { Surface } from "../core/surface.ts";
import { UpdatePlanner } from "../core/update-planner.ts";
import type { RectEncoder } from "../encode/rect-encoder.ts";
import type { DeskConsumer } from "./desk.ts";

/**
 * Reads and encodes the whole display once, while a way to the viewer it is for opens: its stream then finds the
 * first picture in the encoder's cache. What changes meanwhile is left to the stream.
 */
export class FirstPicture implements DeskConsumer {
  private readonly encoder: RectEncoder;
  private readonly quality: number;
  private size: Size;
  private encoded = false;

  constructor(options: { encoder: RectEncoder; size: Size; quality: number }) {
    this.encoder = options.encoder;
    this.size = options.size;
    this.quality = options.quality;
  }

  changed(): void {}

  resized(size: Size): void {
    this.size = size;
    this.encoded = false;
  }

  cursorShape(): void {}

  cursorMoved(): void {}

  ready(): boolean {
    return !this.encoded;
  }

  takesShort(): boolean {
    return false;
  }

  followsMoves(): boolean {
    return false;
  }

  async serve(surface: Surface, nowMs: number): Promise<void> {
    if (this.encoded) return;
    this.encoded = true;
    // As the stream's own planner will have it.
    const plan = new UpdatePlanner(this.size).next(nowMs);
    if (plan === undefined) return;
    await Promise.all(plan.rects.flatMap((rect) => this.encoder.encode(surface, rect, plan.purpose, this.quality)));
  }

  get isComplete(): boolean {
    return this.encoded;
  }

  wakeAtMs(): number | undefined {
    return undefined;
  }
}
