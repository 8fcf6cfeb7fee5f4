import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { jpegSettingsFor } from "../../../host-agent/core/choose-encoding.ts";
import { rgbRows } from "../../../host-agent/core/rgb-rows.ts";
import { Surface } from "../../../host-agent/core/surface.ts";
import type { JpegEncoder, Pixels } from "../../../host-agent/encode/driver.ts";
import { jpegTurboDriver } from "../../../host-agent/encode/jpeg-turbo.ts";
import { RectEncoder } from "../../../host-agent/encode/rect-encoder.ts";
import { sharpDriver } from "../../../host-agent/encode/sharp.ts";
import type { EncodedRect } from "../../../protocol/encoded-rect.ts";
import { areaOf, type Rect, type Size, wholeOf } from "../../../protocol/geometry.ts";
import { picture } from "../../conformance/jpeg-encoder.ts";
import { decoded, ModelHistory } from "../../support/model-viewer.ts";
import { photograph as filmed, pasted, textPicture } from "../../support/page-picture.ts";

const HD = { width: 1920, height: 1080 };

let jpeg: JpegEncoder;
/** Read only, shared by the tests. */
let hd: Pixels;
let small: Pixels;
beforeAll(async () => {
  jpeg = await jpegTurboDriver.open();
  hd = desktop(HD);
  small = desktop({ width: 960, height: 600 });
});

/** A desktop: a plain background, a page of text at the left, a photograph at the right. */
function desktop(size: Size): Pixels {
  return picture(size, (x, y) => {
    if (y < size.height / 4) return [40, 44, 52];
    if (x < size.width / 2) {
      const shade = y % 18 < 12 && x % 9 < 7 ? (Math.imul(x * 31 + y * 17, 2654435761) >>> 28) * 16 : 250;
      return [shade, shade, shade];
    }
    const grain = Math.imul(x * 7 + y * 13, 2654435761) >>> 24;
    return [
      Math.round(127 + 120 * Math.sin(x / 37 + y / 91)),
      Math.round(110 + 95 * Math.cos(y / 29)) + (grain >> 3),
      (x * 3 + y * 5 + (grain >> 5)) & 0xff,
    ];
  });
}

/** What a viewer would hold after painting these on black, R G B. */
async function painted(size: Size, pieces: readonly EncodedRect[]): Promise<Uint8Array> {
  const rgb = new Uint8Array(areaOf(size) * 3);
  for (const { rect, encoding, data } of pieces) {
    const rows =
      encoding === "jpeg"
        ? await sharp(data).toColourspace("srgb").raw().toBuffer()
        : ["exact", "indexed", "shaded", "film"].includes(encoding)
          ? await decoded({ rect, encoding, data })
          : Buffer.concat(Array.from({ length: areaOf(rect) }, () => data));
    for (let row = 0; row < rect.height; row += 1) {
      const from = row * rect.width * 3;
      rgb.set(rows.subarray(from, from + rect.width * 3), ((rect.y + row) * size.width + rect.x) * 3);
    }
  }
  return rgb;
}

function psnrDb(pixels: Pixels, rgb: Uint8Array, rect: Rect = wholeOf(pixels.size)): number {
  let squares = 0;
  for (let y = rect.y; y < rect.y + rect.height; y += 1) {
    for (let x = rect.x; x < rect.x + rect.width; x += 1) {
      const at = y * pixels.size.width + x;
      for (let channel = 0; channel < 3; channel += 1) {
        squares += ((pixels.bytes[at * 4 + 2 - channel] ?? -1) - (rgb[at * 3 + channel] ?? -1)) ** 2;
      }
    }
  }
  return squares === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(255 ** 2 / (squares / areaOf(rect) / 3));
}

