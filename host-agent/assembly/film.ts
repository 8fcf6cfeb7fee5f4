/*
 * AssemblyScript: TypeScript's syntax, compiled to WebAssembly (scripts/assembly-script.mjs), for vectors of four or eight
 * pixels. What it exports is declared for TypeScript in film.d.wasm.ts.
 *
 * Memory
 *   PIXELS   a piece of a film, at most MAX_PX: B G R unused, rows top down without padding
 *   HALVED   the same at half its size
 *   LOSSES   what each of its cells would lose by that, an i32 each, in reading order
 *   SQUARES  what the squares of one row of cells lose, an i32 each
 *   ROWS     the brightness of the rows of pixels in and around one row of cells, an i16 each, with ROW_END more
 */
/** As in host-agent/core/choose-encoding.ts. */
export const MAX_PX: i32 = 1 << 20;
/** As in protocol/film.ts. */
const CELL_PX: i32 = 16;
/** No cell is less than 16 rows high. */
const MAX_WIDTH_PX: i32 = MAX_PX / CELL_PX;
/** Loops read and write whole vectors, up to so many bytes past the end. */
const SLACK: usize = 64;
/** The pixel after a row's last one is as bright: there is no step to it. */
const ROW_END: i32 = 16;
/** One square above the cells, and one row below them. */
const MAX_ROWS: i32 = 2 + CELL_PX + 1;

export const PIXELS: usize = 0;
export const HALVED: usize = PIXELS + 4 * MAX_PX + SLACK;
// At most half as wide and half as high, each rounded up.
export const LOSSES: usize = HALVED + 4 * (MAX_PX / 2) + SLACK;
const SQUARES: usize = LOSSES + 4 * (MAX_PX / CELL_PX) + SLACK;
const ROWS: usize = SQUARES + 4 * (MAX_WIDTH_PX / 2) + SLACK;
const END: usize = ROWS + 2 * MAX_ROWS * (MAX_WIDTH_PX + ROW_END) + SLACK;

memory.grow(<i32>((END + 0xffff) >> 16));

/**
 * Each pixel the mean of four, rounded, or of what there are at an odd end.
 * @param width of what is in PIXELS
 * @param height of what is in PIXELS
 */
export function halve(width: i32, height: i32): void {
  const rowBytes: usize = 4 * width;
  const halvedBytes: usize = 4 * ((width + 1) >> 1);
  let to = HALVED;
  let above = PIXELS;
  for (let y = 0; y < height; y += 2) {
    const below = y + 1 < height ? above + rowBytes : above;
    for (let at: usize = 0; at < rowBytes; at += 32) {
      const a = v128.load(above + at);
      const b = v128.load(above + at, 16);
      const c = v128.load(below + at);
      const d = v128.load(below + at, 16);
      // The left one of each square, and the right one.
      const upperLeft = v128.shuffle<i32>(a, b, 0, 2, 4, 6);
      const upperRight = v128.shuffle<i32>(a, b, 1, 3, 5, 7);
      const lowerLeft = v128.shuffle<i32>(c, d, 0, 2, 4, 6);
      const lowerRight = v128.shuffle<i32>(c, d, 1, 3, 5, 7);
      const lower = meanOf(
        i16x8.extend_low_i8x16_u(upperLeft),
        i16x8.extend_low_i8x16_u(upperRight),
        i16x8.extend_low_i8x16_u(lowerLeft),
        i16x8.extend_low_i8x16_u(lowerRight),
      );
      const higher = meanOf(
        i16x8.extend_high_i8x16_u(upperLeft),
        i16x8.extend_high_i8x16_u(upperRight),
        i16x8.extend_high_i8x16_u(lowerLeft),
        i16x8.extend_high_i8x16_u(lowerRight),
      );
      // What goes past the row's end is overwritten by the next row.
      v128.store(to + (at >> 1), i8x16.narrow_i16x8_u(lower, higher));
    }
    to += halvedBytes;
    if ((width & 1) === 1) {
      const last = rowBytes - 4;
      const mean = i8x16.avgr_u(v128.load32_zero(above + last), v128.load32_zero(below + last));
      v128.store32_lane(to - 4, mean, 0);
    }
    above = below + rowBytes;
  }
}

