import type { Rect } from "../../protocol/geometry.ts";

/*
 * A rectangle is always written out, { x, y, width, height } in this order, of whole numbers, and none is spread. V8 gives
 * them all one hidden class then. In Node 20 what is spread gets one of its own, for each place in the program and each class
 * it came from; and where a number has been infinite once, it is kept as a double, an object of its own, from then on. All
 * that was compiled for rectangles is compiled anew each time: it was a sixth of what a scroll or a drag took of the processor.
 * test/host-agent/core/rect.test.ts looks.
 */

/** The smallest rectangle that holds both. */
export function boundsOf(a: Rect, b: Rect): Rect {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  const right = Math.max(a.x + a.width, b.x + b.width);
  const bottom = Math.max(a.y + a.height, b.y + b.height);
  return { x, y, width: right - x, height: bottom - y };
}

/** With so much more on every side. */
export function grown({ x, y, width, height }: Rect, byPx: number): Rect {
  return { x: x - byPx, y: y - byPx, width: width + 2 * byPx, height: height + 2 * byPx };
}

/** So far right and down. */
export function shifted({ x, y, width, height }: Rect, dx: number, dy: number): Rect {
  return { x: x + dx, y: y + dy, width, height };
}

/** So many of its rows, from that one on. */
export function rowsOf({ x, y, width }: Rect, first: number, rows: number): Rect {
  return { x, y: y + first, width, height: rows };
}

/** Whether they share a pixel; touching edges do not. */
export function overlaps(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** The pixels that both have; undefined: none. */
export function intersectionOf(a: Rect, b: Rect): Rect | undefined {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}

/** Cuts into pieces of at most `width` by `height`, row by row. */
export function cut(rect: Rect, width: number, height: number): Rect[] {
  const pieces: Rect[] = [];
  for (let y = 0; y < rect.height; y += height) {
    for (let x = 0; x < rect.width; x += width) {
      pieces.push({
        x: rect.x + x,
        y: rect.y + y,
        width: Math.min(width, rect.width - x),
        height: Math.min(height, rect.height - y),
      });
    }
  }
  return pieces;
}
