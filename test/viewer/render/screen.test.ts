import { deflateRawSync } from "node:zlib";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { beforeEach, describe, expect, it } from "vitest";
import { type EncodedRect, encodeCopy } from "../../../protocol/encoded-rect.ts";
import { type CellRun, decodeFilm, encodeFilm, sharpSizeOf, softSizeOf } from "../../../protocol/film.ts";
import type { Rect, Size } from "../../../protocol/geometry.ts";
import { encodeUpdate, type UpdateStep } from "../../../protocol/update.ts";
import type { RowEncoding } from "../../../viewer/core/inflate-pixels.ts";
import { rowsOf } from "../../conformance/pixel-decoder.ts";
import { partsPages } from "../parts-page.ts";

type Colour = readonly [red: number, green: number, blue: number];
type Seen = { painted: number[]; broken: string[]; brokenSequences: number[] };

const RED: Colour = [200, 10, 20];
const GREEN: Colour = [10, 180, 30];
const BLUE: Colour = [10, 20, 220];
const BLACK: Colour = [0, 0, 0];
const SMALL: Size = { width: 64, height: 48 };

const pages = partsPages();
let page: Page;
beforeEach(async () => {
  page = await pages.open();
  await page.evaluate(() => {
    const canvas = document.body.appendChild(document.createElement("canvas"));
    const screen = new window.parts.Screen(canvas, new window.parts.PageDecoder());
    const seen: Seen = { painted: [], broken: [], brokenSequences: [] };
    screen.onPainted = ({ sequence }) => seen.painted.push(sequence);
    screen.onBroken = (error, sequence) => {
      seen.broken.push(error.message);
      seen.brokenSequences.push(sequence);
    };
    Object.assign(window, { canvas, screen, seen, reader: new window.parts.UpdateReader() });
  });
});

