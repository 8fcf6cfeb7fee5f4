import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergedByCost } from "../../../host-agent/core/merge-rects.ts";
import { Region } from "../../../host-agent/core/region.ts";
import { Surface } from "../../../host-agent/core/surface.ts";
import { compareMemory } from "../../../host-agent/pipeline/compare-memory.ts";
import { areaOf, type Rect, type Size, wholeOf } from "../../../protocol/geometry.ts";

const SIZE = { width: 200, height: 150 };

function filled(rect: Rect, colour: (x: number, y: number) => number): { rect: Rect; pixels: Uint8Array } {
  const pixels = new Uint8Array(rect.width * rect.height * 4);
  const view = new DataView(pixels.buffer);
  for (let y = 0; y < rect.height; y += 1) {
    for (let x = 0; x < rect.width; x += 1) {
      view.setUint32((y * rect.width + x) * 4, colour(rect.x + x, rect.y + y), true);
    }
  }
  return { rect, pixels };
}

function pixelOf(surface: Surface, x: number, y: number): readonly number[] {
  const at = (y * surface.size.width + x) * 4;
  return [...surface.bytes.subarray(at, at + 3)];
}

/** Any rectangle with no more of anything. */
const rects = ({ x, y, width, height }: Rect): fc.Arbitrary<Rect> =>
  fc.record({
    x: fc.nat(x),
    y: fc.nat(y),
    width: fc.integer({ min: 1, max: width }),
    height: fc.integer({ min: 1, max: height }),
  });

/** The parts of a rectangle that lie in one cell of 64 x 64 each, in reading order. */
function cellsOf({ x, y, width, height }: Rect): Rect[] {
  const parts = (from: number, length: number) =>
    Array.from({ length: Math.ceil((from + length) / 64) }, (_, nth) => {
      const start = Math.max(from, nth * 64);
      return { start, length: Math.min(from + length, (nth + 1) * 64) - start };
    }).filter((part) => part.length > 0);
  return parts(y, height).flatMap((row) =>
    parts(x, width).map((column) => ({ x: column.start, y: row.start, width: column.length, height: row.length })),
  );
}

const boxAround = (region: Region): Rect[] => [...region.simplified(1)];

const plain = (surface: Surface, colour: number) => surface.apply(filled(wholeOf(surface.size), () => colour));

