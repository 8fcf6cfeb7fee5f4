import sharp from "sharp";
import type { Point } from "../../protocol/geometry.ts";
import { type Availability, HostError } from "../errors.ts";
import { openX11, type X11Connection } from "../x11/connection.ts";
import type { Capture, CaptureDriver, CaptureTarget } from "./driver.ts";
import { PolledCapture, type Snapshot, type SnapshotSource } from "./polled.ts";

type ScreenshotDesktop = typeof import("screenshot-desktop")["default"];
type Screen = Awaited<ReturnType<ScreenshotDesktop["listDisplays"]>>[number];

const INSTALL_HINT = "On Debian: apt install imagemagick x11-xserver-utils.";

/** Pictures by screenshot-desktop, which runs the screenshot program of the system for each: the last resort. */
export const screenshotCapture: CaptureDriver = {
  name: "screenshot",
  open,
  probe: async (target): Promise<Availability> => {
    try {
      const capture = await open(target);
      await capture.close();
      return {
        available: true,
        note: "screenshot-desktop runs a screenshot program at each look, a few times a second",
      };
    } catch (error) {
      if (error instanceof HostError) return { available: false, why: error.message, hint: error.hint };
      throw error;
    }
  },
};

async function open(target: CaptureTarget): Promise<Capture> {
  const x = process.platform === "linux" ? await openX11(target.display, false) : undefined;
  try {
    // The programs it runs read the display's name there.
    if (x !== undefined) process.env.DISPLAY = x.displayName;
    const { default: screenshot } = await import("screenshot-desktop");
    const source = new ScreenshotSource(screenshot, await screenOf(screenshot, target), x);
    const first = await source.take();
    return new PolledCapture({ name: screenshotCapture.name, source, first, maxFps: target.maxFps });
  } catch (error) {
    await x?.close();
    if (error instanceof HostError && error.code === "display-not-openable") throw error;
    throw new HostError(
      "capture-unavailable",
      `screenshot-desktop takes no picture: ${firstLine(error)}`,
      INSTALL_HINT,
      {
        cause: error,
      },
    );
  }
}

async function screenOf(screenshot: ScreenshotDesktop, target: CaptureTarget): Promise<Screen> {
  const screens = await screenshot.listDisplays();
  // It reads one monitor at a time, so "all" can only mean the one there is.
  const index = target.monitor === "all" ? 0 : target.monitor;
  const screen = screens[index];
  if (screen === undefined || (target.monitor === "all" && screens.length > 1)) {
    const list = screens.map((one, number) => `${number} is ${one.name}`).join("; ");
    throw new HostError(
      "display-not-openable",
      `screenshot-desktop reads one monitor at a time, and there are these: ${list || "none"}.`,
      "Pass one of these numbers with --monitor.",
    );
  }
  return screen;
}

class ScreenshotSource implements SnapshotSource {
  private readonly screenshot: ScreenshotDesktop;
  private readonly screen: Screen;
  private readonly x: X11Connection | undefined;

  constructor(screenshot: ScreenshotDesktop, screen: Screen, x: X11Connection | undefined) {
    this.screenshot = screenshot;
    this.screen = screen;
    this.x = x;
  }

  async take(): Promise<Snapshot> {
    try {
      // On a display that is gone the package never answers, and rejects a promise that nobody can catch.
      await this.x?.settled();
      const png = await this.screenshot({ screen: this.screen.id, format: "png" });
      return await decode(png, { x: this.screen.offsetX ?? 0, y: this.screen.offsetY ?? 0 });
    } catch (error) {
      throw lostBecause(error);
    }
  }

  onGone(listener: (error: HostError) => void): void {
    this.x?.onClosed(() => listener(lostBecause(new Error("the display closed the connection"))));
  }

  async close(): Promise<void> {
    await this.x?.close();
  }
}

function lostBecause(error: unknown): HostError {
  return new HostError("capture-lost", `No screenshot can be taken any more: ${firstLine(error)}.`, INSTALL_HINT, {
    cause: error,
  });
}

async function decode(png: Uint8Array, origin: Point): Promise<Snapshot> {
  const { data, info } = await sharp(png)
    .toColourspace("srgb")
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  for (let at = 0; at + 3 < data.length; at += 4) {
    const red = data[at] ?? 0;
    data[at] = data[at + 2] ?? 0;
    data[at + 2] = red;
  }
  return { origin, size: { width: info.width, height: info.height }, pixels: data };
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n").slice(0, 2).join(" ").trim();
}
