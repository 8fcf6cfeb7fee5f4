import type { Rect, Size } from "../../protocol/geometry.ts";
import { HostError } from "../errors.ts";
import type { X11Geometry } from "./client.ts";
import type { X11Connection } from "./connection.ts";
import type { X11Randr, X11ScreenResources } from "./extensions.ts";

/** The whole X screen and the monitors that show parts of it, in the server's order. */
export type DisplayLayout = { readonly screen: Size; readonly monitors: readonly Rect[] };

/** Asks the server. Without RANDR there is one monitor: the whole screen. */
export async function readLayout(x: X11Connection, randr: X11Randr | undefined): Promise<DisplayLayout> {
  const geometry = await x.ask<X11Geometry>((reply) => x.client.GetGeometry(x.root, reply));
  const screen = { width: geometry.width, height: geometry.height };
  const monitors = randr === undefined ? [] : await readMonitors(x, randr);
  return { screen, monitors: monitors.length > 0 ? monitors : [{ x: 0, y: 0, ...screen }] };
}

async function readMonitors(x: X11Connection, randr: X11Randr): Promise<Rect[]> {
  const resources = await x.ask<X11ScreenResources>((reply) => randr.GetScreenResourcesCurrent(x.root, reply));
  const answers = await Promise.all(
    resources.crtcs.map((crtc) =>
      x.ask<Rect & { mode: number }>((reply) => randr.GetCrtcInfo(crtc, resources.config_timestamp, reply)),
    ),
  );
  const monitors: Rect[] = [];
  for (const { x: left, y: top, width, height, mode } of answers) {
    const on = mode !== 0 && width > 0 && height > 0;
    // Mirrored monitors show the same rectangle: for sharing they are one.
    const known = monitors.some((one) => one.x === left && one.y === top && one.width === width);
    if (on && !known) monitors.push({ x: left, y: top, width, height });
  }
  return monitors;
}

/** The part of the screen to share, or undefined when there is no such monitor. */
export function sharedPart(layout: DisplayLayout, monitor: number | "all"): Rect | undefined {
  return monitor === "all" ? { x: 0, y: 0, ...layout.screen } : layout.monitors[monitor];
}

/** What to tell somebody who asked for a monitor that is not there. */
export function noSuchMonitor(layout: DisplayLayout, monitor: number | "all"): HostError {
  const list = layout.monitors.map((one, index) => `${index} is ${one.width}x${one.height} at ${one.x},${one.y}`);
  return new HostError(
    "display-not-openable",
    `There is no monitor ${monitor}: ${list.join("; ")}.`,
    "Pass one of these numbers with --monitor, or --monitor all.",
  );
}
