import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Size } from "../../protocol/geometry.ts";
import type { LinkQuality } from "../lab/link.ts";
import { startDesktop, startXServer } from "../support/x-server.ts";
import { openChromium } from "./chromium.ts";
import { openFirefox } from "./firefox.ts";
import { frameBufferArguments } from "./frame-buffer.ts";
import { openX11 } from "./painter/painted-display.ts";
import { type Painter, startPainter } from "./painter-process.ts";
import { savePicture } from "./save-picture.ts";
import type { BrowserName, ViewerBrowser } from "./viewer-browser.ts";
import { openViewerNetwork, type ViewerNetwork } from "./viewer-network.ts";

/** What is shared, and over which line: undefined is a cable. */
export type Setting = {
  readonly display: Size;
  readonly line: Partial<LinkQuality> | undefined;
  readonly browser: BrowserName;
};

export type Stage = {
  readonly sharedDisplay: string;
  readonly sharedServerPid: number;
  readonly network: ViewerNetwork;
  readonly browser: ViewerBrowser;
  /** Keeps what is on the viewer's display, as a PNG. */
  readonly saveViewerPicture: (path: string) => Promise<void>;
  readonly painter: Painter;
};

/**
 * What all products are measured on: the display that is shared, the painter on it, and a second display of the same
 * size that the browser's page fills, in a network of its own.
 * @param act is given the stage; whatever happens in it, everything is ended after it
 */
export async function onStage(setting: Setting, act: (stage: Stage) => Promise<void>): Promise<void> {
  const { display: size, line } = setting;
  const closers: (() => unknown)[] = [];
  const stopped = stopAsked();
  const closeAll = async () => {
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
  };
  try {
    const folder = mkdtempSync(join(tmpdir(), "deskbeam-bench-"));
    closers.push(() => rmSync(folder, { recursive: true, force: true }));
    const [sharedFolder, viewerFolder] = [join(folder, "shared"), join(folder, "viewer")];
    for (const one of [sharedFolder, viewerFolder]) mkdirSync(one);
    const network = await openViewerNetwork(line);
    closers.push(() => network.close());
    const shared = await startXServer({ ...size, extraArguments: frameBufferArguments(sharedFolder) });
    closers.push(() => shared.stop());
    // With a window manager: a browser fills the screen only by asking one.
    const viewer = await startDesktop({ ...size, extraArguments: frameBufferArguments(viewerFolder) });
    closers.push(() => viewer.stop());
    await hidePointer(viewer.display, size);
    const painter = await startPainter({
      sharedDisplay: shared.display,
      viewerDisplay: viewer.display,
      sharedFolder,
      viewerFolder,
    });
    closers.push(() => painter.stop());
    const place = { folder, display: viewer.display, size, network };
    const browser = setting.browser === "Firefox" ? openFirefox(place) : await openChromium(place);
    closers.push(() => browser.close());
    const stage = {
      sharedDisplay: shared.display,
      sharedServerPid: shared.pid,
      network,
      browser,
      painter,
      saveViewerPicture: (path: string) => savePicture(viewerFolder, path),
    };
    await Promise.race([act(stage), stopped.asked]);
  } finally {
    await closeAll();
    stopped.forget();
  }
}

/** Ctrl+C must not leave X servers and a network behind. */
function stopAsked(): { readonly asked: Promise<never>; forget(): void } {
  let onSignal = () => {};
  const asked = new Promise<never>((_, reject) => {
    onSignal = () => reject(new Error("Stopped before the end."));
  });
  // It may come while nobody waits for it yet.
  asked.catch(() => {});
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return {
    asked,
    forget: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}

/** The server paints the pointer into the frame buffer; in the corner it is over nothing that is looked at. */
async function hidePointer(display: string, size: Size): Promise<void> {
  const x = await openX11(display);
  x.client.WarpPointer(0, x.root, 0, 0, 0, 0, size.width - 1, size.height - 1);
  await x.settled();
  await x.close();
}
