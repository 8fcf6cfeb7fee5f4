import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseEncoding, jpegSettingsFor, splitForEncoding } from "../../../host-agent/core/choose-encoding.ts";
import { Region } from "../../../host-agent/core/region.ts";
import { areaOf, type Rect, wholeOf } from "../../../protocol/geometry.ts";
import { picture } from "../../conformance/jpeg-encoder.ts";

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

describe("the pieces of a rectangle", () => {
  const rect = fc.record({
    x: fc.nat(500),
    y: fc.nat(500),
    width: fc.integer({ min: 1, max: 4000 }),
    height: fc.integer({ min: 1, max: 3000 }),
  });

  it("cover it, do not overlap, and are at most 64 K pixels each, four times that of a film", () => {
    fc.assert(
      fc.property(rect, fc.constantFrom("exact", "jpeg"), fc.boolean(), (whole, encoding, isMoving) => {
        const pieces = splitForEncoding(whole, encoding, isMoving);
        expect(Region.of(pieces).rects).toEqual([whole]);
        expect(pieces.reduce((sum, piece) => sum + areaOf(piece), 0)).toBe(areaOf(whole));
        expect(Math.max(...pieces.map(areaOf))).toBeLessThanOrEqual(encoding === "jpeg" && isMoving ? 262_144 : 65_536);
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

  it("are few: a full HD picture in 36, a film in 8", () => {
    expect(splitForEncoding({ x: 0, y: 0, width: 1920, height: 1080 }, "jpeg", false)).toHaveLength(36);
    expect(splitForEncoding({ x: 0, y: 0, width: 1920, height: 1080 }, "jpeg", true)).toHaveLength(8);
  });

  it("are one where it is small enough, or has one colour", () => {
    const small: Rect = { x: 1, y: 2, width: 256, height: 256 };
    expect(splitForEncoding(small, "jpeg", false)).toEqual([small]);
    const screen: Rect = { x: 0, y: 0, width: 3840, height: 2160 };
    expect(splitForEncoding(screen, "solid", false)).toEqual([screen]);
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
