import { beforeEach, describe, expect, it } from "vitest";
import { DisplayReader } from "../../../host-agent/pipeline/display-reader.ts";
import { type Rect, wholeOf } from "../../../protocol/geometry.ts";
import { grainy, PaintableCapture } from "../../support/paintable-capture.ts";

const SIZE = { width: 640, height: 480 };
const letter = (x: number, y: number): Rect => ({ x, y, width: 8, height: 12 });

describe("a display is read", () => {
  let capture: PaintableCapture;
  let reader: DisplayReader;
  const ignore = () => undefined;

  beforeEach(async () => {
    capture = new PaintableCapture(SIZE);
    reader = new DisplayReader(capture, () => 0);
    capture.watch({
      damaged: (rects) => reader.damaged(rects),
      changedSomewhere: () => reader.changedSomewhere(),
      resized: (size) => reader.resized(size),
      cursorShape: ignore,
      cursorMoved: ignore,
      lost: ignore,
    });
    await reader.read();
  });

  const paint = (rect: Rect) => capture.paint(rect, grainy(5));
  /** What was painted there, as it lies in memory. */
  const pixelsOf = ({ x, y, width, height }: Rect) =>
    Buffer.from(
      Array.from({ length: width * height }, (_, at) => {
        const colour = capture.colourAt(x + (at % width), y + Math.floor(at / width));
        return [colour & 0xff, (colour >> 8) & 0xff, colour >> 16, 0];
      }).flat(),
    );
  /** What it reads, and what that cost. */
  async function read() {
    const before = { asked: capture.asked, grabs: capture.grabs };
    const images = await reader.read();
    const cost = { asked: capture.asked - before.asked, grabs: capture.grabs - before.grabs };
    return { rects: images?.map(({ rect }) => rect), images, cost };
  }

  it("by asking where it changed, as long as it has not seen where that is", async () => {
    paint(letter(100, 100));
    expect(await read()).toMatchObject({ rects: [letter(100, 100)], cost: { asked: 1, grabs: 1 } });
    expect(reader.knowsAll && reader.damage.isEmpty).toBe(true);
  });

  it("without asking where the last change was, and just what changed, with its own pixels", async () => {
    reader.foundNew([letter(100, 100)]);
    paint(letter(108, 100));
    const { rects, images, cost } = await read();
    expect({ rects, cost }).toEqual({ rects: [letter(108, 100)], cost: { asked: 0, grabs: 1 } });
    expect(Buffer.from(images?.[0]?.pixels ?? [])).toEqual(pixelsOf(letter(108, 100)));
  });

  it("in both places where two letters were", async () => {
    reader.foundNew([letter(100, 100), letter(500, 400)]);
    paint(letter(108, 100));
    paint(letter(500, 412));
    const { rects, images, cost } = await read();
    expect({ rects, cost }).toEqual({ rects: [letter(108, 100), letter(500, 412)], cost: { asked: 0, grabs: 1 } });
    expect(images?.map(({ pixels }) => Buffer.from(pixels))).toEqual(rects?.map(pixelsOf));
  });

  it("once more where the guess was wrong: all of what changed, in one", async () => {
    reader.foundNew([letter(100, 100)]);
    paint(letter(108, 100));
    paint(letter(600, 400));
    expect(await read()).toMatchObject({ rects: [letter(108, 100), letter(600, 400)], cost: { asked: 0, grabs: 2 } });
    expect(reader.knowsAll && reader.damage.isEmpty).toBe(true);
  });

  it("not in vain where much had changed: that would be a costly guess", async () => {
    reader.foundNew([{ x: 0, y: 0, width: 400, height: 300 }]);
    paint(letter(108, 100));
    expect(await read()).toMatchObject({ rects: [letter(108, 100)], cost: { asked: 1, grabs: 1 } });
  });

  it("whole after it has changed its size, whatever is read just then", async () => {
    const size = { width: 320, height: 200 };
    reader.foundNew([letter(100, 100)]);
    paint(letter(108, 100));
    capture.onGrab = () => capture.resize(size);
    expect(await read()).toMatchObject({ images: undefined });
    capture.onGrab = ignore;
    expect(await read()).toMatchObject({ rects: [wholeOf(size)] });
  });

  it("not at all where nothing has changed", async () => {
    expect(await read()).toMatchObject({ images: undefined, cost: { asked: 0, grabs: 0 } });
    reader.changedSomewhere();
    expect(await read(), "elsewhere than in the shared part").toMatchObject({ images: undefined, cost: { grabs: 0 } });
    reader.foundNew([letter(100, 100)]);
    reader.changedSomewhere();
    expect(await read(), "nor where it was guessed").toMatchObject({ images: undefined, cost: { grabs: 1 } });
    expect(await read()).toMatchObject({ images: undefined, cost: { asked: 0, grabs: 0 } });
  });

  it("once for what it was told of between asking and reading", async () => {
    paint(letter(100, 100));
    const { catchUp } = capture;
    capture.catchUp = async () => {
      await catchUp.call(capture);
      paint(letter(100, 100));
    };
    expect(await read()).toMatchObject({ rects: [letter(100, 100)], cost: { grabs: 1 } });
    expect(reader.knowsAll && reader.damage.isEmpty).toBe(true);
  });
});
