import type { Page } from "playwright-core";
import sharp from "sharp";
import { beforeEach, describe, expect, it } from "vitest";
import { FRACTION_MAX } from "../../../protocol/geometry.ts";
import { partsPages } from "../parts-page.ts";

const pages = partsPages();
let page: Page;
beforeEach(async () => {
  page = await pages.open();
  await page.evaluate(() => {
    const model = new window.parts.Model({
      state: { kind: "live", path: "direct", role: "view", sealed: true, rttMs: undefined },
    });
    const nothing = () => {};
    const root = document.getElementById("app");
    if (root === null) throw new Error("no #app");
    const actions = {
      join: nothing,
      askControl: nothing,
      disconnect: nothing,
      pressKeys: nothing,
      typeText: nothing,
      reportText: () => "",
      tryNow: nothing,
    };
    const { stage, canvas } = window.parts.mountUi(root, model, actions);
    // Twice the window: shown at half its size, 50 px below the top.
    canvas.width = 2000;
    canvas.height = 1200;
    Object.assign(window, { cursor: new window.parts.CursorView(stage), canvas });
  });
});

type Bench = { cursor: InstanceType<Window["parts"]["CursorView"]>; canvas: HTMLCanvasElement };

async function giveShape(side = 24): Promise<void> {
  const background = { r: 0, g: 0, b: 0, alpha: 1 };
  const png = await sharp({ create: { width: side, height: side, channels: 4, background } })
    .png()
    .toBuffer();
  await page.evaluate(
    ([bytes, length]) => {
      const size = { width: length, height: length };
      const { cursor } = window as unknown as Bench;
      cursor.shape({ kind: "cursor-shape", visible: true, size, hotspot: { x: 4, y: 6 }, png: Uint8Array.from(bytes) });
    },
    [[...png], side] as const,
  );
}

const place = (x: number, y: number) =>
  page.evaluate((at) => (window as unknown as Bench).cursor.place(at), { x: x * FRACTION_MAX, y: y * FRACTION_MAX });
const setRole = (role: "view" | "control") =>
  page.evaluate((now) => (window as unknown as Bench).cursor.setRole(now), role);
const pointer = () => page.evaluate(() => getComputedStyle((window as unknown as Bench).canvas).cursor);
const overlay = () => page.locator(".remote-cursor");

describe("the shared desktop's pointer", () => {
  it("is the browser's own, with its shape and hotspot, for whoever controls", async () => {
    await setRole("control");
    await giveShape();
    await expect.poll(pointer).toMatch(/^url\("blob:.*"\) 4 6, default$/);
    await place(0.5, 0.5);
    expect(await overlay().isVisible()).toBe(false);
  });

  it("is nothing over the picture while the desktop hides it", async () => {
    await setRole("control");
    await giveShape();
    await expect.poll(pointer).toMatch(/^url/);
    await page.evaluate(() => (window as unknown as Bench).cursor.shape({ kind: "cursor-shape", visible: false }));
    expect(await pointer()).toBe("none");
  });

  it("is drawn at its place for whoever only looks, its hotspot on the point", async () => {
    await giveShape();
    await place(1, 0);
    await expect.poll(() => overlay().isVisible()).toBe(true);
    const box = await overlay().boundingBox();
    const scale = 0.6; // half would be too small to see
    expect(box?.x).toBeCloseTo(1000 - 0.25 - 4 * scale, 1);
    expect(box?.y).toBeCloseTo(50 + 0.25 - 6 * scale, 1);
    expect(box?.width).toBeCloseTo(24 * scale, 1);
    expect(await pointer()).toBe("default");
  });

  it("moves with the picture when the window changes", async () => {
    await giveShape();
    await place(0, 0);
    await expect.poll(() => overlay().isVisible()).toBe(true);
    await page.setViewportSize({ width: 1000, height: 900 });
    await expect.poll(async () => (await overlay().boundingBox())?.y).toBeCloseTo(150 + 0.25 - 6 * 0.6, 1);
  });

  it("frees the shape before it when a new one is there", async () => {
    await setRole("control");
    await giveShape(24);
    await expect.poll(pointer).toMatch(/^url/);
    const first = await pointer();
    await giveShape(32);
    await expect.poll(pointer).not.toBe(first);
    const old = /"(blob:[^"]+)"/.exec(first)?.[1] ?? "";
    expect(old).not.toBe("");
    expect(
      await page.evaluate(
        (url) =>
          fetch(url).then(
            () => "kept",
            () => "freed",
          ),
        old,
      ),
    ).toBe("freed");
  });

  it("keeps the shape before it when a new one is no picture", async () => {
    await setRole("control");
    await giveShape();
    await expect.poll(pointer).toMatch(/^url/);
    const before = await pointer();
    await page.evaluate(async () => {
      const { cursor } = window as unknown as Bench;
      const size = { width: 8, height: 8 };
      cursor.shape({ kind: "cursor-shape", visible: true, size, hotspot: { x: 0, y: 0 }, png: new Uint8Array(40) });
      // Decoding fails here too; by then the cursor has been told the same.
      const image = new Image();
      image.src = URL.createObjectURL(new Blob([new Uint8Array(40)]));
      await image.decode().catch(() => {});
    });
    expect(await pointer()).toBe(before);
  });
});