describe("a rectangle encoder", () => {
  it("sends a desktop in pieces, each by the encoding that suits it, and the picture comes out", async () => {
    const pixels = small;
    const encoder = new RectEncoder(jpeg);
    const pieces = await Promise.all(encoder.encode(pixels, wholeOf(pixels.size), "fresh", 0));
    expect(new Set(pieces.map((piece) => piece.encoding))).toEqual(new Set(["solid", "indexed", "jpeg"]));
    const { encodes, cacheHits, ...rects } = encoder.stats;
    expect({ encodes, cacheHits }).toEqual({ encodes: 1, cacheHits: 0 });
    expect(Object.values(rects).reduce((sum, count) => sum + count, 0)).toBe(pieces.length);
    const rgb = await painted(pixels.size, pieces);
    expect(psnrDb(pixels, rgb)).toBeGreaterThan(35);
    expect(psnrDb(pixels, rgb, { x: 0, y: 0, width: 400, height: 600 })).toBe(Number.POSITIVE_INFINITY);
  });

  it("makes it exact, bit for bit, when it is refined", async () => {
    const pixels = small;
    const pieces = await Promise.all(new RectEncoder(jpeg).encode(pixels, wholeOf(pixels.size), "refine", 0));
    expect(psnrDb(pixels, await painted(pixels.size, pieces))).toBe(Number.POSITIVE_INFINITY);
  });

  it("sends a rectangle of one colour in three bytes, however large", async () => {
    const plain = { size: HD, bytes: new Uint8Array(areaOf(HD) * 4).fill(3) };
    const pieces = await Promise.all(new RectEncoder(jpeg).encode(plain, wholeOf(HD), "fresh", 0));
    expect(pieces).toEqual([{ rect: wholeOf(HD), encoding: "solid", data: Uint8Array.of(3, 3, 3) }]);
  });

  it("heeds the quality that is wished", async () => {
    const pixels = small;
    const photograph = { x: 500, y: 210, width: 300, height: 200 };
    const encoder = new RectEncoder(jpeg);
    const [poor, good] = await Promise.all(
      [20, 95].map((quality) => Promise.all(encoder.encode(pixels, photograph, "fresh", quality))),
    );
    const bytes = (pieces: readonly EncodedRect[] = []) => pieces.reduce((sum, piece) => sum + piece.data.length, 0);
    expect(bytes(poor)).toBeLessThan(bytes(good) / 2);
  });

  it("is exact on a slow path only as far as that is few bytes: what seems to have few colours may have many", async () => {
    // A map: broad areas of a colour, and in one pixel of nine whatever else.
    const size = { width: 256, height: 256 };
    const colours = Uint32Array.from({ length: areaOf(size) }, (_, nth) =>
      nth % 9 === 0 ? Math.imul(nth, 2_654_435_761) : 0xe0e8d0,
    );
    const map = { size, bytes: new Uint8Array(colours.buffer) };
    const encodings = async (quality: number) => {
      const pieces = await Promise.all(new RectEncoder(jpeg).encode(map, wholeOf(size), "fresh", quality));
      return pieces.map(({ encoding }) => encoding);
    };
    expect([await encodings(0), await encodings(20)]).toEqual([["exact"], ["jpeg"]]);
  });
});

