import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Size } from "../../protocol/geometry.ts";
import type { RowEncoding } from "../../viewer/core/inflate-pixels.ts";

/** A browser's page with the viewer's parts (test/viewer/parts.ts) and `window.decoder`, a PixelDecoder. */
export type DecodingPage = {
  /** Runs a function that needs nothing from around it, there. What goes in and comes out is JSON. */
  readonly run: <A, R>(act: (given: A) => Promise<R>, given: A) => Promise<R>;
  readonly close: () => Promise<void>;
};

/** Both browsers' libraries run a function by its text; only this says that it gives back what it returned. */
type Evaluates = { readonly evaluate: (script: string) => Promise<unknown> };

export function runOn(page: Evaluates): DecodingPage["run"] {
  return async <A, R>(act: (given: A) => Promise<R>, given: A) => {
    // As one text: the libraries take seconds for long lists of numbers.
    const json = await page.evaluate(`(${act})(${JSON.stringify(given)}).then((found) => JSON.stringify([found]))`);
    const [found] = JSON.parse(String(json)) as [R];
    return found;
  };
}

type Decoded = { readonly rgb: readonly number[] } | { readonly refused: true };
type JpegTask = { readonly size: Size; readonly data: readonly number[] };
type RowsTask = JpegTask & { readonly encoding: RowEncoding };

const HOSTILE_JPEGS = 400;
const HOSTILE_ROWS = 3_000;

