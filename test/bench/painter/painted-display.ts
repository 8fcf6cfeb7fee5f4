import type { X11Client } from "../../../host-agent/x11/client.ts";
import { openX11, type X11Connection } from "../../../host-agent/x11/connection.ts";
import type { Point, Rect } from "../../../protocol/geometry.ts";

/** A request that the product has no use for, as the `x11` package has it. */
type PaintingClient = X11Client & {
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
};

const Z_PIXMAP = 2;
const INPUT_OUTPUT = 1;
const BYTES_PER_PIXEL = 4;
/** X takes requests of 256 KB without an extension. */
const MAX_IMAGE_BYTES = 200_000;

export type Drawable = number;
/** Pixels of blue, green, red, unused; rows one after the other. */
export type Image = { readonly width: number; readonly height: number; readonly pixels: Buffer };

/** A window without a frame, where an X client of ours paints. Nothing is waited for except in `settled`. */
export class PaintedWindow {
  /** What is painted on to be seen. */
  readonly window: Drawable;
  private readonly x: X11Connection;
  private readonly client: PaintingClient;
  private readonly brush: number;
  private readonly pixmaps: Drawable[] = [];

  /** @param wish `inside`: the window it is a part of, which `at` then counts from; `events`: X's mask of those wanted */
  constructor(
    x: X11Connection,
    at: Rect,
    color: number,
    wish: { readonly inside?: PaintedWindow; readonly events?: number } = {},
  ) {
    this.x = x;
    // The package has these requests; the product's description of it lists only those the product uses.
    this.client = x.client as PaintingClient;
    this.window = this.client.AllocID();
    this.brush = this.client.AllocID();
    const parent = wish.inside?.window ?? x.root;
    this.client.CreateWindow(this.window, parent, at.x, at.y, at.width, at.height, 0, 0, INPUT_OUTPUT, 0, {
      backgroundPixel: color,
      overrideRedirect: 1,
      eventMask: wish.events ?? 0,
    });
    this.client.CreateGC(this.brush, this.window, { foreground: color, graphicsExposures: 0 });
    this.client.MapWindow(this.window);
  }

  /** When it returns, the server has drawn everything. */
  settled(): Promise<void> {
    return this.x.settled();
  }

  /** What is painted meanwhile goes to the server in one piece, so that it is most likely drawn without a pause. */
  together(paint: () => void): void {
    this.client.stream?.cork();
    paint();
    this.client.stream?.uncork();
  }

  /** Blank until it is painted on. It is freed with the window. */
  blank(width: number, height: number): Drawable {
    const pixmap = this.client.AllocID();
    this.client.CreatePixmap(pixmap, this.window, this.x.screen.root_depth, width, height);
    this.pixmaps.push(pixmap);
    return pixmap;
  }

  /** A picture kept in the server: showing it costs one short request. */
  async keep(image: Image): Promise<Drawable> {
    const pixmap = this.blank(image.width, image.height);
    this.put(pixmap, image, { x: 0, y: 0 });
    await this.settled();
    return pixmap;
  }

  put(onto: Drawable, image: Image, at: Point): void {
    const rowBytes = image.width * BYTES_PER_PIXEL;
    const rowsAtOnce = Math.max(1, Math.floor(MAX_IMAGE_BYTES / rowBytes));
    for (let row = 0; row < image.height; row += rowsAtOnce) {
      const rows = Math.min(rowsAtOnce, image.height - row);
      const strip = image.pixels.subarray(row * rowBytes, (row + rows) * rowBytes);
      const depth = this.x.screen.root_depth;
      this.client.PutImage(Z_PIXMAP, onto, this.brush, image.width, rows, at.x, at.y + row, 0, depth, strip);
    }
  }

  /** @param rects x, y, width, height, x, y, ... */
  fill(onto: Drawable, color: number, rects: readonly number[]): void {
    this.client.ChangeGC(this.brush, { foreground: color });
    this.client.PolyFillRectangle(onto, this.brush, rects);
  }

  copy(from: Drawable, part: Rect, onto: Drawable, to: Point): void {
    this.client.CopyArea(from, onto, this.brush, part.x, part.y, to.x, to.y, part.width, part.height);
  }

  /** What the server paints by itself wherever a window above has gone away. */
  setBackground(picture: Drawable): void {
    this.client.ChangeWindowAttributes(this.window, { backgroundPixmap: picture });
    this.client.ClearArea(this.window, 0, 0, 0, 0, 0);
  }

  /** As a window manager does: the server takes the picture along and paints what comes free. */
  moveTo({ x, y }: Point): void {
    this.client.ConfigureWindow(this.window, { x, y });
  }

  async close(): Promise<void> {
    for (const pixmap of this.pixmaps) this.client.FreePixmap(pixmap);
    this.client.FreeGC(this.brush);
    this.client.DestroyWindow(this.window);
    await this.settled();
  }
}

export { openX11, type X11Connection };
