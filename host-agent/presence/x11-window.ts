import { type Availability, HostError } from "../errors.ts";
import { openX11, type X11Connection } from "../x11/connection.ts";
import { requireBgrx } from "../x11/pixel-format.ts";
import type { PresenceDriver, PresenceTarget } from "./driver.ts";
import { X11Window } from "./x11-window/window.ts";

/** A small window above all others, on any X display, with or without a window manager. */
export const x11Presence: PresenceDriver = {
  name: "x11",
  async probe(target): Promise<Availability> {
    try {
      const x = await openDrawable(target);
      await x.close();
      return { available: true, note: `a small window on ${x.displayName}` };
    } catch (error) {
      if (error instanceof HostError) return { available: false, why: error.message, hint: error.hint };
      throw error;
    }
  },
  async open(target, events) {
    const x = await openDrawable(target);
    try {
      return await X11Window.open(x, events);
    } catch (error) {
      await x.close();
      throw error;
    }
  },
};

async function openDrawable(target: PresenceTarget): Promise<X11Connection> {
  const x = await openX11(target.display, false);
  try {
    requireBgrx(x);
    return x;
  } catch (error) {
    await x.close();
    if (!(error instanceof HostError)) throw error;
    throw new HostError(
      "presence-unavailable",
      `No window can be drawn that says who watches. ${error.message}`,
      error.hint,
      { cause: error },
    );
  }
}
