import { inflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { encodeExact } from "../../../host-agent/encode/exact.ts";
import { encodeSolid } from "../../../host-agent/encode/solid.ts";
import { type Rect, wholeOf } from "../../../protocol/geometry.ts";
import { picture, smooth } from "../../conformance/jpeg-encoder.ts";

const pixels = smooth({ width: 300, height: 200 });

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

  it("costs little for a typed character", async () => {
    const glyph = picture({ width: 9, height: 18 }, (x, y) => (x % 4 === 1 && y > 3 ? [230, 230, 230] : [20, 20, 30]));
    const { data } = await encodeExact(glyph, wholeOf(glyph.size));
    expect(data.length).toBeLessThan(60);
  });
});

describe("a solid rectangle", () => {
  it("is its colour in the order R G B", () => {
    const blue = picture({ width: 3, height: 3 }, (x, y) => (x === 2 && y === 1 ? [1, 2, 200] : [0, 0, 0]));
    const rect = { x: 2, y: 1, width: 1, height: 1 };
    expect(encodeSolid(blue, rect)).toEqual({ rect, encoding: "solid", data: Uint8Array.of(1, 2, 200) });
  });
});
