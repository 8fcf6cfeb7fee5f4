import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Capture, CaptureDriver, CaptureTarget, RawImage } from "../../host-agent/capture/driver.ts";
import type { Rect, Size } from "../../protocol/geometry.ts";
import { CaptureRecorder } from "../support/capture-recorder.ts";

/** A display a driver is tried on, and what a test can do to it. */
export type CaptureStage = {
  readonly driver: CaptureDriver;
  readonly target: CaptureTarget;
  readonly size: Size;
  /** Makes these pixels change, and returns when the display shows it. */
  readonly change: () => Promise<Rect>;
  readonly end: () => Promise<void>;
};

/** A real display can be painted by others, change its size and die under the capture; a synthetic one cannot. */
export type RealStage = CaptureStage & {
  /** Paints a rectangle of the display 0xRRGGBB and returns when it is on the screen. */
  readonly paint: (rect: Rect, color: number) => Promise<void>;
  readonly resize: (size: Size) => Promise<void>;
  readonly kill: () => Promise<void>;
};

/** What every capture driver promises. */
export function captureConformance(name: string, setUp: () => Promise<CaptureStage>): void {
  describe(`${name} as a capture driver`, () => {
    let stage: CaptureStage;
    let capture: Capture;
    let heard: CaptureRecorder;
    beforeEach(async () => {
      stage = await setUp();
      capture = await stage.driver.open(stage.target);
      heard = new CaptureRecorder(capture);
    });
    afterEach(async () => {
      await capture.close();
      await stage.end();
    });

    test("probes well where it opens, and says how it works", async () => {
      const found = await stage.driver.probe(stage.target);
      expect(found).toMatchObject({ available: true, note: expect.stringMatching(/\w+/) });
    });

    test("knows the size of the display and its own name", () => {
      expect(capture.size).toEqual(stage.size);
      expect(capture.name).toBe(stage.driver.name);
    });

    test("counts the whole display as damaged when somebody begins to watch, and again the next time", async () => {
      const whole = { x: 0, y: 0, ...stage.size };
      capture.watch(heard);
      await heard.until("whole display damaged", () => heard.covers(whole));
      capture.rest();
      const again = new CaptureRecorder(capture);
      capture.watch(again);
      await again.until("whole display damaged again", () => again.covers(whole));
    });

    test("reads several rectangles, overlapping ones too, in the order they were asked for", async () => {
      const spot = await stage.change();
      const whole = { x: 0, y: 0, ...stage.size };
      const rects = [spot, whole, { ...spot, width: 1 }, { x: 3, y: 2, width: 1, height: 1 }];
      const { images } = await capture.grab(rects);
      expect(images.map((image) => image.rect)).toEqual(rects);
      expect(images.map((image) => image.pixels.length)).toEqual(rects.map((rect) => rect.width * rect.height * 4));
      for (const image of images) expect(colorAt(image, 0, 0)).toBe(colorAt(images[1], image.rect.x, image.rect.y));
    });

    test("reports what changes, and the read after the report has it", async () => {
      capture.watch(heard);
      for (let round = 0; round < 3; round++) {
        const before = colorsOf((await capture.grab([{ x: 0, y: 0, ...stage.size }])).images);
        heard.forgetDamage();
        const spot = await stage.change();
        await readUntil(capture, heard, "the change is damaged", () => heard.covers(spot));
        expect(colorsOf((await capture.grab([{ x: 0, y: 0, ...stage.size }])).images)).not.toEqual(before);
      }
    });

    test("says nothing while it rests", async () => {
      capture.watch(heard);
      await heard.until("whole display damaged", () => heard.damage.length > 0);
      capture.rest();
      const before = heard.total;
      await stage.change();
      // A full read later, whatever was under way has arrived.
      await capture.grab([{ x: 0, y: 0, ...stage.size }]);
      expect(heard.total).toBe(before);
    });

    test("closes as often as one likes, and reads nothing afterwards", async () => {
      capture.watch(heard);
      await Promise.all([capture.close(), capture.close()]);
      await capture.close();
      await expect(capture.grab([{ x: 0, y: 0, width: 1, height: 1 }])).rejects.toMatchObject({ code: "capture-lost" });
    });
  });
}

