import type { Point, Rect } from "../../protocol/geometry.ts";
import { type Availability, HostError } from "../errors.ts";
import { openX11, type X11Connection } from "../x11/connection.ts";
import { noSuchMonitor, readLayout, sharedPart } from "../x11/layout.ts";
import { requireBgrx } from "../x11/pixel-format.ts";
import type { Capture, CaptureDriver, CaptureTarget } from "./driver.ts";
import { PolledCapture, type Snapshot, type SnapshotSource } from "./polled.ts";

type NutJs = typeof import("@nut-tree/nut-js");

/** Pictures of the whole screen by nut-js: portable, polled, and read through the socket on X11. */
export const nutCapture: CaptureDriver = {
  name: "nut",
  open,
  probe: async (target): Promise<Availability> => {
    try {
      const capture = await open(target);
      const { width, height } = capture.size;
      await capture.close();
      return { available: true, note: `nut-js reads all ${width}x${height} pixels at each look` };
    } catch (error) {
      if (error instanceof HostError) return { available: false, why: error.message, hint: error.hint };
      throw error;
    }
  },
};

async function open(target: CaptureTarget): Promise<Capture> {
  const source = await openSource(target);
  try {
    const first = await source.take();
    return new PolledCapture({ name: nutCapture.name, source, first, maxFps: target.maxFps });
  } catch (error) {
    await source.close();
    throw error;
  }
}

/**
 * On X11 nut-js is watched over by a connection of our own. Its native part takes the display from $DISPLAY, and it ends
 * the whole program when the display is gone or smaller than it believes; so each picture is preceded by a question to
 * the display, and none is taken once it is gone.
 */
async function openSource(target: CaptureTarget): Promise<SnapshotSource> {
  if (process.platform !== "linux") {
    if (target.monitor !== "all" && target.monitor !== 0) throw mainMonitorOnly();
    return new MainScreenSource(await loadNut());
  }
  const x = await openX11(target.display, false);
  try {
    requireBgrx(x);
    process.env.DISPLAY = x.displayName;
    const randr = await x.extension("randr").catch(() => undefined);
    const nut = await loadNut();
    return new GuardedXSource(nut, x, async () => {
      const layout = await readLayout(x, randr);
      const part = sharedPart(layout, target.monitor);
      if (part === undefined) throw noSuchMonitor(layout, target.monitor);
      return part;
    });
  } catch (error) {
    await x.close();
    throw error;
  }
}

/** Loaded on demand: a machine without the native libraries must not lose the rest of the program. */
async function loadNut(): Promise<NutJs> {
  try {
    // Resolved by Node and TypeScript; its "main" lacks the ".js" that the linter looks for.
    // biome-ignore lint/correctness/noUnresolvedImports: see above
    return await import("@nut-tree/nut-js");
  } catch (error) {
    throw new HostError(
      "capture-unavailable",
      `nut-js cannot be loaded: ${error instanceof Error ? error.message : error}`,
      "On Debian: apt install libxtst6.",
      { cause: error },
    );
  }
}

class GuardedXSource implements SnapshotSource {
  private readonly nut: NutJs;
  private readonly x: X11Connection;
  private readonly part: () => Promise<Rect>;

  constructor(nut: NutJs, x: X11Connection, part: () => Promise<Rect>) {
    this.nut = nut;
    this.x = x;
    this.part = part;
  }

  async take(): Promise<Snapshot> {
    try {
      const { x, y, width, height } = await this.part();
      return tight({ x, y }, await this.nut.screen.grabRegion(new this.nut.Region(x, y, width, height)));
    } catch (error) {
      throw lostBecause(error);
    }
  }

  onGone(listener: (error: HostError) => void): void {
    this.x.onClosed(() =>
      listener(lostBecause(new Error(`the X display ${this.x.displayName} closed the connection`))),
    );
  }

  async close(): Promise<void> {
    await this.x.close();
  }
}

class MainScreenSource implements SnapshotSource {
  private readonly nut: NutJs;

  constructor(nut: NutJs) {
    this.nut = nut;
  }

  async take(): Promise<Snapshot> {
    try {
      return tight({ x: 0, y: 0 }, await this.nut.screen.grab());
    } catch (error) {
      throw lostBecause(error);
    }
  }

  onGone(): void {
    // The main screen of macOS and Windows outlives the session; a failing picture is the only sign there is.
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** nut-js pictures are B, G, R, unused already, but a row may be longer than its pixels. */
function tight(
  origin: Point,
  image: { readonly width: number; readonly height: number; readonly data: Uint8Array; readonly byteWidth: number },
): Snapshot {
  const { width, height, data, byteWidth } = image;
  const rowBytes = width * 4;
  if (byteWidth === rowBytes) return { origin, size: { width, height }, pixels: data };
  const pixels = new Uint8Array(rowBytes * height);
  for (let row = 0; row < height; row++) {
    pixels.set(data.subarray(row * byteWidth, row * byteWidth + rowBytes), row * rowBytes);
  }
  return { origin, size: { width, height }, pixels };
}

function mainMonitorOnly(): HostError {
  return new HostError("capture-unavailable", "nut-js reads the main monitor only.", "Pass --monitor 0.");
}

function lostBecause(error: unknown): HostError {
  if (error instanceof HostError) return error;
  return new HostError(
    "capture-lost",
    `The screen cannot be read any more: ${error instanceof Error ? error.message : error}.`,
    "Share again from a running desktop session.",
    { cause: error },
  );
}
