import fc from "fast-check";
import { describe, expect, it } from "vitest";
import film from "../../../host-agent/assembly/film.wasm";
import {
  chooseEncoding as chosen,
  isLayered,
  isTextExact,
  jpegSettingsFor,
  type Purpose,
  splitFilm,
  splitForEncoding,
} from "../../../host-agent/core/choose-encoding.ts";
import { Region } from "../../../host-agent/core/region.ts";
import type { Pixels } from "../../../host-agent/encode/driver.ts";
import { areaOf, type Rect, wholeOf } from "../../../protocol/geometry.ts";
import { picture } from "../../conformance/jpeg-encoder.ts";
import { pasted, photograph, type TextLook, textPicture } from "../../support/page-picture.ts";

const SIZE = { width: 400, height: 300 };
const WHOLE = wholeOf(SIZE);

const page = picture(SIZE, () => [250, 250, 250]);
const noise = picture(SIZE, (x, y) => {
  const bits = Math.imul(x * 8191 + y * 131_071 + 1, 2654435761) >>> 0;
  return [bits >>> 24, (bits >>> 16) & 0xff, (bits >>> 8) & 0xff];
});
/** Dark text in sixteen shades on a light page. */
const text = picture(SIZE, (x, y) => {
  const shade = y % 18 < 12 ? (Math.imul(x * 31 + y * 17, 2654435761) >>> 28) * 16 : 250;
  return [shade, shade, shade];
});

const chooseEncoding = (of: Pixels, rect: Rect, purpose: Purpose) => chosen(of, rect, purpose, true);

describe("the encoding of a rectangle", () => {
  it("is solid where there is one colour, whatever the unused byte holds", () => {
    expect(chooseEncoding(page, WHOLE, "fresh")).toBe("solid");
    expect(chooseEncoding(page, WHOLE, "refine")).toBe("solid");
    expect(chooseEncoding(noise, { x: 399, y: 299, width: 1, height: 1 }, "fresh")).toBe("solid");
  });

  it("is not solid when one pixel differs, wherever it is", () => {
    fc.assert(
      fc.property(fc.nat(399), fc.nat(299), fc.nat(2), (x, y, channel) => {
        const bytes = page.bytes.slice();
        bytes[(y * SIZE.width + x) * 4 + channel] = 249;
        expect(chooseEncoding({ size: SIZE, bytes }, WHOLE, "fresh")).toBe("exact");
      }),
      { numRuns: 50 },
    );
  });

  it("looks at the rectangle only, not at its neighbours", () => {
    const half = picture(SIZE, (x) => (x < 200 ? [9, 9, 9] : [x & 0xff, 7, 7]));
    expect(chooseEncoding(half, { x: 0, y: 0, width: 200, height: 300 }, "fresh")).toBe("solid");
    expect(chooseEncoding(half, { x: 0, y: 0, width: 201, height: 300 }, "fresh")).toBe("exact");
  });

  it("is exact for a few pixels, even of a photograph", () => {
    expect(chooseEncoding(noise, { x: 10, y: 10, width: 64, height: 64 }, "fresh")).toBe("shaded");
    expect(chooseEncoding(text, { x: 10, y: 10, width: 64, height: 64 }, "fresh")).toBe("exact");
    expect(chooseEncoding(noise, { x: 10, y: 10, width: 65, height: 64 }, "fresh")).toBe("jpeg");
  });

  it("is exact for text and JPEG for a photograph", () => {
    expect(chooseEncoding(text, WHOLE, "fresh")).toBe("exact");
    expect(chooseEncoding(noise, WHOLE, "fresh")).toBe("jpeg");
  });

  it("is JPEG for a photograph in the middle of a page", () => {
    const framed = picture(SIZE, (x, y) => {
      const at = (y * SIZE.width + x) * 4;
      const inside = x >= 100 && x < 300 && y >= 100 && y < 200;
      return inside ? [noise.bytes[at] ?? 0, noise.bytes[at + 1] ?? 0, noise.bytes[at + 2] ?? 0] : [250, 250, 250];
    });
    expect(chooseEncoding(framed, WHOLE, "fresh")).toBe("jpeg");
  });

  it("is JPEG for columns of many colours, although every row is the same", () => {
    const bars = picture(SIZE, (x) => [x & 0xff, (x >> 8) * 37, 11]);
    expect(chooseEncoding(bars, WHOLE, "fresh")).toBe("jpeg");
  });

  it("is exact when a rested picture is refined: of differences, if most of it is a photograph", () => {
    expect(chooseEncoding(text, WHOLE, "refine")).toBe("exact");
    expect(chooseEncoding(noise, WHOLE, "refine")).toBe("shaded");
    const page = picture(SIZE, (x, y) => {
      const at = (y * SIZE.width + x) * 4;
      return x % 9 < 7 ? [250, 250, 250] : [noise.bytes[at] ?? 0, noise.bytes[at + 1] ?? 0, noise.bytes[at + 2] ?? 0];
    });
    expect(chooseEncoding(page, WHOLE, "refine")).toBe("exact");
    const margin = picture(SIZE, (x, y) => {
      const at = (y * SIZE.width + x) * 4;
      return x < 140 ? [250, 250, 250] : [noise.bytes[at] ?? 0, noise.bytes[at + 1] ?? 0, noise.bytes[at + 2] ?? 0];
    });
    expect(chooseEncoding(margin, WHOLE, "refine")).toBe("shaded");
  });
});