describe("what moves", () => {
  const text = { x: 0, y: 160, width: 470, height: 430 };
  const photograph = { x: 480, y: 160, width: 480, height: 430 };

  /** After so many changes of both, 30 a second. */
  async function changedOften(changes: number): Promise<RectEncoder> {
    const encoder = new RectEncoder(jpeg);
    await Promise.all(encoder.encode(small, { x: 0, y: 0, width: 1, height: 1 }, "fresh", 0));
    for (let change = 0; change < changes; change += 1) encoder.changed([text, photograph], change * 33);
    return encoder;
  }
  const bytesOf = (pieces: readonly EncodedRect[]) => pieces.reduce((sum, { data }) => sum + data.length, 0);
  const chromaOf = async ({ data }: EncodedRect) => (await sharp(data).metadata()).chromaSubsampling;
  const encodingsOf = (pieces: readonly EncodedRect[]) => new Set(pieces.map(({ encoding }) => encoding));

  it("is sent with halved chroma, in fewer pieces and fewer bytes; what stands still is not", async () => {
    const still = await Promise.all((await changedOften(1)).encode(small, photograph, "fresh", 0));
    const moving = await Promise.all((await changedOften(20)).encode(small, photograph, "fresh", 0));
    expect(await Promise.all(still.map(chromaOf))).toEqual(still.map(() => "4:4:4"));
    expect(await Promise.all(moving.map(chromaOf))).toEqual(moving.map(() => "4:2:0"));
    expect(moving.length).toBeLessThan(still.length);
    expect(bytesOf(moving)).toBeLessThan(0.8 * bytesOf(still));
  });

  it("goes in two layers where it is a film that is mostly soft: fewer bytes, no poorer, and its letters as sharp", async () => {
    const size = { width: 640, height: 360 };
    const scene = filmed(size, 6);
    const subtitle = { x: 240, y: 300, width: 160, height: 32 };
    const look = { font: "DejaVu Sans", fontPx: 20, inks: [0xffffff], paper: 0x101010, isSubpixel: false } as const;
    const film = pasted(scene, await textPicture(subtitle, look), subtitle);
    const encoder = new RectEncoder(jpeg);
    await Promise.all(encoder.encode(film, { x: 0, y: 0, width: 1, height: 1 }, "fresh", 0));
    for (let change = 0; change < 3; change += 1) encoder.changed([wholeOf(size)], change * 33);
    for (const quality of [0, 42, 20]) {
      const layered = await Promise.all(encoder.encode(film, wholeOf(size), "fresh", quality));
      expect(layered.map(({ encoding }) => encoding)).toEqual(["film"]);
      const plain = await jpeg.encode(film, wholeOf(size), jpegSettingsFor(quality, true));
      expect(bytesOf(layered)).toBeLessThan(0.85 * plain.length);
      const [ours, theirs] = [
        await painted(size, layered),
        await painted(size, [{ rect: wholeOf(size), encoding: "jpeg", data: plain }]),
      ];
      expect(psnrDb(film, ours)).toBeGreaterThan(psnrDb(film, theirs) - 0.1);
      expect(psnrDb(film, ours, subtitle)).toBeGreaterThan(psnrDb(film, theirs, subtitle) - 0.5);
    }
    expect(encoder.stats.filmRects).toBe(3);
  });

  it("has what suits it in each part: a film, three bytes for one colour, JPEG where it is sharp all over", async () => {
    const size = { width: 2048, height: 1536 };
    const scene = filmed({ width: 2048, height: 512 }, 6);
    const noise = filmed({ width: 2048, height: 512 }, 120);
    const plain = { size, bytes: new Uint8Array(areaOf(size) * 4).fill(9) };
    const mixed = pasted(pasted(plain, scene, { x: 0, y: 0 }), noise, { x: 0, y: 1024 });
    const encoder = new RectEncoder(jpeg);
    await Promise.all(encoder.encode(mixed, { x: 0, y: 0, width: 1, height: 1 }, "fresh", 0));
    for (let change = 0; change < 3; change += 1) encoder.changed([wholeOf(size)], change * 33);
    const pieces = await Promise.all(encoder.encode(mixed, wholeOf(size), "fresh", 0));
    const inRows = (from: number) => pieces.filter(({ rect }) => rect.y >= from && rect.y < from + 512);
    expect(inRows(0).map(({ encoding }) => encoding)).toEqual(["film"]);
    expect(inRows(512)).toEqual([expect.objectContaining({ encoding: "solid", data: Uint8Array.of(9, 9, 9) })]);
    expect(encodingsOf(inRows(1024))).toEqual(new Set(["jpeg"]));
    expect(pieces.reduce((sum, { rect }) => sum + areaOf(rect), 0)).toBe(areaOf(size));
  });

  it("is exact if it is text, and when it is refined", async () => {
    const encoder = await changedOften(20);
    expect(encodingsOf(await Promise.all(encoder.encode(small, text, "fresh", 0)))).toEqual(new Set(["indexed"]));
    expect(encodingsOf(await Promise.all(encoder.encode(small, photograph, "refine", 0)))).toEqual(new Set(["shaded"]));
  });
});

