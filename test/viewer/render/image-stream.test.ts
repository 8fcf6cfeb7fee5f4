import type { RequestListener, ServerResponse } from "node:http";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { partsPages } from "../parts-page.ts";

/** Who looks at the stream just now. */
const watching = new Set<ServerResponse>();

const stream: RequestListener = (request, response) => {
  if (request.url !== "/stream") {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { "content-type": "multipart/x-mixed-replace; boundary=frame" });
  response.write("--frame\r\n");
  watching.add(response);
  response.on("close", () => watching.delete(response));
};

/** One picture, sent twice: Chromium shows a part when the headers of the next one are here. */
async function sendPicture(width: number, height: number): Promise<void> {
  const background = { r: 20, g: 120, b: 60 };
  const jpeg = await sharp({ create: { width, height, channels: 3, background } })
    .jpeg()
    .toBuffer();
  const headers = `Content-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`;
  const part = Buffer.concat([Buffer.from(headers), jpeg, Buffer.from("\r\n--frame\r\n")]);
  for (const response of watching) response.write(Buffer.concat([part, part]));
}

const pages = partsPages(stream);
let page: Page;
beforeEach(async () => {
  page = await pages.open();
  await page.evaluate(() => {
    const image = document.body.appendChild(document.createElement("img"));
    const view = new window.parts.ImageStream(image);
    const told: string[] = [];
    view.onFirstPicture = () => told.push("first picture");
    view.onFailed = () => told.push("failed");
    Object.assign(window, { image, view, told });
  });
});

type Bench = { image: HTMLImageElement; view: InstanceType<Window["parts"]["ImageStream"]>; told: string[] };

const open = (path: string) => page.evaluate((url) => (window as unknown as Bench).view.open(url), path);
const told = () => page.evaluate(() => (window as unknown as Bench).told);
const untilSize = (size: string) =>
  page.waitForFunction((wanted) => {
    const { image } = window as unknown as Bench;
    return `${image.getAttribute("width")}x${image.getAttribute("height")}` === wanted;
  }, size);

describe("the picture stream", () => {
  it("tells its first picture once, when it is there", async () => {
    await open("/stream");
    await vi.waitUntil(() => watching.size === 1);
    expect(await told()).toEqual([]);
    await sendPicture(64, 48);
    await untilSize("64x48");
    await sendPicture(64, 48);
    expect(await told()).toEqual(["first picture"]);
  });

  it("follows a display that changes its size", async () => {
    await open("/stream");
    await vi.waitUntil(() => watching.size === 1);
    await sendPicture(64, 48);
    await untilSize("64x48");
    await sendPicture(100, 40);
    await untilSize("100x40");
    expect(await told()).toEqual(["first picture"]);
  });

  it("tells when there is no stream", async () => {
    await open("/nothing");
    await page.waitForFunction(() => (window as unknown as Bench).told.length > 0);
    expect(await told()).toEqual(["failed"]);
  });

  it("ends its request when it is closed, and tells nothing more", async () => {
    await open("/stream");
    await vi.waitUntil(() => watching.size === 1);
    await sendPicture(64, 48);
    await untilSize("64x48");
    await page.evaluate(() => (window as unknown as Bench).view.close());
    await vi.waitUntil(() => watching.size === 0, { timeout: 5_000 });
    expect(await told()).toEqual(["first picture"]);
  });
});
