import { openX11 } from "../../host-agent/x11/connection.ts";
import type { Point, Rect } from "../../protocol/geometry.ts";

export type PaintedWindow = {
  /** Fills a rectangle of the window with a colour 0xRRGGBB; done when the server has drawn it. */
  fill(rect: Rect, color: number): Promise<void>;
  /** Moves the pointer to a place on the display. */
  warpPointer(to: Point): Promise<void>;
  close(): Promise<void>;
};

/** A window without frame or window manager, at a known place, painted in known colours by a real X client. */
export async function openPaintedWindow(display: string, at: Rect, background: number): Promise<PaintedWindow> {
  const x = await openX11(display);
  const { client, root } = x;
  const window = client.AllocID();
  const brush = client.AllocID();
  const inputOutput = 1;
  client.CreateWindow(window, root, at.x, at.y, at.width, at.height, 0, 0, inputOutput, 0, {
    backgroundPixel: background,
    overrideRedirect: 1,
  });
  client.CreateGC(brush, window, { foreground: background });
  client.MapWindow(window);
  await x.settled();
  return {
    fill: async (rect, color) => {
      client.ChangeGC(brush, { foreground: color });
      client.PolyFillRectangle(window, brush, [rect.x, rect.y, rect.width, rect.height]);
      await x.settled();
    },
    warpPointer: async (to) => {
      client.WarpPointer(0, root, 0, 0, 0, 0, to.x, to.y);
      await x.settled();
    },
    close: () => x.close(),
  };
}