describe("two viewers that keep up", () => {
  const rect = { x: 500, y: 210, width: 300, height: 200 };

  it("cost one encode, whether they ask at the same time or one after the other", async () => {
    const pixels = small;
    const encoder = new RectEncoder(jpeg);
    const [first, second] = [1, 2].map(() => encoder.encode(pixels, rect, "fresh", 0));
    await Promise.all(first ?? []);
    const third = encoder.encode(pixels, rect, "fresh", 0);
    expect(second).toBe(first);
    expect(third).toBe(first);
    expect(encoder.stats).toEqual({
      encodes: 1,
      cacheHits: 2,
      jpegRects: 1,
      exactRects: 0,
      shadedRects: 0,
      indexedRects: 0,
      filmRects: 0,
      solidRects: 0,
      textRects: 0,
    });
  });

  it("cost two when they wish for different qualities, or one needs it exact", async () => {
    const pixels = small;
    const encoder = new RectEncoder(jpeg);
    await Promise.all(encoder.encode(pixels, rect, "fresh", 0));
    await Promise.all(encoder.encode(pixels, rect, "fresh", 50));
    await Promise.all(encoder.encode(pixels, rect, "refine", 0));
    expect(encoder.stats).toMatchObject({ encodes: 3, cacheHits: 0 });
  });

  it("never get old pixels: what changed is encoded anew, what did not is not", async () => {
    const surface = new Surface({ width: 200, height: 100 });
    const encoder = new RectEncoder(jpeg);
    const left = { x: 0, y: 0, width: 40, height: 40 };
    const right = { x: 100, y: 0, width: 40, height: 40 };
    await Promise.all(encoder.encode(surface, left, "fresh", 0));
    await Promise.all(encoder.encode(surface, right, "fresh", 0));
    const changed = surface.apply({ rect: { x: 39, y: 39, width: 1, height: 1 }, pixels: Uint8Array.of(9, 9, 9, 0) });
    encoder.changed(changed, 0);
    const [again] = await Promise.all(encoder.encode(surface, left, "fresh", 0));
    await Promise.all(encoder.encode(surface, right, "fresh", 0));
    expect(again?.encoding).toBe("indexed");
    expect(encoder.stats).toMatchObject({ encodes: 3, cacheHits: 1 });
  });

  it("never get old pixels when the display has changed its size", async () => {
    const encoder = new RectEncoder(jpeg);
    const corner = { x: 0, y: 0, width: 10, height: 10 };
    await Promise.all(
      encoder.encode(
        picture({ width: 100, height: 100 }, () => [1, 1, 1]),
        corner,
        "fresh",
        0,
      ),
    );
    const [piece] = await Promise.all(
      encoder.encode(
        picture({ width: 200, height: 100 }, () => [2, 2, 2]),
        corner,
        "fresh",
        0,
      ),
    );
    expect(piece?.data).toEqual(Uint8Array.of(2, 2, 2));
  });

  it("hold a bounded number of encoded rectangles in memory", async () => {
    const pixels = small;
    const encoder = new RectEncoder(jpeg);
    const first = { x: 0, y: 0, width: 2, height: 2 };
    await Promise.all(encoder.encode(pixels, first, "fresh", 0));
    for (let x = 0; x < 256; x += 1)
      await Promise.all(encoder.encode(pixels, { x, y: 300, width: 3, height: 3 }, "fresh", 0));
    await Promise.all(encoder.encode(pixels, first, "fresh", 0));
    expect(encoder.stats).toMatchObject({ encodes: 258, cacheHits: 0 });
  });

  it("both hear of an encoder that fails, and the next one tries again", async () => {
    let failing = true;
    const moody: JpegEncoder = {
      name: "moody",
      encode: async (...request) => {
        if (failing) throw new Error("out of memory");
        return await jpeg.encode(...request);
      },
    };
    const pixels = small;
    const encoder = new RectEncoder(moody);
    const both = await Promise.allSettled([1, 2].map(() => Promise.all(encoder.encode(pixels, rect, "fresh", 0))));
    expect(both.map((one) => one.status)).toEqual(["rejected", "rejected"]);
    failing = false;
    expect(await Promise.all(encoder.encode(pixels, rect, "fresh", 0))).toHaveLength(1);
  });
});