/** What every way to decode pixels must do, in every browser. */
export function pixelDecoderConformance(name: string, open: () => Promise<DecodingPage>): void {
  describe(`decoding ${name}`, () => {
    let page: DecodingPage;
    beforeAll(async () => {
      page = await open();
    });
    afterAll(() => page?.close());

    it.each([
      ["4:4:4", 1, 1],
      ["4:2:0", 1, 1],
      ["4:2:0", 17, 9],
      ["4:4:4", 333, 7],
      ["4:2:0", 160, 90],
    ] as const)(
      "makes of a JPEG in %s, %d by %d, a picture of that size in its colours",
      async (chroma, width, height) => {
        const rows = slope({ width, height });
        const [decoded] = await decodeJpegs(page, [{ size: { width, height }, data: await jpegOf(rows, chroma) }]);
        expect(psnrDb(decoded, rows.rgb)).toBeGreaterThan(30);
      },
    );

    it("gives each of many at once its own picture", async () => {
      const size = { width: 32, height: 16 };
      const greys = Array.from({ length: 40 }, (_, nth) => 20 + nth * 5);
      const tasks = await Promise.all(
        greys.map(async (grey) => ({
          size,
          data: await jpegOf({ size, rgb: Array(32 * 16 * 3).fill(grey) }, "4:2:0"),
        })),
      );
      const decoded = await decodeJpegs(page, tasks);
      const found = decoded.map((one) => ("rgb" in one ? (one.rgb[300] ?? -1) : -1));
      for (const [nth, grey] of greys.entries()) expect(Math.abs((found[nth] ?? -1) - grey)).toBeLessThanOrEqual(2);
    });

    it("refuses what is no JPEG and one of another size, and decodes the next one", async () => {
      const rows = slope({ width: 24, height: 16 });
      const good = await jpegOf(rows, "4:4:4");
      const decoded = await decodeJpegs(page, [
        { size: rows.size, data: Array(300).fill(7) },
        { size: rows.size, data: [] },
        { size: { width: 16, height: 24 }, data: good },
        { size: rows.size, data: good },
      ]);
      expect(decoded.map((one) => "refused" in one)).toEqual([true, true, true, false]);
    });

    it(`of ${HOSTILE_JPEGS} broken JPEGs makes pictures of the size or none, and decodes the next one`, async () => {
      const rows = slope({ width: 24, height: 16 });
      const good = await jpegOf(rows, "4:2:0");
      // Not in the frame header, whose size a decoder may take memory by before it finds that there is no more.
      const header = good.findIndex((byte, at) => byte === 0xff && good[at + 1] === 0xc0);
      const harm = fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255), cut: fc.nat(good.length) });
      const broken = fc.sample(harm, { numRuns: HOSTILE_JPEGS, seed: 5 }).map(({ at, byte, cut }) => {
        const data = cut % 2 === 0 ? good.slice(0, cut) : [...good];
        if (at < header || at > header + 10) data[Math.min(at, data.length)] = byte;
        return { size: rows.size, data };
      });
      const decoded = await decodeJpegs(page, [...broken, { size: rows.size, data: good }]);
      expect(decoded.filter((one) => "refused" in one).length).toBeGreaterThan(HOSTILE_JPEGS / 20);
      for (const one of decoded) if ("rgb" in one) expect(one.rgb).toHaveLength(24 * 16 * 3);
      expect(psnrDb(decoded.at(-1), rows.rgb)).toBeGreaterThan(30);
    });

    it.each([
      ["exact", 1],
      ["shaded", 1],
      // In 100 colours, and in 600.
      ["indexed", 64],
      ["indexed", 32],
    ] as const)("gives %s rows to the bit, few and many", async (encoding, step) => {
      const tasks = [
        { width: 3, height: 2 },
        { width: 300, height: 250 },
      ].map((size) => slope(size, step));
      const decoded = await decodeRows(
        page,
        tasks.map((rows) => rowsOf(encoding, rows)),
      );
      expect(decoded).toEqual(tasks.map(({ rgb }) => ({ rgb })));
    });

    it("refuses many rows that are too few, too many, cut off, something else or nothing, and decodes the next ones", async () => {
      const rows = slope({ width: 200, height: 120 });
      const { size, data } = rowsOf("exact", rows);
      const zeros = (length: number) => [...deflateRawSync(new Uint8Array(length))];
      const broken = [zeros(71_999), zeros(72_001), zeros(20_000_000), data.slice(0, -9), data.toReversed(), []];
      const tasks = [...broken, data].map((one) => ({ encoding: "exact", size, data: one }) as const);
      const decoded = await decodeRows(page, tasks);
      expect(decoded.map((one) => "refused" in one)).toEqual([...broken.map(() => true), false]);
      expect(decoded.at(-1)).toEqual({ rgb: rows.rgb });
    });

    it(`of ${HOSTILE_ROWS} broken rows lets nothing out but rows of the size, and decodes the next ones`, async () => {
      const rows = slope({ width: 6, height: 4 });
      const encoding = fc.constantFrom("exact" as const, "shaded" as const, "indexed" as const);
      const harm = fc.record({ encoding, at: fc.nat(200), byte: fc.nat(255), cut: fc.nat(200) });
      const broken = fc.sample(harm, { numRuns: HOSTILE_ROWS, seed: 5 }).map(({ encoding, at, byte, cut }) => {
        const task = rowsOf(encoding, rows);
        const data = cut % 2 === 0 ? task.data.slice(0, cut) : [...task.data];
        if (data.length > 0) data[at % data.length] = byte;
        return { ...task, data };
      });
      const decoded = await decodeRows(page, [...broken, rowsOf("exact", rows)]);
      expect(decoded.filter((one) => "refused" in one).length).toBeGreaterThan(HOSTILE_ROWS / 10);
      for (const one of decoded) if ("rgb" in one) expect(one.rgb).toHaveLength(6 * 4 * 3);
      expect(decoded.at(-1)).toEqual({ rgb: rows.rgb });
    });
  });
}

type Rows = { readonly size: Size; readonly rgb: readonly number[] };

/**
 * Smooth in every channel, differently in each, so that a swapped channel or a shifted row is seen.
 * @param step from one shade to the next: more makes fewer colours
 */
