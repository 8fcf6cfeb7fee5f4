import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CARD_SIZE, FIRST_BAR, PLACES } from "../../../host-agent/capture/test-card/background.ts";
import { openTestCard, type TestCardCapture, testCardCapture } from "../../../host-agent/capture/test-card.ts";
import type { Rect } from "../../../protocol/geometry.ts";
import { keyCode } from "../../../protocol/key-code.ts";
import { type CaptureStage, captureConformance, colorAt } from "../../conformance/capture.ts";
import { CaptureRecorder } from "../../support/capture-recorder.ts";

captureConformance("test card", async (): Promise<CaptureStage> => {
  const opened: TestCardCapture[] = [];
  let x = 300;
  return {
    driver: {
      ...testCardCapture,
      open: async () => {
        const capture = await openTestCard("A card for the tests");
        opened.push(capture);
        return capture;
      },
    },
    target: { display: undefined, monitor: "all", maxFps: 30 },
    size: CARD_SIZE,
    change: async () => {
      x += 1;
      for (const capture of opened) capture.input.pointer({ x, y: 250 });
      return { x: x + 4, y: 249, width: 18, height: 2 };
    },
    end: () => Promise.resolve(),
  };
});

describe("the test card", () => {
  let capture: TestCardCapture;
  let heard: CaptureRecorder;
  beforeEach(async () => {
    capture = await openTestCard("A card for the tests");
    heard = new CaptureRecorder();
  });
  afterEach(() => capture.close());

  const named = (code: string) => {
    const known = keyCode(code);
    if (known === undefined) throw new Error(`no such key: ${code}`);
    return known;
  };

  const pixelsOf = async (rect: Rect) => {
    const {
      images: [image],
    } = await capture.grab([rect]);
    return Buffer.from(image?.pixels ?? []).toString("base64");
  };

  test("has its colour bars in the right byte order", async () => {
    const {
      images: [image],
    } = await capture.grab([{ x: 0, y: 0, ...CARD_SIZE }]);
    const barColor = (index: number) => colorAt(image, FIRST_BAR.x + index * FIRST_BAR.width + 9, FIRST_BAR.y + 9);
    expect([0, 1, 2, 3, 4, 5, 6].map(barColor)).toEqual([
      0xbfbfbf, 0xbfbf00, 0x00bfbf, 0x00bf00, 0xbf00bf, 0xbf0000, 0x0000bf,
    ]);
  });

  test("ticks and moves while it is watched, and touches nothing else", async () => {
    capture.watch(heard);
    heard.forgetDamage();
    await heard.until("the clock ticked", () => heard.damage.some((rect) => rect.y === PLACES.clock.y), 3000);
    const elsewhere = heard.damage.filter((rect) => rect.y !== PLACES.clock.y && rect.y !== PLACES.track.y);
    expect(elsewhere).toEqual([]);
  });

  test("shows keys, text, buttons and the wheel as words", async () => {
    const seen = new Set([await pixelsOf(PLACES.keys)]);
    capture.input.key({ code: named("KeyA"), down: true, repeat: false, text: "a" });
    seen.add(await pixelsOf(PLACES.keys));
    capture.input.key({ code: named("Enter"), down: true, repeat: false, text: "" });
    seen.add(await pixelsOf(PLACES.keys));
    capture.input.text("é@");
    seen.add(await pixelsOf(PLACES.keys));
    expect(seen.size).toBe(4);

    const pointers = new Set([await pixelsOf(PLACES.pointer)]);
    capture.input.button(1, true);
    pointers.add(await pixelsOf(PLACES.pointer));
    capture.input.button(3, true);
    pointers.add(await pixelsOf(PLACES.pointer));
    capture.input.wheel(0, -120);
    pointers.add(await pixelsOf(PLACES.pointer));
    expect(pointers.size).toBe(4);
  });

  test("leaves no trace of a crosshair that went on, not even at the edges", async () => {
    const corner = { x: 0, y: 0, width: 40, height: 40 };
    const clean = await pixelsOf(corner);
    capture.input.pointer({ x: 0, y: 0 });
    expect(await pixelsOf(corner)).not.toBe(clean);
    capture.input.pointer({ x: CARD_SIZE.width - 1, y: CARD_SIZE.height - 1 });
    expect(await pixelsOf(corner)).toBe(clean);
  });

  test("has a letter for everything one can type on a US keyboard", async () => {
    const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
    const blank = await pixelsOf(PLACES.keys);
    const lacking: string[] = [];
    capture.input.text("€".repeat(34));
    const boxes = await pixelsOf(PLACES.keys);
    for (const character of printable) {
      capture.input.text(character.repeat(34));
      const drawn = await pixelsOf(PLACES.keys);
      if (drawn === boxes || (drawn === blank && character !== " ")) lacking.push(character);
    }
    expect(lacking).toEqual([]);
  });
});
