import type { X11Client } from "../../../host-agent/x11/client.ts";
import { openX11, type X11Connection } from "../../../host-agent/x11/connection.ts";
import type { Rect } from "../../../protocol/geometry.ts";

/** Requests that the product has no use for, as the `x11` package has them. */
type PaintingClient = X11Client & {
  CreatePixmap(id: number, drawable: number, depth: number, width: number, height: number): void;
  FreePixmap(id: number): void;
  FreeGC(id: number): void;
  CopyArea(
    from: number,
    to: number,
    gc: number,
    fromX: number,
    fromY: number,
    toX: number,
    toY: number,
    width: number,
    height: number,
  ): void;
  PutImage(
    format: number,
    drawable: number,
    gc: number,
    width: number,
    height: number,
    x: number,
    y: number,
    leftPad: number,
    depth: number,
    pixels: Buffer,
  ): void;
};

const Z_PIXMAP = 2;
const INPUT_OUTPUT = 1;
const BYTES_PER_PIXEL = 4;
/** X takes requests of 256 KB without an extension. */
const MAX_IMAGE_BYTES = 200_000;

export type Drawable = number;

/** A window without a frame, where an X client of ours paints. Nothing is waited for except in `settled`. */
export class PaintedWindow {
  private readonly x: X11Connection;
  private readonly client: PaintingClient;
  private readonly window: number;
  private readonly brush: number;
  private readonly pixmaps: Drawable[] = [];

  constructor(x: X11Connection, at: Rect, color: number) {
    this.x = x;
    // The package has these requests; the product's description of it lists only those the product uses.
    this.client = x.client as PaintingClient;
    this.window = this.client.AllocID();
    this.brush = this.client.AllocID();
    this.client.CreateWindow(this.window, x.root, at.x, at.y, at.width, at.height, 0, 0, INPUT_OUTPUT, 0, {
      backgroundPixel: color,
      overrideRedirect: 1,
    });
    this.client.CreateGC(this.brush, this.window, { foreground: color, graphicsExposures: 0 });
    this.client.MapWindow(this.window);
  }

  /** When it returns, the server has drawn everything. */
  settled(): Promise<void> {
    return this.x.settled();
  }

  put(image: { readonly width: number; readonly height: number; readonly pixels: Buffer }, x: number, y: number): void {
    this.putOn(this.window, image, x, y);
  }

  /** A picture kept in the server: showing it costs one short request. */
  async keep(image: { readonly width: number; readonly height: number; readonly pixels: Buffer }): Promise<Drawable> {
    const pixmap = this.client.AllocID();
    this.client.CreatePixmap(pixmap, this.window, this.x.screen.root_depth, image.width, image.height);
    this.pixmaps.push(pixmap);
    this.putOn(pixmap, image, 0, 0);
    await this.settled();
    return pixmap;
  }

  fillOn(drawable: Drawable, color: number, rects: readonly number[]): void {
    this.client.ChangeGC(this.brush, { foreground: color });
    this.client.PolyFillRectangle(drawable, this.brush, rects);
  }

  /** All at once: no capture can see a part of it. */
  show(drawable: Drawable, width: number, height: number): void {
    this.client.CopyArea(drawable, this.window, this.brush, 0, 0, 0, 0, width, height);
  }

  async close(): Promise<void> {
    for (const pixmap of this.pixmaps) this.client.FreePixmap(pixmap);
    this.client.FreeGC(this.brush);
    this.client.DestroyWindow(this.window);
    await this.settled();
  }

  private putOn(
    drawable: Drawable,
    image: { readonly width: number; readonly height: number; readonly pixels: Buffer },
    x: number,
    y: number,
  ): void {
    const rowBytes = image.width * BYTES_PER_PIXEL;
    const rowsAtOnce = Math.max(1, Math.floor(MAX_IMAGE_BYTES / rowBytes));
    for (let row = 0; row < image.height; row += rowsAtOnce) {
      const rows = Math.min(rowsAtOnce, image.height - row);
      const strip = image.pixels.subarray(row * rowBytes, (row + rows) * rowBytes);
      const depth = this.x.screen.root_depth;
      this.client.PutImage(Z_PIXMAP, drawable, this.brush, image.width, rows, x, y + row, 0, depth, strip);
    }
  }
}

export { openX11, type X11Connection };
