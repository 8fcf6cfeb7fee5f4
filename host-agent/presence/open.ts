import { type Availability, HostError } from "../errors.ts";
import type { People, Presence, PresenceEvents, PresenceTarget } from "./driver.ts";
import { type LocalPointer, watchLocalPointer } from "./local-pointer.ts";
import { noPresence } from "./none.ts";
import { type StopChord, watchStopChord } from "./stop-chord.ts";
import { x11Presence } from "./x11-window.ts";

/** What the person at the desktop has to do without. `why` and `hint` are sentences for them. */
export type PresenceGap = {
  readonly part: "everything" | "window" | "stop-chord" | "local-pointer";
  readonly why: string;
  readonly hint: string;
};

export type DeskEvents = PresenceEvents & {
  /** Whoever sits at the desktop uses its mouse or keyboard. Said only while somebody controls. */
  readonly localMoved: () => void;
  /** Something that worked until now. */
  readonly gap: (gap: PresenceGap) => void;
};

/** All that the person at the desktop sees of the sharing there, and can do about it without the terminal. */
export type DeskPresence = {
  /** `x11` when a window says who watches, `none` when only the terminal can. */
  readonly window: string;
  /** What could not be had from the start. */
  readonly gaps: readonly PresenceGap[];
  /** Returns at once. */
  show(people: People): void;
  /** Idempotent. */
  close(): Promise<void>;
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Opens the window, the stop chord and the watch on local input, each on a connection of its own. What cannot be had is
 * a gap, never an error. Under Wayland only when a display is named: on Xwayland nobody would see any of it.
 */
export async function openPresence(
  target: PresenceTarget,
  environment: Environment,
  events: DeskEvents,
): Promise<DeskPresence> {
  const isWayland = environment.XDG_SESSION_TYPE === "wayland" || environment.WAYLAND_DISPLAY !== undefined;
  if (target.display === undefined && isWayland) {
    return nothingShown("this is a Wayland session, where programs cannot put a window above all others", events);
  }
  const display = target.display ?? environment.DISPLAY;
  const gaps: PresenceGap[] = [];
  let window: Presence;
  try {
    window = await x11Presence.open({ display }, events);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    if (error.code === "display-not-openable") return nothingShown(error.message, events);
    gaps.push({ part: "window", why: error.message, hint: error.hint });
    window = await noPresence.open(target, events);
  }
  let hands: readonly [StopChord, LocalPointer];
  try {
    hands = await Promise.all([
      watchStopChord(display, {
        pressed: events.stop,
        changed: (availability) => gapsIn("stop-chord", availability).forEach(events.gap),
      }),
      watchLocalPointer(display, {
        moved: events.localMoved,
        lost: (availability) => gapsIn("local-pointer", availability).forEach(events.gap),
      }),
    ]);
  } catch (error) {
    await window.close();
    if (!(error instanceof HostError)) throw error;
    return nothingShown(error.message, events);
  }
  const [chord, pointer] = hands;
  gaps.push(...gapsIn("stop-chord", chord.availability), ...gapsIn("local-pointer", pointer.availability));
  return {
    window: window.name,
    gaps,
    show: (people) => {
      window.show(people);
      // Where nobody controls, the mouse may move as it likes without waking us.
      pointer.listen(people.viewers.some((viewer) => viewer.role === "control") && !people.paused);
    },
    close: async () => {
      await Promise.all([window.close(), chord.close(), pointer.close()]);
    },
  };
}

/** For a shared picture that is no desktop: nobody sits in front of it. */
export async function openNoPresence(): Promise<DeskPresence> {
  return { window: "none", gaps: [], show: () => {}, close: async () => {} };
}

function gapsIn(part: PresenceGap["part"], availability: Availability): PresenceGap[] {
  return availability.available ? [] : [{ part, why: availability.why, hint: availability.hint }];
}

async function nothingShown(why: string, events: DeskEvents): Promise<DeskPresence> {
  const window = await noPresence.open({ display: undefined }, events);
  const gap: PresenceGap = {
    part: "everything",
    why: `Nothing on the desktop says who watches, and no key combination stops it: ${why}`,
    hint: "The terminal says who watches; stop there.",
  };
  return { window: window.name, gaps: [gap], show: window.show, close: window.close };
}