describe("the screen", () => {
  it.each(["exact", "shaded", "indexed"] as const)("paints solid and %s rectangles to the bit", async (encoding) => {
    const ramp = exactOf(
      { x: 3, y: 5, width: 20, height: 10 },
      (x, y) => [x * 12, 255 - y * 25, (x * y) % 256],
      encoding,
    );
    await send(1, SMALL, [solidOf({ x: 0, y: 0, ...SMALL }, RED), ramp]);
    await untilPainted(1);
    expect(await pixel(0, 0)).toEqual(RED);
    expect(await pixel(63, 47)).toEqual(RED);
    for (const [x, y] of [
      [0, 0],
      [19, 0],
      [7, 9],
      [19, 9],
    ] as const) {
      expect(await pixel(3 + x, 5 + y)).toEqual([x * 12, 255 - y * 25, (x * y) % 256]);
    }
    expect(await pixel(23, 5)).toEqual(RED);
  });

  it("paints a JPEG rectangle in its place, in its colours", async () => {
    await send(1, SMALL, [await jpegOf({ x: 16, y: 16, width: 32, height: 16 }, GREEN)]);
    await untilPainted(1);
    expect(await pixel(15, 16)).toEqual(BLACK);
    expect(await pixel(48, 31)).toEqual(BLACK);
    const shown = await pixel(32, 24);
    for (const [index, value] of GREEN.entries()) expect(Math.abs((shown[index] ?? 0) - value)).toBeLessThanOrEqual(3);
  });

  it("shows an update whole or not at all, however long one rectangle takes to decode", async () => {
    const size = { width: 3000, height: 2000 };
    const slow = await jpegOf({ x: 0, y: 0, width: 3000, height: 1990 }, GREEN);
    const quick = solidOf({ x: 0, y: 1990, width: 3000, height: 10 }, RED);
    const messages = encodeUpdate({ sequence: 1, size, rects: [quick, slow] });
    const looks = await page.evaluate(
      async (parts) => {
        const { canvas, screen, reader } = window as unknown as Bench;
        let done = false;
        screen.onPainted = () => {
          done = true;
        };
        for (const part of parts) for (const step of reader.read(Uint8Array.from(part))) screen.apply(step);
        const looks: string[] = [];
        const deadlineMs = performance.now() + 10_000;
        while (performance.now() < deadlineMs) {
          const context = canvas.getContext("2d");
          const shows = (y: number) =>
            (context?.getImageData(5, y, 1, 1).data ?? [0, 0]).slice(0, 2).some((one) => one > 0);
          if (canvas.width === 3000) looks.push(`${shows(1995)} ${shows(10)}`);
          else looks.push("nothing");
          if (done) return looks;
          await new Promise((next) => setTimeout(next));
        }
        return ["never painted"];
      },
      messages.map((part) => [...part]),
    );
    expect(new Set(looks)).toEqual(new Set(["nothing", "true true"]));
    expect(looks.at(-1)).toBe("true true");
  });

  it("paints nothing before the end of the update is here", async () => {
    const [jpeg, solid] = [await jpegOf({ x: 0, y: 0, ...SMALL }, GREEN), solidOf({ x: 0, y: 0, ...SMALL }, RED)];
    const updates = [[{ kind: "begin", sequence: 1, size: SMALL }], [solid, jpeg]] as const;
    const stats = await page.evaluate(
      async ([steps, rects]) => {
        const { screen } = window as unknown as Bench;
        for (const step of steps) screen.apply(step);
        for (const { rect, encoding, data } of rects) {
          screen.apply({ kind: "rect", sequence: 1, rect: { rect, encoding, data: Uint8Array.from(data) } });
        }
        // The same data decoded once more: by then the screen's own decoding is over.
        const last = rects.at(-1);
        if (last !== undefined) await createImageBitmap(new Blob([Uint8Array.from(last.data)]));
        return { ...screen.stats, size: screen.size };
      },
      [updates[0], updates[1].map((one) => ({ ...one, data: [...one.data] }))] as const,
    );
    expect(stats).toMatchObject({ updates: 0, bytes: 0 });
    expect(stats.size).toBeUndefined();
  });

  it("paints nothing of an update that is broken off, and the next one as ever", async () => {
    await send(1, SMALL, [solidOf({ x: 0, y: 0, ...SMALL }, RED)]);
    const corner = { x: 0, y: 0, width: 4, height: 4 };
    await page.evaluate(
      ([size, rect, data]) => {
        const { screen } = window as unknown as Bench;
        screen.apply({ kind: "begin", sequence: 2, size });
        screen.apply({ kind: "rect", sequence: 2, rect: { rect, encoding: "solid", data: Uint8Array.from(data) } });
        screen.apply({ kind: "break-off", sequence: 2 });
      },
      [SMALL, corner, [...GREEN]] as const,
    );
    await send(3, SMALL, [solidOf({ ...corner, x: 8 }, BLUE)]);
    await untilPainted(3);
    expect((await seen()).painted).toEqual([1, 3]);
    expect([await pixel(2, 2), await pixel(10, 2)]).toEqual([RED, BLUE]);
  });

  it("paints updates in the order they came, even when a later one decodes sooner", async () => {
    const size = { width: 2000, height: 1500 };
    await send(1, size, [await jpegOf({ x: 0, y: 0, ...size }, GREEN)]);
    await send(2, size, [solidOf({ x: 0, y: 0, width: 10, height: 10 }, RED)]);
    await untilPainted(2);
    expect((await seen()).painted).toEqual([1, 2]);
    expect(await pixel(5, 5)).toEqual(RED);
    expect((await pixel(50, 50))[1]).toBeGreaterThan(170);
  });

  it("paints a letter that comes in the midst of a film's picture before that picture, and after all that came before", async () => {
    const size = { width: 2000, height: 1500 };
    const corner = { x: 0, y: 0, width: 10, height: 10 };
    await send(1, size, [await jpegOf({ x: 0, y: 0, ...size }, GREEN)]);
    const film = encodeUpdate({ sequence: 2, size, rects: [solidOf({ x: 100, y: 0, width: 900, height: 900 }, RED)] });
    const [whole = new Uint8Array()] = film;
    await page.evaluate(
      ([part, letter]) => {
        const { screen, reader } = window as unknown as Bench;
        const [begin, ...rest] = reader.read(Uint8Array.from(part));
        if (begin !== undefined) screen.apply(begin);
        const data = Uint8Array.from(letter.rects[0].data);
        screen.applyShort({ ...letter, rects: [{ ...letter.rects[0], data }] }, 30);
        Object.assign(window, { rest });
      },
      [[...whole], { sequence: 3, size, rects: [{ rect: corner, encoding: "solid", data: [...BLUE] }] }] as const,
    );
    await untilPainted(3);
    expect(await pixel(5, 5)).toEqual(BLUE);
    expect((await pixel(500, 5))[1]).toBeGreaterThan(170);
    await page.evaluate(() => {
      const { screen, rest } = window as unknown as Bench & { rest: UpdateStep[] };
      for (const step of rest) screen.apply(step);
    });
    await untilPainted(2);
    expect((await seen()).painted).toEqual([1, 3, 2]);
    expect(await pixel(5, 5)).toEqual(BLUE);
    expect(await pixel(500, 5)).toEqual(RED);
  });

  it.each(
    (["copyByDrawing", "copyByPixels"] as const).flatMap((way) => [
      { way, where: "down over itself", by: { x: 0, y: 6 } },
      { way, where: "up over itself", by: { x: 0, y: -5 } },
      { way, where: "right over itself", by: { x: 4, y: 0 } },
      { way, where: "left over itself", by: { x: -3, y: 0 } },
      { way, where: "aslant over itself", by: { x: 3, y: 2 } },
      { way, where: "to another place", by: { x: 24, y: 20 } },
    ]),
  )("copies what moved $where, to the bit, before it paints the rest of the update ($way)", async ({ way, by }) => {
    await page.evaluate((chosen) => {
      (window as unknown as Bench).screen.copyArea = window.parts[chosen];
    }, way);
    const colourAt = (x: number, y: number): Colour => [x * 4, y * 5, (x * 37 + y * 91) % 256];
    const from = { x: 6, y: 8, width: 30, height: 20 };
    const to = { ...from, x: from.x + by.x, y: from.y + by.y };
    const fresh = { x: to.x + 2, y: to.y + 3, width: 4, height: 4 };
    await send(1, SMALL, [exactOf({ x: 0, y: 0, ...SMALL }, colourAt)]);
    await send(2, SMALL, [encodeCopy(to, from), solidOf(fresh, RED)]);
    await untilPainted(2);
    const inside = (area: Rect, x: number, y: number) =>
      x >= area.x && y >= area.y && x < area.x + area.width && y < area.y + area.height;
    const expected = Array.from({ length: 64 * 48 }, (_, at) => {
      const [x, y] = [at % 64, Math.floor(at / 64)];
      if (inside(fresh, x, y)) return RED;
      return inside(to, x, y) ? colourAt(x - by.x, y - by.y) : colourAt(x, y);
    });
    expect(await pixels()).toEqual(expected);
  });

  it("paints a film's soft layer over all of the rectangle, and its sharp cells over that", async () => {
    const size = { width: 90, height: 60 };
    await send(1, size, [solidOf({ x: 0, y: 0, ...size }, BLUE)]);
    // Five columns, three rows; odd in both directions: the last column is five pixels, the last row three further in.
    const rect = { x: 7, y: 11, width: 75, height: 45 };
    await send(2, size, [
      await filmOf(
        rect,
        GREEN,
        [
          { soft: 1, sharp: 1 },
          { soft: 7, sharp: 1 },
          { soft: 4, sharp: 1 },
        ],
        RED,
      ),
    ]);
    await untilPainted(2);
    const sharp = [
      { x: 7 + 16, y: 11 },
      { x: 7 + 59, y: 11 + 16 },
      { x: 7 + 59, y: 11 + 29 },
    ];
    const colours = await pixels();
    for (let y = 0; y < size.height; y += 1) {
      for (let x = 0; x < size.width; x += 1) {
        const isSharp = sharp.some((at) => x >= at.x && x < at.x + 16 && y >= at.y && y < at.y + 16);
        const isFilm = x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height;
        const wanted = isSharp ? RED : isFilm ? GREEN : BLUE;
        expect({ x, y, off: furthest(colours[y * size.width + x] ?? [], wanted) <= 3 }).toEqual({ x, y, off: true });
      }
    }
  });

  it("enlarges a film's soft layer smoothly, and puts each of its pixels in the middle of the four it stands for", async () => {
    const size = { width: 64, height: 32 };
    const grey = Buffer.from(Array.from({ length: 32 * 16 }, (_, at) => (at % 32) * 8));
    const slope = await sharp(grey, { raw: { width: 32, height: 16, channels: 1 } })
      .jpeg({ quality: 100 })
      .toBuffer();
    const data = encodeFilm({ soft: slope, runs: [], sharp: new Uint8Array() });
    await send(1, size, [{ rect: { x: 0, y: 0, ...size }, encoding: "film", data }]);
    await untilPainted(1);
    const row = (await pixels()).slice(16 * 64, 17 * 64).map(([red]) => red ?? -1);
    for (const [x, red] of row.entries()) {
      const wanted = Math.min(Math.max((x + 0.5) / 2 - 0.5, 0), 31) * 8;
      expect(Math.abs(red - wanted)).toBeLessThanOrEqual(3);
    }
  });

  it("starts a new black picture when the display changes its size", async () => {
    await send(1, SMALL, [solidOf({ x: 0, y: 0, ...SMALL }, RED)]);
    await send(2, { width: 80, height: 20 }, [solidOf({ x: 0, y: 0, width: 10, height: 20 }, GREEN)]);
    await untilPainted(2);
    const { width, height, size } = await page.evaluate(() => {
      const { canvas, screen } = window as unknown as Bench;
      return { width: canvas.width, height: canvas.height, size: screen.size };
    });
    expect({ width, height }).toEqual({ width: 80, height: 20 });
    expect(size).toEqual({ width: 80, height: 20 });
    expect(await pixel(9, 19)).toEqual(GREEN);
    expect(await pixel(10, 0)).toEqual(BLACK);
  });

  it("counts what it painted, by kind", async () => {
    const jpeg = await jpegOf({ x: 0, y: 0, width: 16, height: 16 }, GREEN);
    const exact = exactOf({ x: 0, y: 0, width: 4, height: 4 }, () => RED);
    const shaded = exactOf({ x: 0, y: 0, width: 4, height: 4 }, () => RED, "shaded");
    const indexed = exactOf({ x: 0, y: 0, width: 4, height: 4 }, () => RED, "indexed");
    const messages = await send(1, SMALL, [
      jpeg,
      exact,
      exact,
      shaded,
      indexed,
      indexed,
      solidOf({ x: 0, y: 0, width: 1, height: 1 }, RED),
      encodeCopy({ x: 9, y: 9, width: 2, height: 2 }, { x: 0, y: 0 }),
      await filmOf({ x: 0, y: 0, width: 32, height: 32 }, GREEN, [], RED),
    ]);
    await untilPainted(1);
    const bytes = messages.reduce((sum, part) => sum + part.length, 0);
    const stats = await page.evaluate(() => (window as unknown as Bench).screen.stats);
    expect(stats).toEqual({
      updates: 1,
      jpegRects: 1,
      exactRects: 2,
      shadedRects: 1,
      indexedRects: 2,
      solidRects: 1,
      filmRects: 1,
      textRects: 0,
      copyRects: 1,
      bytes,
    });
  });

  it("forgets what is under way when it is reset, and goes on with what comes after", async () => {
    const size = { width: 2000, height: 1500 };
    // In one breath: between two calls a slow machine may have decoded and painted it already.
    await send(1, size, [await jpegOf({ x: 0, y: 0, ...size }, GREEN)], "then reset");
    await send(2, SMALL, [solidOf({ x: 0, y: 0, ...SMALL }, RED)]);
    await untilPainted(2);
    expect((await seen()).painted).toEqual([2]);
    expect(await page.evaluate(() => (window as unknown as Bench).screen.size)).toEqual(SMALL);
  });
});

