import sharp from "sharp";
import { describe, expect, it } from "vitest";
import type { JpegEncoder, JpegEncoderDriver, Pixels } from "../../host-agent/encode/driver.ts";
import { type Rect, type Size, wholeOf } from "../../protocol/geometry.ts";

const BEST = { quality: 95, chroma: "444" } as const;

/** A picture in B G R unused; the unused byte is filled with noise, for it means nothing. */
export function picture(size: Size, colour: (x: number, y: number) => readonly [number, number, number]): Pixels {
  const bytes = new Uint8Array(size.width * size.height * 4);
  for (let y = 0; y < size.height; y += 1) {
    for (let x = 0; x < size.width; x += 1) {
      const [red, green, blue] = colour(x, y);
      bytes.set([blue, green, red, (x * 89 + y * 53) & 0xff], (y * size.width + x) * 4);
    }
  }
  return { size, bytes };
}

/** Blue, green and red, as they lie in memory. */
export const colourAt = ({ size, bytes }: Pixels, x: number, y: number): number[] => [
  ...bytes.subarray((y * size.width + x) * 4, (y * size.width + x) * 4 + 3),
];

/** Smooth in every channel, differently in each, so that a swapped channel or a shifted row is seen. */
export const smooth = (size: Size): Pixels =>
  picture(size, (x, y) => [
    Math.round(127 + 120 * Math.sin(x / 23)),
    Math.round(127 + 120 * Math.cos(y / 17)),
    Math.round(127 + 120 * Math.sin((x + y) / 31)),
  ]);

/** Thin coloured lines, as of coloured text: what halved chroma blurs. */
const striped = (size: Size): Pixels => picture(size, (x) => (x % 2 === 0 ? [255, 0, 0] : [0, 0, 255]));

/** R G B rows of a rectangle, what a decoder should give back. */
function expected({ size, bytes }: Pixels, rect: Rect): number[] {
  const rgb: number[] = [];
  for (let y = rect.y; y < rect.y + rect.height; y += 1) {
    for (let x = rect.x; x < rect.x + rect.width; x += 1) {
      const at = (y * size.width + x) * 4;
      rgb.push(bytes[at + 2] ?? -1, bytes[at + 1] ?? -1, bytes[at] ?? -1);
    }
  }
  return rgb;
}

async function psnrDb(jpeg: Uint8Array, pixels: Pixels, rect: Rect): Promise<number> {
  const { data, info } = await sharp(jpeg).toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
  expect({ width: info.width, height: info.height, channels: info.channels }).toEqual({
    width: rect.width,
    height: rect.height,
    channels: 3,
  });
  const want = expected(pixels, rect);
  const squares = want.reduce((sum, value, at) => sum + (value - (data[at] ?? -1)) ** 2, 0);
  return 10 * Math.log10(255 ** 2 / Math.max(squares / want.length, 1e-9));
}