describe("the encoding of text in many colours", () => {
  const PAGE = { width: 512, height: 256 };
  const INKS = [0x586e75, 0x268bd2, 0x859900, 0xb58900, 0xd33682, 0x2aa198, 0x6c71c4];
  const lightCode: TextLook = {
    font: "DejaVu Sans Mono",
    fontPx: 13,
    inks: INKS,
    paper: 0xfdf6e3,
    isSubpixel: false,
  };
  const looks: Record<string, TextLook> = {
    "code on light paper": lightCode,
    "code on dark paper": { font: "DejaVu Sans Mono", fontPx: 15, inks: INKS, paper: 0x101418, isSubpixel: false },
    "black prose for a flat screen": {
      font: "DejaVu Sans",
      fontPx: 15,
      inks: [0],
      paper: 0xffffff,
      isSubpixel: true,
    },
    "code for a flat screen": { font: "DejaVu Sans Mono", fontPx: 14, inks: INKS, paper: 0x101418, isSubpixel: true },
  };
  /** As they are encoded one by one. */
  const pieces = splitForEncoding(wholeOf(PAGE), "exact", false);
  const encodings = (of: Pixels, textIsExact = true) => pieces.map((piece) => chosen(of, piece, "fresh", textIsExact));
  const light = () => textPicture(PAGE, lightCode);

  it.each(Object.entries(looks))("is exact: %s", async (_name, look) => {
    const written = await textPicture(PAGE, look);
    expect(new Set(encodings(written))).toEqual(new Set(["exact"]));
    // A line of it, and a word.
    expect(chosen(written, { x: 0, y: 100, width: 512, height: 20 }, "fresh", true)).toBe("exact");
    expect(chosen(written, { x: 100, y: 100, width: 130, height: 60 }, "fresh", true)).toBe("exact");
  });

  it("is JPEG where few bytes are wished for", async () => {
    expect(encodings(await light(), false)).toContain("jpeg");
  });

  it.each([0, 2, 6])("is JPEG for a photograph with a grain of %i, bright or dark", (grain) => {
    const bright = photograph(PAGE, grain);
    const dark = { size: PAGE, bytes: bright.bytes.map((value) => value >> 2) };
    for (const one of [bright, dark]) expect(new Set(encodings(one))).toEqual(new Set(["jpeg"]));
  });

  it("is JPEG for a photograph that is a small part of a page without text", () => {
    const page = picture(PAGE, () => [250, 250, 250]);
    const framed = pasted(page, photograph({ width: 140, height: 140 }, 2), { x: 90, y: 20 });
    expect(chosen(framed, wholeOf(PAGE), "fresh", true)).toBe("jpeg");
  });

  it("is JPEG where a film or a photograph is beside it or under it", async () => {
    const written = await light();
    const beside = pasted(written, photograph({ width: 256, height: 256 }, 6), { x: 100, y: 0 });
    expect(chosen(beside, wholeOf(PAGE), "fresh", true)).toBe("jpeg");
    const photo = photograph(PAGE, 2);
    const under = {
      size: PAGE,
      bytes: photo.bytes.map((value, at) => ((written.bytes[at] ?? 0) < 200 ? (written.bytes[at] ?? 0) : value)),
    };
    expect(new Set(encodings(under))).toEqual(new Set(["jpeg"]));
  });
});

