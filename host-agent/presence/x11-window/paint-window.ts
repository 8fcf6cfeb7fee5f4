import { Buffer } from "node:buffer";
import type { Raster } from "../../raster/raster.ts";
import type { X11Connection } from "../../x11/connection.ts";
import type { X11Shape } from "../../x11/extensions.ts";
import { roundedRows } from "./panel.ts";

const Z_PIXMAP = 2;

/**
 * Makes the picture the window's background, and the window as large as it: the server keeps a background and paints it
 * whenever the window is uncovered.
 * @param shape undefined: the window's corners stay square
 */
export function paintWindow(
  x: X11Connection,
  window: number,
  { size, pixels }: Raster,
  shape: X11Shape | undefined,
): void {
  const { client, screen } = x;
  const pixmap = client.AllocID();
  const brush = client.AllocID();
  client.CreatePixmap(pixmap, window, screen.root_depth, size.width, size.height);
  client.CreateGC(brush, pixmap, {});
  const data = Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  client.PutImage(Z_PIXMAP, pixmap, brush, size.width, size.height, 0, 0, 0, screen.root_depth, data);
  client.ConfigureWindow(window, size);
  shape?.Rectangles(shape.Op.Set, shape.Kind.Bounding, window, 0, 0, roundedRows(size));
  client.ChangeWindowAttributes(window, { backgroundPixmap: pixmap });
  client.ClearArea(window, 0, 0, 0, 0, 0);
  client.FreeGC(brush);
  client.FreePixmap(pixmap);
  client.ReleaseID(brush);
  client.ReleaseID(pixmap);
}