/** What every JPEG encoder must do. */
export function jpegEncoderConformance(driver: JpegEncoderDriver): void {
  describe(`the JPEG encoder ${driver.name}`, () => {
    const withEncoder = async <T>(use: (encoder: JpegEncoder) => Promise<T>): Promise<T> => {
      expect(await driver.probe()).toMatchObject({ available: true });
      return await use(await driver.open());
    };

    it("says who it is", async () => {
      await withEncoder(async (encoder) => expect(encoder.name).toBe(driver.name));
    });

    it.each([
      [1, 1],
      [1, 7],
      [7, 1],
      [2, 2],
      [15, 17],
      [16, 16],
      [33, 31],
      [129, 65],
    ])("encodes a whole picture of %i x %i with its colours in place", async (width, height) => {
      const pixels = smooth({ width, height });
      const jpeg = await withEncoder((encoder) => encoder.encode(pixels, wholeOf(pixels.size), BEST));
      expect(await psnrDb(jpeg, pixels, wholeOf(pixels.size))).toBeGreaterThan(35);
    });

    it("tells red from blue", async () => {
      const red = picture({ width: 8, height: 8 }, () => [250, 20, 10]);
      const jpeg = await withEncoder((encoder) => encoder.encode(red, wholeOf(red.size), BEST));
      expect(await psnrDb(jpeg, red, wholeOf(red.size))).toBeGreaterThan(40);
    });

    it.each<[string, Rect]>([
      ["the first pixel", { x: 0, y: 0, width: 1, height: 1 }],
      ["the last pixel", { x: 299, y: 199, width: 1, height: 1 }],
      ["odd numbers in the middle", { x: 51, y: 33, width: 77, height: 59 }],
      ["the lower right corner", { x: 201, y: 151, width: 99, height: 49 }],
      ["the last row", { x: 3, y: 199, width: 290, height: 1 }],
      ["the right column", { x: 299, y: 0, width: 1, height: 200 }],
    ])("encodes a part of a larger picture: %s", async (_which, rect) => {
      const pixels = smooth({ width: 300, height: 200 });
      const jpeg = await withEncoder((encoder) => encoder.encode(pixels, rect, BEST));
      expect(await psnrDb(jpeg, pixels, rect)).toBeGreaterThan(35);
    });

    it("encodes a large display", async () => {
      const pixels = smooth({ width: 1279, height: 719 });
      const rect = { x: 1, y: 1, width: 1277, height: 718 };
      const jpeg = await withEncoder((encoder) => encoder.encode(pixels, rect, BEST));
      expect(await psnrDb(jpeg, pixels, rect)).toBeGreaterThan(35);
    });

    it("spends fewer bytes on lower quality", async () => {
      const pixels = picture({ width: 128, height: 128 }, (x, y) => {
        const noise = Math.imul(x * 131 + y * 7919, 2654435761) >>> 24;
        return [noise, (noise * 3) & 0xff, (noise * 7) & 0xff];
      });
      const sizes = await withEncoder(async (encoder) => {
        const bytes: number[] = [];
        for (const quality of [10, 50, 80, 100]) {
          bytes.push((await encoder.encode(pixels, wholeOf(pixels.size), { quality, chroma: "444" })).length);
        }
        return bytes;
      });
      expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
      expect(new Set(sizes).size).toBe(4);
    });

    it("keeps thin coloured lines with 4:4:4 and blurs them with 4:2:0", async () => {
      const pixels = striped({ width: 64, height: 64 });
      const rect = wholeOf(pixels.size);
      await withEncoder(async (encoder) => {
        const full = await encoder.encode(pixels, rect, { quality: 95, chroma: "444" });
        const halved = await encoder.encode(pixels, rect, { quality: 95, chroma: "420" });
        expect(await psnrDb(full, pixels, rect)).toBeGreaterThan(30);
        expect(await psnrDb(halved, pixels, rect)).toBeLessThan(20);
      });
    });

    it("hands over results that later calls leave alone", async () => {
      const one = smooth({ width: 64, height: 64 });
      const other = striped({ width: 64, height: 64 });
      await withEncoder(async (encoder) => {
        const [first, second] = await Promise.all([
          encoder.encode(one, wholeOf(one.size), BEST),
          encoder.encode(other, wholeOf(other.size), BEST),
        ]);
        expect(await psnrDb(first, one, wholeOf(one.size))).toBeGreaterThan(35);
        expect(await psnrDb(second, other, wholeOf(other.size))).toBeGreaterThan(30);
        expect(first.buffer.byteLength - first.length).toBeLessThan(64 * 1024);
      });
    });

    it("reads pixels at any offset of their buffer", async () => {
      const aligned = smooth({ width: 50, height: 40 });
      const roomy = new Uint8Array(aligned.bytes.length + 3);
      roomy.set(aligned.bytes, 3);
      const pixels = { size: aligned.size, bytes: roomy.subarray(3) };
      const rect = { x: 9, y: 11, width: 30, height: 20 };
      const jpeg = await withEncoder((encoder) => encoder.encode(pixels, rect, BEST));
      expect(await psnrDb(jpeg, aligned, rect)).toBeGreaterThan(35);
    });
  });
}