function meanOf(a: v128, b: v128, c: v128, d: v128): v128 {
  const sum = i16x8.add(i16x8.add(a, b), i16x8.add(c, d));
  return i16x8.shr_u(i16x8.add(sum, i16x8.splat(2)), 2);
}

/**
 * What the cells lose. Of a square of four pixels their mean is kept; what is lost are the other three coefficients of Haar's
 * transform. A step from one square to the next, right or down, is in none of them; it is only blurred, so it counts half.
 * A cell's sum counts the squares above and left of it, too: a blurred step beside a cell can be seen in it.
 * @param width of what is in PIXELS, at least that of a cell
 * @param height of what is in PIXELS, at least that of a cell
 */
export function measureLosses(width: i32, height: i32): void {
  let to = LOSSES;
  for (let cellTop = 0; cellTop < height; cellTop += CELL_PX) {
    // Of the last row and column, too, squares lie where those lie that are averaged.
    const top = even(min(cellTop, height - CELL_PX));
    sumSquares(width, height, max(0, top - 2), min(top + CELL_PX, height - 1));
    for (let cellLeft = 0; cellLeft < width; cellLeft += CELL_PX) {
      const left = even(min(cellLeft, width - CELL_PX));
      let sum = 0;
      for (let x = max(0, left - 2); x < left + CELL_PX; x += 2) sum += load<i32>(SQUARES + 2 * x);
      store<i32>(to, sum);
      to += 4;
    }
  }
}

/** Adds up what each square loses in the rows from `top` on and before `bottom`. */
function sumSquares(width: i32, height: i32, top: i32, bottom: i32): void {
  const rowBytes: usize = 2 * (width + ROW_END);
  memory.fill(SQUARES, 0, 2 * width + SLACK);
  let row = ROWS;
  for (let y = top; y <= bottom; y += 1) {
    brighten(PIXELS + 4 * y * width, width, row);
    row += rowBytes;
  }
  let upper = ROWS;
  for (let y = top; y < bottom; y += 2) {
    const lower = upper + rowBytes;
    // At the lower end there is no next row, and no step to it.
    const next = y + 2 < height ? lower + rowBytes : lower;
    addSquares(width, upper, lower, next);
    upper = lower + rowBytes;
  }
}

/** For each square 32 times the mean of the squares of what it loses, of brightness. */
function addSquares(width: i32, upper: usize, lower: usize, next: usize): void {
  const ones = i16x8.splat(1);
  const isLeft = i32x4.splat(0x0000ffff);
  for (let at: usize = 0; at < 2 * <usize>width; at += 16) {
    const above = v128.load(upper + at);
    const below = v128.load(lower + at);
    // What all four coefficients hold, but for the mean's part: the transform keeps the sum of the squares.
    const whole = i32x4.add(i32x4.dot_i16x8_s(above, above), i32x4.dot_i16x8_s(below, below));
    const sum = i32x4.dot_i16x8_s(i16x8.add(above, below), ones);
    const detail = i32x4.sub(i32x4.shl(whole, 2), i32x4.mul(sum, sum));
    const toTheRight = i16x8.sub(above, v128.load(upper + at, 2));
    const downwards = i16x8.sub(below, v128.load(next + at));
    const steps = v128.bitselect(downwards, toTheRight, isLeft);
    const loss = i32x4.add(i32x4.shl(detail, 1), i32x4.shl(i32x4.dot_i16x8_s(steps, steps), 2));
    v128.store(SQUARES + at, i32x4.add(v128.load(SQUARES + at), loss));
  }
}

/** Green twice, red and blue once: four times what a grey has. Blue counts more than an eye sees of it, or its edges would not. */
function brighten(from: usize, width: i32, to: usize): void {
  const end = to + 2 * width;
  for (let at = to; at < end; at += 16) {
    v128.store(at, i16x8.narrow_i32x4_s(brightnessOf(v128.load(from)), brightnessOf(v128.load(from, 16))));
    from += 32;
  }
  v128.store(end, i16x8.splat(load<i16>(end - 2)));
}

function brightnessOf(colours: v128): v128 {
  const byte = i32x4.splat(0xff);
  const blue = v128.and(colours, byte);
  const green = v128.and(i32x4.shr_u(colours, 8), byte);
  const red = v128.and(i32x4.shr_u(colours, 16), byte);
  return i32x4.add(i32x4.add(blue, red), i32x4.shl(green, 1));
}

function even(px: i32): i32 {
  return px & ~1;
}