describe("the encoding of what is smooth", () => {
  /** Light from the upper left corner, in steps of one, hardly ever where the row above has them. */
  const gradient = picture(SIZE, (x, y) => {
    const light = Math.floor((x * x * 3 + y * y * 5) / 6000);
    return [light & 0xff, (light >> 1) & 0xff, 200 - (light >> 2)];
  });
  /** A window's shadow on a desktop of one colour. */
  const shadow = picture(SIZE, (x, y) => {
    const dark = Math.max(0, 60 - Math.floor(Math.hypot(x - 200, y - 150) / 3));
    return [120 - dark, 140 - dark, 160 - dark];
  });

  it("is JPEG for a gradient or a shadow, of which a piece has few colours, and exact when it rests", () => {
    for (const smooth of [gradient, shadow]) {
      expect(chooseEncoding(smooth, WHOLE, "fresh")).toBe("jpeg");
      expect(chooseEncoding(smooth, { x: 40, y: 100, width: 320, height: 20 }, "fresh")).toBe("jpeg");
      expect(chooseEncoding(smooth, WHOLE, "refine")).toBe("exact");
    }
  });

  it("is exact for a few pixels of it, or where hardly any differs from the next", () => {
    expect(chooseEncoding(gradient, { x: 40, y: 100, width: 64, height: 64 }, "fresh")).toBe("exact");
    const bar = picture(SIZE, (_, y) => [230, 232, 250 - (y >> 4)]);
    expect(chooseEncoding(bar, WHOLE, "fresh")).toBe("exact");
    const column = picture({ width: 1, height: 5000 }, (_, y) => (y % 7 === 0 ? [0, 0, 0] : [255, 255, 255]));
    expect(chooseEncoding(column, { x: 0, y: 0, width: 1, height: 5000 }, "fresh")).toBe("exact");
  });

  it("is exact for text on it, but not where few bytes are wished for, as of a film; then only text on plain paper is", async () => {
    const look: TextLook = { font: "DejaVu Sans", fontPx: 14, inks: [0], paper: 0xffffff, isSubpixel: false };
    const plain = await textPicture(SIZE, look);
    const bytes = gradient.bytes.map((value, at) => ((plain.bytes[at] ?? 0) < 200 ? (plain.bytes[at] ?? 0) : value));
    const part = { x: 200, y: 0, width: 200, height: 100 };
    const encodings = [{ size: SIZE, bytes }, plain].map((of) => [
      chosen(of, part, "fresh", true),
      chosen(of, part, "fresh", false),
      chosen(of, part, "refine", false),
    ]);
    expect(encodings).toEqual([
      ["exact", "jpeg", "exact"],
      ["exact", "indexed", "exact"],
    ]);
  });
});

describe("whether fresh text is exact", () => {
  const line = { x: 0, y: 0, width: 1200, height: 54 };
  const page = { x: 0, y: 0, width: 1200, height: 800 };

  it("it is, unless few bytes are wished for or the path is slow", () => {
    for (const rect of [line, page]) {
      expect([0, 80, 100].map((quality) => isTextExact(rect, quality, false))).toEqual([true, true, true]);
      expect([1, 42, 70].map((quality) => isTextExact(rect, quality, false))).toEqual([false, false, false]);
    }
  });

  it("it is while little of it moves, and not in what may be a film", () => {
    expect(isTextExact(line, 0, true)).toBe(true);
    expect(isTextExact(page, 0, true)).toBe(false);
  });
});

