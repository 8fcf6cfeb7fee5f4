import { beforeAll, describe, expect, it } from "vitest";
import { jpegSettingsFor, type Purpose } from "../../../host-agent/core/choose-encoding.ts";
import { rgbRows } from "../../../host-agent/core/rgb-rows.ts";
import type { JpegEncoder, Pixels } from "../../../host-agent/encode/driver.ts";
import { jpegTurboDriver } from "../../../host-agent/encode/jpeg-turbo.ts";
import { RectEncoder } from "../../../host-agent/encode/rect-encoder.ts";
import type { EncodedRect } from "../../../protocol/encoded-rect.ts";
import { type Rect, wholeOf } from "../../../protocol/geometry.ts";
import { decoded } from "../../support/model-viewer.ts";
import { gradient, type TextLook, textPicture } from "../../support/page-picture.ts";

const PAGE = { width: 512, height: 256 };
const WHOLE = wholeOf(PAGE);
/** A line of text, and a title bar. */
const PARTS: readonly Rect[] = [
  { x: 0, y: 100, width: 512, height: 20 },
  { x: 0, y: 60, width: 512, height: 48 },
];
const BUTTON = { x: 0, y: 60, width: 200, height: 40 };
const INKS = [0x268bd2, 0x859900, 0xb58900, 0xd33682, 0x2aa198];
/** Colours that programs and pages have behind their text: of the gradient, and of the letters. */
const SHADES = {
  "a light toolbar": { from: 0xf6f5f4, to: 0xe1dedb, inks: [0] },
  "a blue title": { from: 0x1e3c72, to: 0x2a5298, inks: [0xffffff] },
  "a violet banner": { from: 0x667eea, to: 0x764ba2, inks: [0xffffff] },
  "code on a night sky": { from: 0x101830, to: 0x203a5a, inks: INKS },
};
const ALONG = { "from row to row": "y", "from column to column": "x" } as const;
const AUTOMATIC = 0;

let jpeg: JpegEncoder;
beforeAll(async () => {
  jpeg = await jpegTurboDriver.open();
});

type Shades = (typeof SHADES)[keyof typeof SHADES];
/** A page of it, which the gradient crosses within so many pixels. */
function written(shades: Shades, along: "x" | "y", lengthPx: number, look: Partial<TextLook> = {}): Promise<Pixels> {
  const paper = gradient(shades.from, shades.to, lengthPx, along);
  return textPicture(PAGE, { font: "DejaVu Sans", fontPx: 15, isSubpixel: false, ...look, inks: shades.inks, paper });
}

const encode = (pixels: Pixels, rect: Rect, purpose: Purpose) =>
  Promise.all(new RectEncoder(jpeg).encode(pixels, rect, purpose, AUTOMATIC));

async function expectExact(pixels: Pixels, pieces: readonly EncodedRect[]): Promise<void> {
  for (const piece of pieces) {
    expect(piece.encoding).not.toBe("jpeg");
    expect(Buffer.compare(await decoded(piece), rgbRows(pixels, piece.rect)), "the same pixels").toBe(0);
  }
}

describe.each(Object.entries(SHADES))("text on a gradient, as %s", (_name, shades) => {
  it.each(Object.entries(ALONG))("is exact at once where the colour changes %s, in any size", async (_how, along) => {
    for (const fontPx of [12, 15, 24]) {
      const pixels = await written(shades, along, along === "x" ? PAGE.width : PAGE.height, { fontPx });
      for (const rect of [WHOLE, ...PARTS]) await expectExact(pixels, await encode(pixels, rect, "fresh"));
    }
  });

  it.each(Object.entries(ALONG))("takes at most twice what a blurred page takes, %s", async (_how, along) => {
    const pixels = await written(shades, along, along === "x" ? PAGE.width : PAGE.height);
    const blurred = await jpeg.encode(pixels, WHOLE, jpegSettingsFor(AUTOMATIC, false));
    const exact = (await encode(pixels, WHOLE, "fresh")).reduce((sum, { data }) => sum + data.length, 0);
    expect(exact).toBeLessThan(2 * blurred.length);
  });
});

it("letters for a flat screen are exact at once, too, where the colour changes from column to column", async () => {
  const pixels = await written(SHADES["a violet banner"], "x", PAGE.width, { isSubpixel: true });
  await expectExact(pixels, await encode(pixels, WHOLE, "fresh"));
});

describe("text on a gradient that is taken for a photograph is blurred only until it rests", () => {
  const blurredAtFirst = async (pixels: Pixels, rect: Rect) => {
    expect((await encode(pixels, rect, "fresh")).map(({ encoding }) => encoding)).toContain("jpeg");
    await expectExact(pixels, await encode(pixels, rect, "refine"));
  };

  // Hardly a pixel is as the one to its left. Those above would tell, but in dark photographs, too, these are the same:
  // they would be exact at once, six times the bytes.
  it("in a button that the colour crosses so quickly that nearly every column has another", async () => {
    await blurredAtFirst(await written(SHADES["a violet banner"], "x", BUTTON.width), BUTTON);
  });

  // Each row mixes its own colours: as many for their number as text has with a photograph that takes a third of its
  // width, which would be three to five times the bytes if it were exact at once.
  it("in small letters for a flat screen, where the colour changes from row to row", async () => {
    const small = { fontPx: 12, isSubpixel: true };
    await blurredAtFirst(await written(SHADES["a light toolbar"], "y", PAGE.height, small), WHOLE);
  });
});
