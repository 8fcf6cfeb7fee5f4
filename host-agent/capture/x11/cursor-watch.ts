import type { CursorShape } from "../../../protocol/cursor.ts";
import type { X11Connection } from "../../x11/connection.ts";
import type { X11CursorImage, X11Fixes } from "../../x11/extensions.ts";
import { cursorShapeOf } from "./cursor-image.ts";

const DISPLAY_CURSOR_MASK = 1;
/** A desktop has a few dozen shapes; an animated one shows each frame as a shape of its own. */
const MAX_CACHED_SHAPES = 64;

/** Tells the shape of the pointer whenever XFIXES says that another one is displayed. */
export class CursorWatch {
  private readonly x: X11Connection;
  private readonly fixes: X11Fixes;
  private readonly report: (shape: CursorShape) => void;
  /** By the server's serial number of the cursor; oldest first. */
  private readonly shapes = new Map<number, CursorShape>();
  private watching: boolean = false;
  private asking: "no" | "yes" | "again" = "no";
  private newestSerial = -1;

  constructor(x: X11Connection, fixes: X11Fixes, report: (shape: CursorShape) => void) {
    this.x = x;
    this.fixes = fixes;
    this.report = report;
    x.onEvent("CursorNotify", (event) => {
      if (!this.watching) return;
      this.newestSerial = event.cursorSerial;
      const known = this.shapes.get(event.cursorSerial);
      if (known === undefined) this.ask();
      else this.report(known);
    });
  }

  start(): void {
    if (this.watching) return;
    this.watching = true;
    this.fixes.SelectCursorInput(this.x.root, DISPLAY_CURSOR_MASK);
    this.ask();
  }

  stop(): void {
    if (!this.watching) return;
    this.watching = false;
    this.fixes.SelectCursorInput(this.x.root, 0);
  }

  /** One question at a time; a change meanwhile asks once more afterwards. */
  private ask(): void {
    if (this.asking !== "no") {
      this.asking = "again";
      return;
    }
    this.asking = "yes";
    this.x
      .ask<X11CursorImage>((reply) => this.fixes.GetCursorImage(reply))
      .then((image) => this.take(image))
      // BadCursor: there is none yet. BadAccess: the server keeps the cursor of a program that is gone to itself. Then the
      // last shape stays. Or the display is closed.
      .catch(() => undefined)
      .finally(() => {
        const again = this.asking === "again" && this.watching && !this.x.closed;
        this.asking = "no";
        if (again) this.ask();
      });
  }

  private async take(image: X11CursorImage): Promise<void> {
    const before = this.newestSerial;
    const shape = this.shapes.get(image.cursorSerial) ?? (await cursorShapeOf(image));
    this.remember(image.cursorSerial, shape);
    // Another cursor came while this one was encoded: its own report is newer.
    if (this.watching && this.newestSerial === before) this.report(shape);
  }

  private remember(serial: number, shape: CursorShape): void {
    this.shapes.delete(serial);
    this.shapes.set(serial, shape);
    const [oldest] = this.shapes.keys();
    if (this.shapes.size > MAX_CACHED_SHAPES && oldest !== undefined) this.shapes.delete(oldest);
  }
}