describe("the pieces of a rectangle", () => {
  const rect = fc.record({
    x: fc.nat(500),
    y: fc.nat(500),
    width: fc.integer({ min: 1, max: 4000 }),
    height: fc.integer({ min: 1, max: 3000 }),
  });

  it("cover it, do not overlap, and are at most 64 K pixels each, four times that of what moves, sixteen times of a film", () => {
    fc.assert(
      fc.property(rect, fc.constantFrom("exact", "jpeg"), fc.boolean(), (whole, encoding, isMoving) => {
        const pieces = splitForEncoding(whole, encoding, isMoving);
        expect(Region.of(pieces).rects).toEqual([whole]);
        expect(pieces.reduce((sum, piece) => sum + areaOf(piece), 0)).toBe(areaOf(whole));
        expect(Math.max(...pieces.map(areaOf))).toBeLessThanOrEqual(encoding === "jpeg" && isMoving ? 262_144 : 65_536);
        const parts = splitFilm(whole);
        expect(Region.of(parts).rects).toEqual([whole]);
        expect(parts.reduce((sum, part) => sum + areaOf(part), 0)).toBe(areaOf(whole));
        expect(Math.max(...parts.map(areaOf))).toBeLessThanOrEqual(film.MAX_PX.value);
      }),
    );
  });

  it("are whole blocks of a JPEG, but for the last of a row or column", () => {
    const whole = { x: 5, y: 7, width: 1913, height: 1077 };
    for (const piece of splitForEncoding(whole, "jpeg", false)) {
      if (piece.x + piece.width < 5 + 1913) expect(piece.width % 16).toBe(0);
      if (piece.y + piece.height < 7 + 1077) expect(piece.height % 16).toBe(0);
    }
  });

  it("are few: a full HD picture in 36, in 8 where it moves, in 2 of a film, whose layers are smaller", () => {
    expect(splitForEncoding({ x: 0, y: 0, width: 1920, height: 1080 }, "jpeg", false)).toHaveLength(36);
    expect(splitForEncoding({ x: 0, y: 0, width: 1920, height: 1080 }, "jpeg", true)).toHaveLength(8);
    expect(splitFilm({ x: 0, y: 0, width: 1920, height: 1080 })).toHaveLength(2);
  });

  it("are one where it is small enough, or has one colour", () => {
    const small: Rect = { x: 1, y: 2, width: 256, height: 256 };
    expect(splitForEncoding(small, "jpeg", false)).toEqual([small]);
    const screen: Rect = { x: 0, y: 0, width: 3840, height: 2160 };
    expect(splitForEncoding(screen, "solid", false)).toEqual([screen]);
  });
});

describe("two layers", () => {
  const large = { x: 0, y: 0, width: 300, height: 250 };

  it("are for what moves and is large", () => {
    expect(isLayered(large, 0, true)).toBe(true);
    expect(isLayered(large, 0, false)).toBe(false);
    expect(isLayered({ ...large, width: 250 }, 0, true)).toBe(false);
  });

  it("are not for whoever wishes for all that JPEG can keep", () => {
    expect([1, 50, 95, 96, 100].map((quality) => isLayered(large, quality, true))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});

describe("the settings of a JPEG", () => {
  it("are good ones when left to the host, with full colour for text", () => {
    expect(jpegSettingsFor(0, false)).toEqual({ quality: 80, chroma: "444" });
  });

  it("are as wished, with half the colour for whoever wishes for few bytes", () => {
    expect(jpegSettingsFor(95, false)).toEqual({ quality: 95, chroma: "444" });
    expect(jpegSettingsFor(1, false)).toEqual({ quality: 1, chroma: "420" });
  });

  it("have half the colour for what moves, whose eye-catching part is not its colours", () => {
    expect(jpegSettingsFor(0, true)).toEqual({ quality: 85, chroma: "420" });
    expect(jpegSettingsFor(95, true)).toEqual({ quality: 95, chroma: "420" });
  });
});