describe("viewers that read along", () => {
  const SIZE = { width: 400, height: 60 };
  const placeOf = (nth: number): Rect => ({
    x: (nth % 40) * 9,
    y: 20 + 19 * Math.floor(nth / 40),
    width: 18,
    height: 19,
  });
  /** Types one of twenty letters, and says what changed. */
  function typist() {
    const surface = new Surface(SIZE);
    const encoder = new RectEncoder(jpeg);
    const type = async (nth: number) => {
      // Each in a turn of its own, which has time for it.
      await new Promise(setImmediate);
      const rect = placeOf(nth);
      const pixels = new Uint8Array(areaOf(rect) * 4);
      const letter = (nth * nth) % 20;
      for (let at = 0; at < pixels.length; at += 4) {
        pixels.fill((Math.imul(at * 31 + letter * 17, 2654435761) >>> 29) * 32, at, at + 3);
      }
      encoder.changed(surface.apply({ rect, pixels }), nth);
      return rect;
    };
    return { surface, encoder, type };
  }
  const bytesOf = (pieces: readonly EncodedRect[]) => pieces.reduce((sum, { data }) => sum + data.length, 0);

  it("are sent what they have seen before in a few bytes, encoded once for all, and it comes out to the bit", async () => {
    const { surface, encoder, type } = typist();
    const readers = [1, 2, 3].map(() => encoder.openHistory());
    const models = readers.map(() => new ModelHistory());
    const sizes: number[] = [];
    for (let nth = 0; nth < 60; nth++) {
      const rect = await type(nth);
      for (const [viewer, reader] of readers.entries()) {
        // Each on a path of its own, whatever a film is sent in there.
        const pieces = await Promise.all(encoder.encode(surface, rect, "fresh", 50 + 10 * viewer, reader));
        const [model] = models.slice(viewer);
        const [piece] = pieces;
        if (piece === undefined || model === undefined) throw new Error("a piece each");
        expect(Buffer.from(await decoded(piece, model)).equals(rgbRows(surface, rect))).toBe(true);
        if (viewer === 0) sizes.push(bytesOf(pieces));
      }
    }
    expect(encoder.stats).toMatchObject({ encodes: 60, cacheHits: 120, textRects: 60 });
    expect(Math.max(...sizes.slice(-30))).toBeLessThan(16);
  });

  it("cost one encode more each while somebody has fallen out, until all begin anew", async () => {
    const { surface, encoder, type } = typist();
    const [quick, slow] = [encoder.openHistory(), encoder.openHistory()];
    await type(0);
    await Promise.all(encoder.encode(surface, placeOf(0), "fresh", 0, quick));
    let together = 0;
    for (let nth = 1; nth < 60; nth++) {
      const rect = await type(nth);
      const [mine] = await Promise.all(encoder.encode(surface, rect, "fresh", 0, quick));
      const [theirs] = await Promise.all(encoder.encode(surface, rect, "fresh", 0, slow));
      expect(mine?.encoding).toBe("text");
      if (theirs === mine) together += 1;
      else expect(theirs?.encoding).not.toBe("text");
    }
    expect(together).toBe(59 - 32);
  });

  it("stay together when the table of colours is full and when many have fallen out: none begins while others have begun", async () => {
    const { surface, encoder, type } = typist();
    const viewers = Array.from({ length: 10 }, () => ({ reader: encoder.openHistory(), model: new ModelHistory() }));
    /** All are sent the rectangle, and each can read it. */
    const answersOf = async (rect: Rect) => {
      const answers = new Set<EncodedRect>();
      for (const { reader, model } of viewers) {
        const [piece] = await Promise.all(encoder.encode(surface, rect, "fresh", 0, reader));
        if (piece === undefined) throw new Error("a piece each");
        expect(Buffer.from(await decoded(piece, model)).equals(rgbRows(surface, rect))).toBe(true);
        answers.add(piece);
      }
      return [...answers];
    };
    const colourful = async (nth: number) => {
      // As `type`: with time left in this turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      const rect = { x: 40 * nth, y: 40, width: 16, height: 10 };
      const pixels = Uint8Array.from({ length: areaOf(rect) * 4 }, (_, at) => (at % 4 === 0 ? at >> 2 : 13 * nth));
      encoder.changed(surface.apply({ rect, pixels }), nth);
      return rect;
    };
    // Each has 160 colours of its own, so an epoch begins with each but the first, which it has begun with anyway.
    for (let nth = 1; nth < 6; nth++) {
      const answers = await answersOf(await colourful(nth));
      expect(answers.map(({ encoding, data }) => [encoding, data[0]])).toEqual([["text", 0]]);
    }
    // The first alone is sent a letter: nine have fallen out.
    const [first] = viewers;
    const [letter] = await Promise.all(encoder.encode(surface, await type(0), "fresh", 0, first?.reader));
    if (letter === undefined || first === undefined) throw new Error("a letter for the first");
    await decoded(letter, first.model);
    const answers: number[] = [];
    for (let nth = 1; nth < 12; nth++) answers.push((await answersOf(await type(nth))).length);
    expect(answers).toEqual([2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1]);
  });

  it("are sent without a history what was not asked for by a reader, what is to be refined, and what is large", async () => {
    const { surface, encoder, type } = typist();
    const reader = encoder.openHistory();
    const rect = await type(1);
    const wide = { x: 0, y: 0, width: 400, height: 11 };
    const [text] = await Promise.all(encoder.encode(surface, rect, "fresh", 0, reader));
    expect(text?.encoding).toBe("text");
    const asked = await Promise.all([
      Promise.all(encoder.encode(surface, rect, "fresh", 0)),
      Promise.all(encoder.encode(surface, rect, "refine", 0, reader)),
      Promise.all(encoder.encode(surface, { ...wide, height: 30 }, "fresh", 0, reader)),
      Promise.all(encoder.encode(surface, wide, "fresh", 0, reader)),
    ]);
    expect(asked.flat().map(({ encoding }) => encoding)).not.toContain("text");
  });

  it("are sent noise without one: it has more colours than the table", async () => {
    const encoder = new RectEncoder(jpeg);
    const rect = { x: 500, y: 210, width: 60, height: 60 };
    const [piece] = await Promise.all(encoder.encode(small, rect, "fresh", 0, encoder.openHistory()));
    expect(piece?.encoding).toBe("shaded");
  });
});