describe("a rectangle that cannot be decoded", () => {
  const area = { x: 0, y: 0, width: 32, height: 16 };
  const bytesOf = (length: number) => new Uint8Array(deflateRawSync(new Uint8Array(length)));
  const bad: Record<string, () => EncodedRect | Promise<EncodedRect>> = {
    "that is no JPEG": () => ({ rect: area, encoding: "jpeg", data: new Uint8Array(300).fill(7) }),
    "whose JPEG has another size": async () => ({ ...(await jpegOf({ ...area, width: 16 }, GREEN)), rect: area }),
    "that is no deflate": () => ({ rect: area, encoding: "exact", data: new Uint8Array(300).fill(255) }),
    "with a pixel too few": () => ({ rect: area, encoding: "exact", data: bytesOf(32 * 16 * 3 - 3) }),
    "with a byte too many": () => ({ rect: area, encoding: "exact", data: bytesOf(32 * 16 * 3 + 1) }),
    "with a megabyte too many": () => ({ rect: area, encoding: "exact", data: bytesOf(1_000_000) }),
    "of differences with a pixel too few": () => ({ rect: area, encoding: "shaded", data: bytesOf(32 * 16 * 3 - 3) }),
    "of few colours with a pixel too few": () => ({ rect: area, encoding: "indexed", data: bytesOf(32 * 16 + 4) }),
    "of differences with a byte too many": () => ({ rect: area, encoding: "shaded", data: bytesOf(32 * 16 * 3 + 1) }),
    "of a film that ends in its runs": () => ({ rect: area, encoding: "film", data: Uint8Array.of(0, 1, 0) }),
    "of a film whose soft layer has another size": async () => ({
      ...(await filmOf({ ...area, width: 64 }, RED, [{ soft: 1, sharp: 1 }], GREEN)),
      rect: area,
    }),
    "of a film whose sharp layer has another size": async () => {
      const { data } = await filmOf(area, RED, [{ soft: 1, sharp: 1 }], GREEN);
      const { soft, sharp } = decodeFilm(area, data);
      return { rect: area, encoding: "film", data: encodeFilm({ soft, runs: [{ soft: 0, sharp: 2 }], sharp }) };
    },
    "without data": () => ({ rect: area, encoding: "exact", data: new Uint8Array(0) }),
  };
  for (const [which, make] of Object.entries(bad)) {
    it(`${which} leaves the whole update out and is told`, async () => {
      await send(1, SMALL, [solidOf({ x: 0, y: 0, ...SMALL }, RED)]);
      await send(2, SMALL, [solidOf({ x: 0, y: 0, ...SMALL }, GREEN), await make()]);
      await send(3, SMALL, [solidOf({ x: 60, y: 0, width: 4, height: 4 }, GREEN)]);
      await untilPainted(3);
      const { painted, broken, brokenSequences } = await seen();
      expect(painted).toEqual([1, 3]);
      expect(brokenSequences).toEqual([2]);
      expect(broken[0]).not.toBe("");
      expect(await pixel(1, 1)).toEqual(RED);
      expect(await pixel(62, 1)).toEqual(GREEN);
    });
  }

  it("counts a film's rectangle with all that its layers hold, also where cells lie over each other", async () => {
    const display = { width: 8192, height: 8192 };
    const rect = { x: 0, y: 0, width: 17, height: 4000 };
    // Two columns of 250 cells may be sharp: 146,000 pixels, not 68,000.
    const most = Math.floor((2 * 8192 * 8192) / (9 * 2000 + 2 * 250 * 256));
    const refusedAt = await page.evaluate(
      ([size, film, rects]) => {
        const { screen, seen } = window as unknown as Bench;
        screen.apply({ kind: "begin", sequence: 9, size });
        for (let nth = 0; nth < rects; nth += 1) {
          const data = new Uint8Array(2);
          screen.apply({ kind: "rect", sequence: 9, rect: { rect: film, encoding: "film", data } });
          if (seen.broken.length > 0) return nth;
        }
        return -1;
      },
      [display, rect, most + 10] as const,
    );
    expect(refusedAt).toBe(most);
  });

  it("beyond what a browser can hold is refused before it is decoded", async () => {
    const huge = { x: 0, y: 0, width: 8192, height: 8192 };
    const rect: EncodedRect = { rect: huge, encoding: "jpeg", data: new Uint8Array(100) };
    await send(7, { width: 8192, height: 8192 }, [rect, rect, rect]);
    const { broken, brokenSequences } = await seen();
    expect(brokenSequences).toEqual([7]);
    expect(broken[0]).toContain("more pixels than this browser can paint");
  });
});