/** What a driver of a real display promises besides. The stage must be at least 400x300. */
export function realDisplayConformance(name: string, setUp: () => Promise<RealStage>): void {
  captureConformance(name, setUp);

  describe(`${name} on a display that changes`, () => {
    let stage: RealStage;
    let capture: Capture;
    let heard: CaptureRecorder;
    beforeEach(async () => {
      stage = await setUp();
      capture = await stage.driver.open(stage.target);
      heard = new CaptureRecorder(capture);
      capture.watch(heard);
    });
    afterEach(async () => {
      await capture.close();
      await stage.end();
    });

    test("reads each pixel in the order blue, green, red", async () => {
      await stage.paint({ x: 40, y: 30, width: 50, height: 20 }, 0x12a0fe);
      const {
        images: [image],
      } = await capture.grab([{ x: 40, y: 30, width: 50, height: 20 }]);
      expect(image?.pixels).toHaveLength(50 * 20 * 4);
      expect(colorAt(image, 0, 0)).toBe(0x12a0fe);
      expect(colorAt(image, 49, 19)).toBe(0x12a0fe);
    });

    test("reads what lies in each of several rectangles", async () => {
      await stage.paint({ x: 10, y: 10, width: 30, height: 30 }, 0xff0000);
      await stage.paint({ x: 40, y: 10, width: 30, height: 30 }, 0x00ff00);
      const rects: Rect[] = [
        { x: 40, y: 10, width: 30, height: 30 },
        { x: 0, y: 0, ...stage.size },
        { x: 39, y: 39, width: 2, height: 1 },
        { x: 10, y: 10, width: 1, height: 1 },
      ];
      const { images } = await capture.grab(rects);
      expect(images.map((image) => image.rect)).toEqual(rects);
      expect(images.map((image) => image.pixels.length)).toEqual(rects.map((rect) => rect.width * rect.height * 4));
      expect(colorAt(images[0], 29, 29)).toBe(0x00ff00);
      expect(colorAt(images[1], 39, 39)).toBe(0xff0000);
      expect([colorAt(images[2], 0, 0), colorAt(images[2], 1, 0)]).toEqual([0xff0000, 0x00ff00]);
      expect(colorAt(images[3], 0, 0)).toBe(0xff0000);
    });

    test("reports what is painted later, and the read after the report has it", async () => {
      const spot = { x: 100, y: 60, width: 20, height: 10 };
      await capture.grab([{ x: 0, y: 0, ...stage.size }]);
      for (const color of [0x0000ff, 0xffff00, 0x336699]) {
        heard.forgetDamage();
        await stage.paint(spot, color);
        await readUntil(capture, heard, "the painted spot is damaged", () => heard.covers(spot));
        const {
          images: [image],
        } = await capture.grab([spot]);
        expect(colorAt(image, 19, 9)).toBe(color);
      }
    });

    test("follows a change of size, smaller and larger, and reads right in both", async () => {
      for (const size of [{ width: 320, height: 240 }, stage.size]) {
        await stage.resize(size);
        await readUntil(capture, heard, `resized to ${size.width}x${size.height}`, () => {
          const last = heard.sizes.at(-1);
          return last?.width === size.width && last.height === size.height;
        });
        expect(capture.size).toEqual(size);
        const corner = { x: size.width - 20, y: size.height - 20, width: 20, height: 20 };
        await stage.paint(corner, 0xabcdef);
        const {
          images: [image],
        } = await capture.grab([corner]);
        expect(colorAt(image, 19, 19)).toBe(0xabcdef);
      }
    });

    test("gives black, not an error, for a rectangle the display has no more", async () => {
      await stage.resize({ width: 320, height: 240 });
      const outside = { x: 300, y: 200, width: 60, height: 60 };
      const {
        images: [image],
      } = await capture.grab([outside]);
      expect(image?.pixels).toHaveLength(60 * 60 * 4);
    });

    test("says that the display is lost when it dies, and why", async () => {
      await stage.kill();
      await readUntil(capture, heard, "lost", () => heard.errors.length > 0).catch((error: unknown) => {
        // A read that fails first says the same.
        expect(error).toMatchObject({ code: "capture-lost" });
      });
      await expect(capture.grab([{ x: 0, y: 0, width: 1, height: 1 }])).rejects.toMatchObject({ code: "capture-lost" });
      expect(heard.errors.map((error) => error.code)).toEqual(["capture-lost"]);
    });
  });
}

/** What the host does all day: waits for damage and reads it, until the condition holds. */
async function readUntil(capture: Capture, heard: CaptureRecorder, what: string, condition: () => boolean) {
  const deadlineMs = Date.now() + 8000;
  while (!condition()) {
    if (Date.now() > deadlineMs) throw new Error(`waited in vain: ${what}`);
    heard.forgetDamage();
    const { damaged } = await capture.grab([{ x: 0, y: 0, ...capture.size }]);
    heard.damaged(damaged);
    await heard.until(what, () => condition() || heard.damage.length > 0);
  }
}

/** A copy that outlives the next read. */
const colorsOf = (images: readonly RawImage[]) => images.map((image) => Buffer.from(image.pixels).toString("base64"));

/** 0xRRGGBB of one pixel. */
export function colorAt(image: RawImage | undefined, x: number, y: number): number {
  if (image === undefined) throw new Error("no image");
  const at = (y * image.rect.width + x) * 4;
  const [blue = -1, green = -1, red = -1] = image.pixels.subarray(at, at + 3);
  return (red << 16) | (green << 8) | blue;
}
