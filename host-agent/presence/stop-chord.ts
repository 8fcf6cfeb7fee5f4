import { type Availability, HostError } from "../errors.ts";
import { openX11, X11Closed, type X11Connection } from "../x11/connection.ts";
import { type ChordKeys, type CoreKeymap, chordKeys } from "./stop-chord/chord-keys.ts";

const STOP_CHORD = "Ctrl+Alt+Shift+Q";

const ASYNCHRONOUS = 1;
const GRAB_KEY = 33;
const UNGRABBED: ChordKeys = { keycodes: [], modifiers: [] };

export type StopChordEvents = {
  readonly pressed: () => void;
  /** What `availability` says has changed: another keyboard layout, or the display is gone. */
  readonly changed: (availability: Availability) => void;
};

export type StopChord = {
  readonly availability: Availability;
  /** Idempotent. */
  close(): Promise<void>;
};

/**
 * Ctrl+Alt+Shift+Q stops sharing whatever program has the keyboard. The server itself takes the chord out of the
 * input, so no program can swallow it, unless one has taken it before us or holds the whole keyboard (a screen locker).
 * On a connection of its own: it works while everything else of us waits for something.
 * @throws HostError `display-not-openable`
 */
export async function watchStopChord(display: string | undefined, events: StopChordEvents): Promise<StopChord> {
  const x = await openX11(display, false);
  try {
    const chord = new GrabbedChord(x, events);
    await chord.grab();
    chord.opened();
    return chord;
  } catch (error) {
    await x.close();
    if (!(error instanceof X11Closed)) throw error;
    throw new HostError("display-not-openable", error.message, "Share again from a running desktop session.", {
      cause: error,
    });
  }
}

class GrabbedChord implements StopChord {
  availability: Availability = { available: true, note: `${STOP_CHORD} stops sharing` };
  private readonly x: X11Connection;
  private readonly events: StopChordEvents;
  private grabbed: ChordKeys = UNGRABBED;
  private grabbing: boolean = false;
  private grabAgain: boolean = false;
  /** Before it is open its opener reads `availability` and needs not be told. */
  private stage: "opening" | "open" | "closed" = "opening";

  constructor(x: X11Connection, events: StopChordEvents) {
    this.x = x;
    this.events = events;
    // Nothing but grabs sends key events to a window whose events nobody has asked for.
    x.onEvent("KeyPress", () => events.pressed());
    x.onEvent("MappingNotify", () => {
      this.grab().catch((error: unknown) => {
        if (!(error instanceof X11Closed)) throw error;
      });
    });
    x.onClosed(() => {
      if (this.stage !== "closed") this.become(gone(x.displayName));
    });
  }

  opened(): void {
    this.stage = "open";
  }

  async close(): Promise<void> {
    this.stage = "closed";
    await this.x.close();
  }

  /**
   * Takes the chord as the key map is now. Programs that type unusual characters change the key map for each of them:
   * there is never more than one look at it under way.
   */
  async grab(): Promise<void> {
    this.grabAgain = true;
    if (this.grabbing) return;
    this.grabbing = true;
    try {
      while (this.grabAgain && !this.x.closed) {
        this.grabAgain = false;
        await this.grabOnce();
      }
    } finally {
      this.grabbing = false;
    }
  }

  private async grabOnce(): Promise<void> {
    const keys = chordKeys(await readCoreKeymap(this.x));
    if (sameKeys(keys, this.grabbed)) return;
    const { client, root } = this.x;
    for (const [keycode, modifiers] of pairs(this.grabbed)) client.UngrabKey(root, keycode, modifiers);
    this.grabbed = keys;
    let refused = 0;
    const unlisten = this.x.onRequestError((error) => {
      if ("majorOpcode" in error && error.majorOpcode === GRAB_KEY) refused += 1;
    });
    for (const [keycode, modifiers] of pairs(keys)) {
      client.GrabKey(root, 0, modifiers, keycode, ASYNCHRONOUS, ASYNCHRONOUS);
    }
    await this.x.settled();
    unlisten();
    this.become(described(refused, pairs(keys).length));
  }

  private become(availability: Availability): void {
    const before = this.availability;
    this.availability = availability;
    if (this.stage === "open" && before.available !== availability.available) this.events.changed(availability);
  }
}

async function readCoreKeymap(x: X11Connection): Promise<CoreKeymap> {
  const { min_keycode: firstKeycode, max_keycode: last } = x.display;
  const count = last - firstKeycode + 1;
  const [keysyms, modifiers] = await Promise.all([
    x.ask<readonly (readonly number[])[]>((reply) => x.client.GetKeyboardMapping(firstKeycode, count, reply)),
    x.ask<readonly (readonly number[])[]>((reply) => x.client.GetModifierMapping(reply)),
  ]);
  return { firstKeycode, keysyms, modifiers };
}

function pairs({ keycodes, modifiers }: ChordKeys): [keycode: number, modifiers: number][] {
  return keycodes.flatMap((keycode) => modifiers.map((one): [number, number] => [keycode, one]));
}

function sameKeys(a: ChordKeys, b: ChordKeys): boolean {
  return a.keycodes.join() === b.keycodes.join() && a.modifiers.join() === b.modifiers.join();
}

function described(refused: number, wanted: number): Availability {
  if (refused === 0) return { available: true, note: `${STOP_CHORD} stops sharing` };
  const when = refused === wanted ? "" : " in some states of Caps Lock and Num Lock";
  return {
    available: false,
    why: `${STOP_CHORD} does not stop sharing${when}: another program has taken that key combination for itself.`,
    hint: "Close that program (another deskbeam?) or free the combination in its settings; until then stop in the terminal.",
  };
}

function gone(displayName: string): Availability {
  return {
    available: false,
    why: `${STOP_CHORD} does not stop sharing any more: the X display ${displayName} closed the connection.`,
    hint: "Stop in the terminal.",
  };
}