/** What `beforeEach` puts on the page's window. */
type Bench = {
  canvas: HTMLCanvasElement;
  screen: InstanceType<Window["parts"]["Screen"]>;
  reader: InstanceType<Window["parts"]["UpdateReader"]>;
  seen: Seen;
};

/** Through the real encoder and the real reader, as over a pipe. */
async function send(
  sequence: number,
  size: Size,
  rects: readonly EncodedRect[],
  after: "then reset" | "and wait" = "and wait",
): Promise<Uint8Array[]> {
  const messages = encodeUpdate({ sequence, size, rects });
  await page.evaluate(
    ([parts, reset]) => {
      const { reader, screen } = window as unknown as Bench;
      for (const part of parts) for (const step of reader.read(Uint8Array.from(part))) screen.apply(step);
      if (reset) screen.reset();
    },
    [messages.map((part) => [...part]), after === "then reset"] as const,
  );
  return messages;
}

async function untilPainted(sequence: number): Promise<void> {
  await page.waitForFunction((wanted) => (window as unknown as Bench).seen.painted.includes(wanted), sequence);
}

function seen(): Promise<Seen> {
  return page.evaluate(() => (window as unknown as Bench).seen);
}

function pixel(x: number, y: number): Promise<number[]> {
  return page.evaluate(
    ([left, top]) => {
      const context = (window as unknown as Bench).canvas.getContext("2d");
      return [...(context?.getImageData(left, top, 1, 1).data ?? [])].slice(0, 3);
    },
    [x, y] as const,
  );
}