describe("while a whole display is encoded", () => {
  it("the event loop goes on turning", async () => {
    const pixels = hd;
    const encoder = new RectEncoder(jpeg);
    let turns = 0;
    let done = false;
    const turn = () => {
      turns += 1;
      if (!done) setImmediate(turn);
    };
    setImmediate(turn);
    // Many small rectangles, each encoded within its call: they must share the time of a turn.
    const rects = Array.from({ length: 400 }, (_, at) => ({
      x: 960 + (at % 20) * 45,
      y: 270 + (at - (at % 20)) * 2,
      width: 45,
      height: 40,
    }));
    await Promise.all(rects.map((rect) => Promise.all(encoder.encode(pixels, rect, "fresh", 0))));
    done = true;
    expect(turns).toBeGreaterThan(3);
  });

  it("takes little time (printed, not judged)", async () => {
    const pixels = hd;
    const photograph = picture(HD, (x, y) => [
      Math.round(127 + 120 * Math.sin(x / 37 + y / 91)),
      Math.round(127 + 120 * Math.cos(y / 29)),
      (x * 3 + y * 5 + (Math.imul(x * 7 + y * 13, 2654435761) >>> 29)) & 0xff,
    ]);
    const typed = { x: 100, y: 500, width: 18, height: 18 };
    const encoders = [jpeg, await sharpDriver.open()];
    for (const jpegEncoder of encoders) {
      for (const [what, source, rect, purpose] of [
        ["a typed character", pixels, typed, "fresh"],
        ["a 1080p desktop", pixels, wholeOf(HD), "fresh"],
        ["a 1080p photograph", photograph, wholeOf(HD), "fresh"],
        ["64 K pixels of it exact", photograph, { x: 0, y: 0, width: 256, height: 256 }, "refine"],
      ] as const) {
        const rounds: { callMs: number; totalMs: number; bytes: number }[] = [];
        for (let round = 0; round < 3; round += 1) {
          const encoder = new RectEncoder(jpegEncoder);
          const startMs = performance.now();
          const encoding = Promise.all(encoder.encode(source, rect, purpose, 0));
          const callMs = performance.now() - startMs;
          const pieces = await encoding;
          const bytes = pieces.reduce((sum, piece) => sum + piece.data.length, 0);
          rounds.push({ callMs, totalMs: performance.now() - startMs, bytes });
        }
        const best = (of: "callMs" | "totalMs") => Math.min(...rounds.map((one) => one[of])).toFixed(2);
        console.info(
          `${jpegEncoder.name}, ${what}: ${rounds[0]?.bytes} bytes, call ${best("callMs")} ms, in all ${best("totalMs")} ms`,
        );
        expect(rounds.every((one) => one.bytes > 0)).toBe(true);
      }
    }
  });
});
