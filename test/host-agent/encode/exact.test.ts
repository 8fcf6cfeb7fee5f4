import { deflateRawSync, inflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { rgbRows } from "../../../host-agent/core/rgb-rows.ts";
import { encodeExact, encodeShaded } from "../../../host-agent/encode/exact.ts";
import { encodeSolid } from "../../../host-agent/encode/solid.ts";
import { type Rect, wholeOf } from "../../../protocol/geometry.ts";
import { picture, smooth } from "../../conformance/jpeg-encoder.ts";
import { decoded } from "../../support/model-viewer.ts";

const pixels = smooth({ width: 300, height: 200 });
/** Black on white, blurred at the edges, as browsers write. */
const grey = picture({ width: 320, height: 200 }, (x, y) => {
  const shade = y % 18 < 12 && x % 9 < 7 ? (Math.imul(x * 31 + y * 17, 2654435761) >>> 28) * 16 : 250;
  return [shade, shade, shade];
});

function rgbOf(rect: Rect): number[] {
  const rgb: number[] = [];
  for (let y = rect.y; y < rect.y + rect.height; y += 1) {
    for (let x = rect.x; x < rect.x + rect.width; x += 1) {
      const at = (y * 300 + x) * 4;
      rgb.push(pixels.bytes[at + 2] ?? -1, pixels.bytes[at + 1] ?? -1, pixels.bytes[at] ?? -1);
    }
  }
  return rgb;
}

describe("an exact rectangle", () => {
  it.each<[string, Rect]>([
    ["one pixel", { x: 299, y: 199, width: 1, height: 1 }],
    ["a character", { x: 31, y: 57, width: 9, height: 18 }],
    ["as much as goes to a thread", wholeOf(pixels.size)],
  ])("inflates to the rows of R G B that it had: %s", async (_which, rect) => {
    const encoded = await encodeExact(pixels, rect);
    expect(encoded).toMatchObject({ rect, encoding: "exact" });
    expect([...inflateRawSync(encoded.data)]).toEqual(rgbOf(rect));
  });

  it.each<[string, Rect]>([
    ["small", { x: 1, y: 1, width: 20, height: 20 }],
    ["large", wholeOf(pixels.size)],
  ])("is what it was when the call was made, though the display goes on: %s", async (_which, rect) => {
    const going = { size: pixels.size, bytes: pixels.bytes.slice() };
    const encoding = encodeExact(going, rect);
    going.bytes.fill(0);
    expect([...inflateRawSync((await encoding).data)]).toEqual(rgbOf(rect));
  });

  it("is of the numbers of its colours where they are few, of grey text a third of the bytes", async () => {
    const { encoding, data } = await encodeExact(grey, wholeOf(grey.size));
    expect(encoding).toBe("indexed");
    const rgb = rgbRows(grey, wholeOf(grey.size));
    expect(Buffer.compare(await decoded({ rect: wholeOf(grey.size), encoding, data }), rgb)).toBe(0);
    expect(data.length).toBeLessThan(deflateRawSync(rgb, { level: 1 }).length / 2);
  });

  it("costs little for a typed character", async () => {
    const glyph = picture({ width: 9, height: 18 }, (x, y) => (x % 4 === 1 && y > 3 ? [230, 230, 230] : [20, 20, 30]));
    const { data } = await encodeExact(glyph, wholeOf(glyph.size));
    expect(data.length).toBeLessThan(60);
  });
});

describe("a shaded rectangle", () => {
  it("has these differences, each to the byte above", async () => {
    const two = picture({ width: 3, height: 2 }, (x, y) => [x, 200 + y * 55, 7 - y * 7]);
    const { data, encoding } = await encodeShaded(two, { x: 1, y: 0, width: 2, height: 2 });
    expect(encoding).toBe("shaded");
    expect([...inflateRawSync(data)]).toEqual([
      ...[1, 200, 7, 2, 200, 7], // the first row: R G B, R G B
      ...[0, 55, 249, 0, 55, 249], // the second: less the first, modulo 256
    ]);
  });

  it.each<[string, Rect]>([
    ["one pixel", { x: 299, y: 199, width: 1, height: 1 }],
    ["a few", { x: 31, y: 57, width: 9, height: 18 }],
    ["as much as goes to a thread", wholeOf(pixels.size)],
  ])("comes out as the rows of R G B that it had: %s", async (_which, rect) => {
    expect([...(await decoded(await encodeShaded(pixels, rect)))]).toEqual(rgbOf(rect));
  });

  it("is half as large as an exact one, of a picture with grain", async () => {
    const grain = picture({ width: 256, height: 256 }, (x, y) => {
      const noise = Math.imul(x * 8191 + y * 131_071 + 1, 2654435761) >>> 26;
      const shade = 120 + 100 * Math.sin(x / 40 + y / 60);
      return [shade + (noise & 3), shade / 2 + ((noise >> 2) & 3), 220 - shade + (noise >> 4)];
    });
    const [shaded, exact] = await Promise.all(
      [encodeShaded, encodeExact].map(async (encode) => (await encode(grain, wholeOf(grain.size))).data.length),
    );
    expect(shaded).toBeLessThan((exact ?? 0) * 0.6);
  });
});

describe("a solid rectangle", () => {
  it("is its colour in the order R G B", () => {
    const blue = picture({ width: 3, height: 3 }, (x, y) => (x === 2 && y === 1 ? [1, 2, 200] : [0, 0, 0]));
    const rect = { x: 2, y: 1, width: 1, height: 1 };
    expect(encodeSolid(blue, rect)).toEqual({ rect, encoding: "solid", data: Uint8Array.of(1, 2, 200) });
  });
});