async function pixels(): Promise<number[][]> {
  const rgba = await page.evaluate(() => {
    const { canvas } = window as unknown as Bench;
    return [...(canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [])];
  });
  return Array.from({ length: rgba.length / 4 }, (_, at) => rgba.slice(at * 4, at * 4 + 3));
}

function solidOf(rect: Rect, colour: Colour): EncodedRect {
  return { rect, encoding: "solid", data: Uint8Array.from(colour) };
}

function exactOf(rect: Rect, colourAt: (x: number, y: number) => Colour, encoding: RowEncoding = "exact"): EncodedRect {
  const rgb: number[] = [];
  for (let y = 0; y < rect.height; y++) for (let x = 0; x < rect.width; x++) rgb.push(...colourAt(x, y));
  return { rect, encoding, data: Uint8Array.from(rowsOf(encoding, { size: rect, rgb }).data) };
}

/** Of one colour where it is soft, and of another where it is sharp. */
async function filmOf(rect: Rect, soft: Colour, runs: readonly CellRun[], sharp: Colour): Promise<EncodedRect> {
  const layer = async (size: Size, colour: Colour) => (await jpegOf({ x: 0, y: 0, ...size }, colour)).data;
  const size = sharpSizeOf(rect, runs);
  const layers = {
    soft: await layer(softSizeOf(rect), soft),
    runs,
    sharp: size === undefined ? new Uint8Array() : await layer(size, sharp),
  };
  return { rect, encoding: "film", data: encodeFilm(layers) };
}

const furthest = (colour: readonly number[], wanted: Colour): number =>
  Math.max(...wanted.map((value, channel) => Math.abs((colour[channel] ?? -999) - value)));

async function jpegOf(rect: Rect, [r, g, b]: Colour): Promise<EncodedRect> {
  const { width, height } = rect;
  const image = sharp({ create: { width, height, channels: 3, background: { r, g, b } } });
  return { rect, encoding: "jpeg", data: new Uint8Array(await image.jpeg({ quality: 90 }).toBuffer()) };
}
