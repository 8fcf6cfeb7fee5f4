import { openX11 } from "../../host-agent/x11/connection.ts";
import type { Point, Rect, Size } from "../../protocol/geometry.ts";

export type PaintedWindow = {
  /** The X window. */
  readonly id: number;
  /** Fills rectangles of the window with a colour 0xRRGGBB, in one request; done when the server has drawn it. */
  fill(rects: Rect | readonly Rect[], color: number): Promise<void>;
  /**
   * Paints something like a photograph, which no palette holds: smooth colours with grain, at most 240x240.
   * @param roughness how coarse the grain is; 4 makes a JPEG of several records
   * @returns its pixels, each blue, green, red and a byte unused
   */
  photo(at: Point, size: Size, seed?: number, roughness?: number): Promise<Uint8Array>;
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
    id: window,
    fill: async (rects, color) => {
      client.ChangeGC(brush, { foreground: color });
      const numbers = [rects].flat().flatMap(({ x, y, width, height }) => [x, y, width, height]);
      client.PolyFillRectangle(window, brush, numbers);
      await x.settled();
    },
    photo: async (place, { width, height }, seed = 1, roughness = 1) => {
      const zPixmap = 2;
      const pixels = grain(width, height, seed, roughness);
      client.PutImage(zPixmap, window, brush, width, height, place.x, place.y, 0, 24, pixels);
      await x.settled();
      return pixels;
    },
    warpPointer: async (to) => {
      client.WarpPointer(0, root, 0, 0, 0, 0, to.x, to.y);
      await x.settled();
    },
    close: () => x.close(),
  };
}

const inByte = (value: number): number => Math.max(0, Math.min(255, value));

/** B G R unused. The grain comes from a small generator of pseudo-random numbers, the same for the same seed. */
function grain(width: number, height: number, seed: number, roughness: number): Buffer {
  const pixels = Buffer.alloc(width * height * 4);
  let state = seed;
  for (let index = 0; index < width * height; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const noise = ((state >>> 27) - 16) * roughness;
    const [x, y] = [(index % width) / width, Math.floor(index / width) / height];
    pixels[index * 4] = inByte(100 + 100 * x + noise);
    pixels[index * 4 + 1] = inByte(60 + 120 * y + noise);
    pixels[index * 4 + 2] = inByte(40 + 150 * x * y + noise);
  }
  return pixels;
}
