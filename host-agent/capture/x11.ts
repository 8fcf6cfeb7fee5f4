import type { Availability } from "../errors.ts";
import { HostError } from "../errors.ts";
import { openX11, type X11Connection } from "../x11/connection.ts";
import { noSuchMonitor, readLayout, sharedPart } from "../x11/layout.ts";
import { requireBgrx } from "../x11/pixel-format.ts";
import type { Capture, CaptureDriver, CaptureTarget } from "./driver.ts";
import { X11Capture } from "./x11/capture.ts";
import { PlainReader } from "./x11/plain-reader.ts";
import { sharedMemoryReader } from "./x11/shared-memory.ts";

/**
 * The display itself says what changed (DAMAGE), and only that is read, through shared memory where there is any. The
 * best driver on X11: exact, fast, and silent while nothing changes.
 * @param options.sharedMemory false: read through the socket even where memory can be shared
 */
export function x11Capture(options: { readonly sharedMemory: boolean } = { sharedMemory: true }): CaptureDriver {
  const open = async (target: CaptureTarget): Promise<X11Capture> => {
    const x = await openX11(target.display, options.sharedMemory, "together");
    try {
      return await openOn(x, target);
    } catch (error) {
      await x.close();
      throw error;
    }
  };
  return {
    name: "x11",
    open: (target): Promise<Capture> => open(target),
    probe: async (target): Promise<Availability> => {
      try {
        const capture = await open(target);
        const { note } = capture;
        await capture.close();
        return { available: true, note };
      } catch (error) {
        if (error instanceof HostError) return { available: false, why: error.message, hint: error.hint };
        throw error;
      }
    },
  };
}

async function openOn(x: X11Connection, target: CaptureTarget): Promise<X11Capture> {
  requireBgrx(x);
  const [damage, fixes] = await Promise.all([needed(x, "damage", "DAMAGE"), needed(x, "fixes", "XFIXES")]);
  // Without RANDR a display never changes its size; without XInput2 it cannot tell us that the pointer moved.
  const [randr, xinput] = await Promise.all([
    x.extension("randr").catch(() => undefined),
    x.extension("xinput").catch(() => undefined),
  ]);
  const layout = await readLayout(x, randr);
  const part = sharedPart(layout, target.monitor);
  if (part === undefined) throw noSuchMonitor(layout, target.monitor);
  const reader = (await sharedMemoryReader(x, part)) ?? new PlainReader(x);
  return new X11Capture({ x, extensions: { damage, fixes, randr, xinput }, reader, part, monitor: target.monitor });
}

async function needed<Name extends "damage" | "fixes">(x: X11Connection, name: Name, spoken: string) {
  try {
    return await x.extension(name);
  } catch (error) {
    throw new HostError(
      "capture-unavailable",
      `The X server of ${x.displayName} lacks the ${spoken} extension, so it cannot say what changed.`,
      "Start the X server with its extensions on, or pass --capture nut or --capture screenshot.",
      { cause: error },
    );
  }
}