describe.each([
  ["pixel by pixel", undefined],
  ["by the platform's comparison of memory", compareMemory],
] as const)("a surface that is compared %s", (_, compare) => {
  it("is black at first and reports every pixel that is not", () => {
    const surface = new Surface(SIZE, compare);
    expect(plain(surface, 0)).toEqual([]);
    expect(plain(surface, 0x336699)).toEqual([wholeOf(SIZE)]);
    expect(pixelOf(surface, 199, 149)).toEqual([0x99, 0x66, 0x33]);
  });

  it("boxes exactly what changed within a larger damage", () => {
    const surface = new Surface(SIZE, compare);
    const caret = { x: 70, y: 33, width: 2, height: 17 };
    const lit = (x: number, y: number) => x >= 70 && x < 72 && y >= 33 && y < 50;
    const damage = { x: 5, y: 7, width: 190, height: 140 };
    expect(surface.apply(filled(damage, (x, y) => (lit(x, y) ? 0xffffff : 0)))).toEqual([caret]);
    expect(surface.apply(filled(damage, (x, y) => (lit(x, y) ? 0xffffff : 0)))).toEqual([]);
  });

  it("keeps distant changes apart", () => {
    const surface = new Surface({ width: 1920, height: 1080 }, compare);
    const boxes = [
      { x: 3, y: 2, width: 8, height: 16 },
      { x: 1900, y: 1060, width: 20, height: 20 },
    ];
    const inside = (x: number, y: number) =>
      boxes.some((box) => x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height);
    expect(surface.apply(filled(wholeOf(surface.size), (x, y) => (inside(x, y) ? 0x80 : 0)))).toEqual(boxes);
  });

  it("takes no notice of the byte that is no colour", () => {
    const surface = new Surface(SIZE, compare);
    plain(surface, 0x00112233);
    expect(plain(surface, 0xff112233)).toEqual([]);
    expect(plain(surface, 0x7f112234)).toEqual([wholeOf(SIZE)]);
  });

  it("reads pixels at any offset of their buffer", () => {
    const surface = new Surface(SIZE, compare);
    const image = filled({ x: 11, y: 13, width: 7, height: 5 }, (x, y) => x * 256 + y);
    for (const offset of [1, 2, 3]) {
      const roomy = new Uint8Array(image.pixels.length + offset);
      roomy.set(image.pixels, offset);
      const changed = surface.apply({ rect: image.rect, pixels: roomy.subarray(offset) });
      expect(changed).toEqual(offset === 1 ? [image.rect] : []);
    }
    expect(pixelOf(surface, 12, 14)).toEqual([14, 12, 0]);
  });

  it("reads a Buffer at any offset too: shared memory is one, and its `slice` is no copy", () => {
    const surface = new Surface(SIZE, compare);
    const rect = { x: 3, y: 4, width: 7, height: 5 };
    const { pixels } = filled(rect, (x, y) => x * 256 + y);
    for (const offset of [4, 2]) {
      const segment = Buffer.alloc(pixels.length + 8);
      segment.set(pixels, offset);
      const part = segment.subarray(offset, offset + pixels.length);
      expect(surface.apply({ rect, pixels: part })).toEqual(offset === 4 ? [rect] : []);
    }
    expect(pixelOf(surface, 9, 8)).toEqual([8, 9, 0]);
  });

  it("refuses pixels that do not fit: that is a bug, not a picture", () => {
    const surface = new Surface(SIZE, compare);
    const image = filled({ x: 190, y: 0, width: 11, height: 1 }, () => 1);
    expect(() => surface.apply(image)).toThrow(RangeError);
    expect(() => surface.apply({ rect: { x: 0, y: 0, width: 12, height: 1 }, pixels: image.pixels })).toThrow(
      RangeError,
    );
    expect(() => new Surface({ width: 65_535, height: 65_535 })).toThrow(RangeError);
  });

  it("never misses a changed pixel, and ends up equal to what was captured", () => {
    const size = { width: 150, height: 90 };
    const dot = fc.record({ x: fc.nat(149), y: fc.nat(89), colour: fc.integer({ min: 1, max: 0xffffff }) });
    const corner = rects({ x: 100, y: 60, width: 50, height: 30 });
    fc.assert(
      fc.property(fc.array(dot, { maxLength: 30 }), corner, (dots, rect) => {
        const colourAt = new Map(dots.map(({ x, y, colour }) => [y * size.width + x, colour]));
        const inside = [...colourAt.keys()].filter((at) => {
          const [x, y] = [at % size.width, Math.floor(at / size.width)];
          return x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height;
        });
        const surface = new Surface(size, compare);
        const changed = surface.apply(filled(rect, (x, y) => colourAt.get(y * size.width + x) ?? 0));
        const dotRegion = Region.of(
          inside.map((at) => ({ x: at % size.width, y: Math.floor(at / size.width), width: 1, height: 1 })),
        );
        expect(dotRegion.subtract(Region.of(changed)).isEmpty).toBe(true);
        expect(changed.length > 0).toBe(inside.length > 0);
        for (let at = 0; at < size.width * size.height; at += 1) {
          const want = inside.includes(at) ? (colourAt.get(at) ?? 0) : 0;
          const [blue = -1, green = -1, red = -1] = pixelOf(surface, at % size.width, Math.floor(at / size.width));
          if (((red << 16) | (green << 8) | blue) !== want) throw new Error(`pixel ${at} is wrong`);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("boxes what changed in each cell of its grid as tightly as can be, however little or much, and wherever it is read", () => {
    const size = { width: 700, height: 140 };
    const dots = fc.array(rects({ x: size.width - 1, y: size.height - 1, width: 90, height: 40 }), { maxLength: 8 });
    // The byte that is no colour makes numbers of which doubles say that they differ, or do not, or are none.
    const unused = fc.constantFrom(0x00, 0x7f, 0x80, 0xff);
    const damage = rects({ x: 100, y: 60, width: 600, height: 80 });
    fc.assert(
      fc.property(dots, damage, fc.array(unused, { minLength: 3, maxLength: 3 }), (all, rect, bytes) => {
        const lit = Region.of(all).within(wholeOf(size));
        const isLit = new Set(lit.rects.flatMap(pointsOf));
        const surface = new Surface(size, compare);
        plain(surface, 0xfff0ff);
        const image = filled(rect, (x, y) => {
          const colour = isLit.has(y * size.width + x) ? 0xfff0fe : 0xfff0ff;
          return (((bytes[(x * 7 + y) % 3] ?? 0) << 24) | colour) >>> 0;
        });
        const boxes = cellsOf(rect).flatMap((cell) => boxAround(lit.within(cell)));
        expect(surface.apply(image)).toEqual(mergedByCost(boxes, 128));
        expect(surface.apply(image)).toEqual([]);
      }),
      { numRuns: 300 },
    );

    function pointsOf(rect: Rect): number[] {
      return Array.from({ length: areaOf(rect) }, (_, nth) => {
        const [x, y] = [rect.x + (nth % rect.width), rect.y + Math.floor(nth / rect.width)];
        return y * size.width + x;
      });
    }
  });

  it("compares a whole display in little time (printed, not judged)", () => {
    const size: Size = { width: 1920, height: 1080 };
    const surface = new Surface(size, compare);
    const noise = (seed: number) =>
      filled(wholeOf(size), (x, y) => Math.imul(x * 31 + y * 17 + seed, 2654435761) & 0xffffff);
    const pictures = [noise(1), noise(2), noise(3)] as const;
    const timeMs = (image: (typeof pictures)[number]) => {
      const startMs = performance.now();
      const changed = surface.apply(image);
      return { ms: performance.now() - startMs, changed };
    };
    const rounds = Array.from({ length: 5 }, () => {
      const different = timeMs(pictures[0]);
      const equal = timeMs(pictures[0]);
      expect(different.changed).toEqual([wholeOf(size)]);
      expect(equal.changed).toEqual([]);
      timeMs(pictures[1]);
      return { different: different.ms, equal: equal.ms };
    });
    const best = (of: "different" | "equal") => Math.min(...rounds.map((round) => round[of])).toFixed(2);
    console.info(`1080p compared: equal ${best("equal")} ms, all different ${best("different")} ms`);
  });
});