export function slope(size: Size, step = 1): Rows {
  const shade = (value: number) => Math.floor(value / step) * step;
  const rgb: number[] = [];
  for (let y = 0; y < size.height; y += 1) {
    for (let x = 0; x < size.width; x += 1) {
      rgb.push(
        shade(127.5 + 120 * Math.sin(x / 23)),
        shade(127.5 + 120 * Math.cos(y / 17)),
        shade(((x + y) >> 2) & 255),
      );
    }
  }
  return { size, rgb };
}

export async function jpegOf({ size, rgb }: Rows, chromaSubsampling: "4:4:4" | "4:2:0"): Promise<number[]> {
  const raw = { ...size, channels: 3 } as const;
  const jpeg = sharp(Uint8Array.from(rgb), { raw }).jpeg({ quality: 92, chromaSubsampling });
  return [...(await jpeg.toBuffer())];
}

export function rowsOf(encoding: RowEncoding, rows: Rows): RowsTask {
  return { encoding, size: rows.size, data: [...deflateRawSync(Uint8Array.from(ROWS[encoding](rows)))] };
}

const ROWS: Readonly<Record<RowEncoding, (rows: Rows) => readonly number[]>> = {
  exact: ({ rgb }) => rgb,
  shaded: ({ size, rgb }) => rgb.map((value, at) => value - (rgb[at - size.width * 3] ?? 0)),
  indexed: ({ size, rgb }) => {
    const colours = Array.from({ length: size.width * size.height }, (_, at) => rgb.slice(at * 3, at * 3 + 3));
    const palette = new Map(colours.map((colour) => [colour.join(), colour]));
    const numbers = new Map([...palette.keys()].map((colour, number) => [colour, number]));
    const ofPixels = colours.map((colour) => numbers.get(colour.join()) ?? -1);
    const upper = palette.size > 256 ? ofPixels.map((number) => number >> 8) : [];
    const channels = [0, 1, 2].flatMap((channel) => [...palette.values()].map((colour) => colour[channel] ?? -1));
    return [palette.size >> 8, palette.size & 255, ...ofPixels.map((number) => number & 255), ...upper, ...channels];
  },
};

export function decodeJpegs(page: DecodingPage, tasks: readonly JpegTask[]): Promise<Decoded[]> {
  return page.run(async (all) => {
    const { decoder } = window;
    const decoded = await Promise.allSettled(all.map(({ size, data }) => decoder.jpeg(size, Uint8Array.from(data))));
    return decoded.map((one): Decoded => {
      if (one.status === "rejected") return { refused: true };
      const canvas = document.createElement("canvas");
      const { width, height } = one.value;
      Object.assign(canvas, { width, height });
      const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
      context?.drawImage(one.value, 0, 0);
      one.value.close();
      const rgba = context?.getImageData(0, 0, width, height).data ?? [];
      return { rgb: [...rgba].filter((_, at) => at % 4 < 3) };
    });
  }, tasks);
}

/** @param updatePixels of the update that each is of: many, unless said otherwise */
export function decodeRows(
  page: DecodingPage,
  tasks: readonly RowsTask[],
  updatePixels = 1_000_000,
): Promise<Decoded[]> {
  return page.run(
    async ([all, pixels]) => {
      const { decoder } = window;
      const decoded = await Promise.allSettled(
        all.map(({ encoding, size, data }) => decoder.rows(encoding, size, Uint8Array.from(data), pixels)),
      );
      return decoded.map((one): Decoded => {
        if (one.status === "rejected") return { refused: true };
        return { rgb: [...one.value.data].filter((_, at) => at % 4 < 3) };
      });
    },
    [tasks, updatePixels] as const,
  );
}

export function psnrDb(decoded: Decoded | undefined, rgb: readonly number[]): number {
  if (decoded === undefined || !("rgb" in decoded)) throw new Error("refused");
  expect(decoded.rgb).toHaveLength(rgb.length);
  const squares = rgb.reduce((sum, value, at) => sum + (value - (decoded.rgb[at] ?? -1)) ** 2, 0);
  return 10 * Math.log10(255 ** 2 / Math.max(squares / rgb.length, 1e-9));
}
