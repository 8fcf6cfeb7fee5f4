import { Keymap } from "../../host-agent/input/x11/keymap.ts";
import { characterOf } from "../../host-agent/input/x11/keysym.ts";
import { readKeymap } from "../../host-agent/input/x11/read-keymap.ts";
import { openX11, X11Closed, type X11Connection } from "../../host-agent/x11/connection.ts";
import type { X11Xkb } from "../../host-agent/x11/extensions.ts";

/** What an X program was told. `character` is what it would type, read from the key map as it was then. */
export type Recorded =
  | {
      readonly kind: "key";
      readonly down: boolean;
      readonly keycode: number;
      /** Modifiers as the event carries them: Shift 1, Lock 2, Control 4, Mod1..Mod5 8..128. */
      readonly mods: number;
      readonly character: string | undefined;
    }
  | { readonly kind: "button"; readonly down: boolean; readonly button: number; readonly x: number; readonly y: number }
  | { readonly kind: "motion"; readonly x: number; readonly y: number };

const KEY_EVENTS = 1 | 2;
const BUTTON_EVENTS = 4 | 8;
const POINTER_MOTION = 64;
const INPUT_OUTPUT = 1;
const REVERT_TO_PARENT = 2;
const ALL_MAP_PARTS = 0xff;
const WAIT_LIMIT_MS = 10_000;

/**
 * A real X program: a window over the whole display that has the keyboard focus and writes down what comes. It looks
 * characters up as programs do, by the state in the event and the key map it holds, which it reads again when told.
 */
export class XInputRecorder {
  readonly events: Recorded[] = [];
  /** Called with each of them as it comes. */
  onRecorded: (event: Recorded) => void = () => {};
  private readonly connection: X11Connection;
  private readonly xkb: X11Xkb;
  private keymap: Keymap;
  /** Events are handled one after the other, because one of them may first have to read the key map. */
  private handling: Promise<void> = Promise.resolve();
  private readonly changed = new Set<() => void>();

  private constructor(connection: X11Connection, xkb: X11Xkb, keymap: Keymap) {
    this.connection = connection;
    this.xkb = xkb;
    this.keymap = keymap;
  }

  static async open(display: string): Promise<XInputRecorder> {
    const connection = await openX11(display, false);
    const xkb = await connection.extension("xkb");
    const wanted = xkb.EventType.NewKeyboardNotify | xkb.EventType.MapNotify;
    xkb.SelectEvents(xkb.UseCoreKbd, wanted, 0, wanted, ALL_MAP_PARTS, ALL_MAP_PARTS);
    const recorder = new XInputRecorder(connection, xkb, new Keymap(await readKeymap(connection, xkb)));
    recorder.listen();
    const { client, screen } = connection;
    const window = client.AllocID();
    client.CreateWindow(window, connection.root, 0, 0, screen.pixel_width, screen.pixel_height, 0, 0, INPUT_OUTPUT, 0, {
      overrideRedirect: 1,
      eventMask: KEY_EVENTS | BUTTON_EVENTS | POINTER_MOTION,
    });
    client.MapWindow(window);
    client.SetInputFocus(window, REVERT_TO_PARENT);
    await connection.settled();
    return recorder;
  }

  /** Everything the server has sent so far is in `events`. */
  async settled(): Promise<void> {
    await this.connection.settled();
    await this.handling;
  }

  /** Waits until `enough` holds of what was recorded. */
  async until(what: string, enough: (events: readonly Recorded[]) => boolean): Promise<void> {
    if (enough(this.events)) return;
    await new Promise<void>((resolve, reject) => {
      const finish = (act: () => void) => {
        clearTimeout(limit);
        this.changed.delete(look);
        act();
      };
      const look = () => {
        if (enough(this.events)) finish(resolve);
      };
      const limit = setTimeout(
        () => finish(() => reject(new Error(`waited for ${what}; seen: ${JSON.stringify(this.events.slice(-20))}`))),
        WAIT_LIMIT_MS,
      );
      this.changed.add(look);
    });
  }

  /** The characters typed so far. */
  get typed(): string {
    return this.events.map((event) => (event.kind === "key" && event.down ? (event.character ?? "") : "")).join("");
  }

  clear(): void {
    this.events.length = 0;
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  private listen(): void {
    const key = (down: boolean) => (event: { keycode: number; buttons: number }) =>
      this.handle(() => {
        const mods = event.buttons & 0xff;
        const character = lookUp(this.keymap, event.keycode, event.buttons);
        this.record({ kind: "key", down, keycode: event.keycode, mods, character });
      });
    const button = (down: boolean) => (event: { keycode: number; rootx: number; rooty: number }) =>
      this.handle(() => this.record({ kind: "button", down, button: event.keycode, x: event.rootx, y: event.rooty }));
    this.connection.onEvent("KeyPress", key(true));
    this.connection.onEvent("KeyRelease", key(false));
    this.connection.onEvent("ButtonPress", button(true));
    this.connection.onEvent("ButtonRelease", button(false));
    this.connection.onEvent("MotionNotify", (event) =>
      this.handle(() => this.record({ kind: "motion", x: event.rootx, y: event.rooty })),
    );
    this.connection.onEvent("XkbEvent", () =>
      this.handle(async () => {
        try {
          this.keymap = new Keymap(await readKeymap(this.connection, this.xkb));
        } catch (error) {
          // A change that arrives while the recorder closes is nobody's business any more.
          if (!(error instanceof X11Closed)) throw error;
        }
      }),
    );
  }

  private handle(act: () => void | Promise<void>): void {
    this.handling = this.handling.then(act);
  }

  private record(event: Recorded): void {
    this.events.push(event);
    this.onRecorded(event);
    for (const look of [...this.changed]) look();
  }
}

/** Xlib's rule: the type picks the level; a Caps Lock that the type leaves unused makes capitals. */
function lookUp(keymap: Keymap, keycode: number, state: number): string | undefined {
  const groups = keymap.rows.get(keycode)?.groups ?? [];
  const chosen = groups[groups.length === 0 ? 0 : ((state >> 13) & 3) % groups.length];
  if (chosen === undefined) return undefined;
  const entry = chosen.type.levels.find((one) => one.mods === (state & chosen.type.mask));
  const character = characterOf(chosen.keysyms[entry?.level ?? 0] ?? 0);
  const lockUnused = (state & 2 & ~(chosen.type.mask & ~(entry?.preserve ?? 0))) !== 0;
  return lockUnused ? character?.toUpperCase() : character;
}
