import { type Availability, HostError } from "../errors.ts";
import { openX11, X11Closed, type X11Connection } from "../x11/connection.ts";
import type { X11RawEvent } from "../x11/events.ts";
import type { X11InputDevice, X11Xinput } from "../x11/extensions.ts";

/** XTEST's own devices, one pair for each cursor; and those of Xvfb, which no hand can reach. */
const NO_HAND = /(^| )XTEST (pointer|keyboard)$|^Xvfb (mouse|keyboard)$/;

export type LocalPointerEvents = {
  /** Whoever sits at the desktop has moved the pointer, or pressed a button or a key. */
  readonly moved: () => void;
  /** The display is gone, and nothing is heard any more. */
  readonly lost: (availability: Availability) => void;
};

export type LocalPointer = {
  /** Whether a hand at the desktop can be told from remote input; if not, `moved` is never called. */
  readonly availability: Availability;
  /** Nothing is heard, and nobody woken, until it is told to listen. */
  listen(on: boolean): void;
  /** Idempotent. */
  close(): Promise<void>;
};

/**
 * Tells a hand on a mouse, a keyboard or a touch screen from remote input. Both move the same cursor, but XInput 2.2
 * names the device behind each raw event, and what is injected comes from XTEST's.
 * @throws HostError `display-not-openable`
 */
export async function watchLocalPointer(
  display: string | undefined,
  events: LocalPointerEvents,
): Promise<LocalPointer> {
  const x = await openX11(display, false);
  try {
    const xinput = await x.extension("xinput").catch(() => undefined);
    if (xinput === undefined || !namesSources(xinput)) {
      await x.close();
      return deaf(refusal("its X server does not say which device input comes from (XInput 2.2)"));
    }
    const pointer = new RawInput(x, xinput, events);
    await pointer.start();
    return pointer;
  } catch (error) {
    await x.close();
    if (!(error instanceof X11Closed)) throw error;
    throw new HostError("display-not-openable", error.message, "Share again from a running desktop session.", {
      cause: error,
    });
  }
}

class RawInput implements LocalPointer {
  availability: Availability = refusal("its devices are not known yet");
  private readonly x: X11Connection;
  private readonly xinput: X11Xinput;
  private hands: ReadonlySet<number> = new Set();
  private closed: boolean = false;

  constructor(x: X11Connection, xinput: X11Xinput, events: LocalPointerEvents) {
    this.x = x;
    this.xinput = xinput;
    const heard = (event: X11RawEvent) => {
      if (this.hands.has(event.sourceId)) events.moved();
    };
    x.onEvent("XIRawMotion", heard);
    x.onEvent("XIRawButtonPress", heard);
    x.onEvent("XIRawKeyPress", heard);
    x.onEvent("XIRawTouchBegin", heard);
    x.onEvent("XIHierarchyChanged", () => {
      this.readDevices().catch((error: unknown) => {
        if (!(error instanceof X11Closed)) throw error;
      });
    });
    x.onClosed(() => {
      if (this.closed) return;
      this.availability = refusal(`the X display ${x.displayName} closed the connection`);
      events.lost(this.availability);
    });
  }

  async start(): Promise<void> {
    const { xinput, x } = this;
    // A mouse may be plugged in later.
    xinput.XISelectEvents(x.root, { deviceId: xinput.AllDevices, mask: xinput.EventMask.HierarchyChanged });
    await this.readDevices();
  }

  listen(on: boolean): void {
    if (this.x.closed) return;
    const { RawMotion, RawButtonPress, RawKeyPress, RawTouchBegin } = this.xinput.EventMask;
    const mask = on ? RawMotion | RawButtonPress | RawKeyPress | RawTouchBegin : 0;
    this.xinput.XISelectEvents(this.x.root, { deviceId: this.xinput.AllMasterDevices, mask });
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.x.close();
  }

  private async readDevices(): Promise<void> {
    const { xinput, x } = this;
    const devices = await x.ask<readonly X11InputDevice[]>((reply) => xinput.XIQueryDevice(xinput.AllDevices, reply));
    const { SlavePointer, SlaveKeyboard } = xinput.DeviceType;
    const hands = devices.filter(
      ({ use, name }) => (use === SlavePointer || use === SlaveKeyboard) && !NO_HAND.test(name),
    );
    this.hands = new Set(hands.map((device) => device.deviceId));
    this.availability =
      hands.length > 0
        ? {
            available: true,
            note: "remote input waits while somebody uses mouse or keyboard here",
          }
        : refusal("it has no mouse or keyboard but the one remote input comes from (XTEST)");
  }
}

/** Raw events name their source since 2.2. */
function namesSources({ xi2 }: X11Xinput): boolean {
  return xi2 !== null && (xi2.majorVersion > 2 || (xi2.majorVersion === 2 && xi2.minorVersion >= 2));
}

function deaf(availability: Availability): LocalPointer {
  return { availability, listen: () => {}, close: async () => {} };
}

function refusal(why: string): Availability {
  return {
    available: false,
    why: `Remote input does not wait for a hand on this desktop's mouse: ${why}.`,
    hint: "Where somebody sits at the desktop, take control back in the terminal before using its mouse.",
  };
}
