import { setTimeout as wait } from "node:timers/promises";
import type { KeyCode } from "../../../protocol/key-code.ts";
import type { X11Connection } from "../../x11/connection.ts";
import type { X11KeyboardState, X11Xkb, X11Xtest } from "../../x11/extensions.ts";
import type { KeyStroke } from "../driver.ts";
import { evdevKeycode } from "./evdev-keycode.ts";
import { type KeyChoice, Keymap, LOCK } from "./keymap.ts";
import { keysymOf } from "./keysym.ts";
import { readKeymap } from "./read-keymap.ts";
import { ServerRepeat } from "./server-repeat.ts";
import { REUSE_AFTER_MS, SpareKeys } from "./spare-keys.ts";

/** Key types, symbols, modifiers and the rest of a map: MapNotify is asked for part by part. */
const ALL_MAP_PARTS = 0xff;

/** What a viewer's key became: a keycode that is down until its up, or characters that are typed and done with. */
type Held = { readonly as: "pressed"; readonly keycode: number } | { readonly as: "typed" };

/**
 * Types on an X display. A character is looked up in the server's own key map, so it comes out whatever the layout,
 * Shift and Caps Lock say; one that the layout lacks is bound to a spare keycode. One call at a time.
 */
export class Keyboard {
  private readonly connection: X11Connection;
  private readonly xtest: X11Xtest;
  private readonly xkb: X11Xkb;
  private readonly spares = new SpareKeys();
  private readonly serverRepeat: ServerRepeat;
  private readonly down = new Set<number>();
  private readonly held = new Map<KeyCode, Held>();
  private keymap: Keymap;
  private keymapIsStale: boolean = false;
  private lastBoundUseMs = Number.NEGATIVE_INFINITY;

  private constructor(connection: X11Connection, xtest: X11Xtest, xkb: X11Xkb, keymap: Keymap) {
    this.connection = connection;
    this.xtest = xtest;
    this.xkb = xkb;
    this.serverRepeat = new ServerRepeat(connection);
    this.keymap = keymap;
    this.spares.adopt(keymap);
    const stale = () => {
      this.keymapIsStale = true;
    };
    // A client that speaks XKB is told in XKB's words only; which of its events matters not, so rare are they.
    connection.onEvent("XkbEvent", stale);
    connection.onEvent("MappingNotify", stale);
  }

  static async open(connection: X11Connection, xtest: X11Xtest, xkb: X11Xkb): Promise<Keyboard> {
    const { NewKeyboardNotify, MapNotify } = xkb.EventType;
    const wanted = NewKeyboardNotify | MapNotify;
    xkb.SelectEvents(xkb.UseCoreKbd, wanted, 0, wanted, ALL_MAP_PARTS, ALL_MAP_PARTS);
    return new Keyboard(connection, xtest, xkb, new Keymap(await readKeymap(connection, xkb)));
  }

  async stroke(stroke: KeyStroke): Promise<void> {
    if (stroke.down) await this.goDown(stroke);
    else this.goUp(stroke.code);
    this.serverRepeat.resumeAllBut(this.down);
  }

  private goUp(code: KeyCode): void {
    const before = this.held.get(code);
    this.held.delete(code);
    if (before?.as === "pressed") this.release(before.keycode);
  }

  private async goDown(stroke: KeyStroke): Promise<void> {
    const before = this.held.get(stroke.code);
    // Some machines repeat Shift and Caps Lock too; on a desktop they do nothing more while they are down.
    if (stroke.repeat && before?.as === "pressed" && !this.serverRepeat.isStopped(before.keycode)) return;
    // A repeat is a stroke of its own: the server ignores a second press of what is down.
    if (before?.as === "pressed") this.release(before.keycode);
    this.held.set(stroke.code, { as: "typed" });
    if (stroke.text === "") await this.hold(stroke.code, evdevKeycode(stroke.code));
    else if ([...stroke.text].length > 1) await this.type(stroke.text);
    else await this.typeOne(stroke.text, stroke.code);
  }

  /** What a killed host agent held may be stopped from repeating still. */
  async repeatAgain(leftovers: readonly number[]): Promise<void> {
    await this.serverRepeat.resume(leftovers.filter((keycode) => this.keymap.modsOf(keycode) === 0));
  }

  /** Types each character, down and up at once. */
  async type(text: string): Promise<void> {
    for (const character of text) await this.typeOne(character, undefined);
  }

  /** Lets every key repeat again, and takes back every binding once programs have had the time to read the last one. */
  async close(): Promise<void> {
    if (this.connection.closed) return;
    this.serverRepeat.resumeAllBut(new Set());
    if (this.spares.boundKeycodes.length === 0) return await this.connection.settled();
    await wait(Math.max(0, this.lastBoundUseMs + REUSE_AFTER_MS - performance.now()));
    // Another program may have given a keycode a meaning meanwhile; that one is no longer ours.
    this.adopt(new Keymap(await readKeymap(this.connection, this.xkb)));
    for (const keycode of this.spares.boundKeycodes) this.connection.client.ChangeKeyboardMapping(keycode, 2, [0, 0]);
    await this.connection.settled();
  }

  private async typeOne(character: string, code: KeyCode | undefined): Promise<void> {
    const physical = code === undefined ? undefined : evdevKeycode(code);
    const { state, choice } = await this.choose(character, physical);
    // Every spare key is held down just now: one character is lost, which is better than a wrong one.
    if (choice === undefined) return;
    const isBound = this.spares.used(choice.keycode, performance.now());
    if (isBound) this.lastBoundUseMs = performance.now();
    const asItIs = choice.removeMods === 0 && choice.addMods === 0 && choice.group === undefined;
    if (code !== undefined && asItIs) await this.hold(code, choice.keycode);
    else this.tap(choice, state);
  }

  private async choose(
    character: string,
    physical: number | undefined,
  ): Promise<{ state: X11KeyboardState; choice: KeyChoice | undefined }> {
    const state = await this.connection.ask<X11KeyboardState>((reply) => this.xkb.GetState(this.xkb.UseCoreKbd, reply));
    // The answer came after every change of the key map before it, so the map is now either good or known to be stale.
    if (this.keymapIsStale) await this.readAgain();
    const choice = this.find(character, state, physical);
    if (choice !== undefined) return { state, choice };
    const spare = this.spares.next((keycode) => this.down.has(keycode), performance.now());
    if (spare === undefined) return { state, choice: undefined };
    if (spare.waitMs > 0) await wait(spare.waitMs);
    const keysym = keysymOf(character);
    this.connection.client.ChangeKeyboardMapping(spare.keycode, 2, [keysym, keysym]);
    this.spares.bound(spare.keycode, keysym, performance.now());
    await this.readAgain();
    return { state, choice: this.find(character, state, physical) };
  }

  private find(character: string, state: X11KeyboardState, physical: number | undefined): KeyChoice | undefined {
    let ours = 0;
    for (const keycode of this.down) ours |= this.keymap.modsOf(keycode);
    return this.keymap.find(
      character,
      { mods: state.mods, fixedMods: state.baseMods & ~ours, group: state.group },
      physical,
    );
  }

  private async readAgain(): Promise<void> {
    this.keymapIsStale = false;
    this.adopt(new Keymap(await readKeymap(this.connection, this.xkb)));
  }

  private adopt(keymap: Keymap): void {
    this.keymap = keymap;
    this.spares.adopt(keymap);
  }

  private async hold(code: KeyCode, keycode: number | undefined): Promise<void> {
    if (keycode === undefined) return;
    this.letGo(keycode);
    await this.serverRepeat.stop(keycode);
    this.press(keycode);
    this.held.set(code, { as: "pressed", keycode });
  }

  /** A key that is down already cannot go down again: whichever of the viewer's keys holds it has had its turn. */
  private letGo(keycode: number): void {
    if (!this.down.has(keycode)) return;
    this.release(keycode);
    for (const [code, held] of this.held) {
      if (held.as === "pressed" && held.keycode === keycode) this.held.set(code, { as: "typed" });
    }
  }

  /** One press with other modifiers than those in effect, which are put back at once: nobody's event comes between. */
  private tap(choice: KeyChoice, state: X11KeyboardState): void {
    const liftedMods = choice.removeMods & ~LOCK;
    const lifted = [...this.down].filter((keycode) => (this.keymap.modsOf(keycode) & liftedMods) !== 0);
    const added = [...this.keymap.keycodeByModifier]
      .filter(([bit]) => (choice.addMods & bit) !== 0)
      .map(([, keycode]) => keycode);
    const unlocked = state.lockedMods & choice.removeMods;
    const groupOffset = state.group - state.lockedGroup;
    this.letGo(choice.keycode);
    for (const keycode of lifted) this.release(keycode);
    this.lock(unlocked, 0, choice.group === undefined ? undefined : choice.group - groupOffset);
    for (const keycode of added) this.press(keycode);
    this.press(choice.keycode);
    this.release(choice.keycode);
    for (const keycode of added) this.release(keycode);
    this.lock(unlocked, unlocked, choice.group === undefined ? undefined : state.lockedGroup);
    for (const keycode of lifted) this.press(keycode);
  }

  /** Sets locked modifiers and layout without pressing a key, so that no program sees Caps Lock go down. */
  private lock(affect: number, mods: number, group: number | undefined): void {
    if (affect === 0 && group === undefined) return;
    this.xkb.LatchLockState(this.xkb.UseCoreKbd, affect, mods, group !== undefined, group ?? 0, 0, 0, false, 0);
  }

  private press(keycode: number): void {
    this.down.add(keycode);
    this.xtest.FakeInput(this.xtest.KeyPress, keycode, 0, this.connection.root, 0, 0);
  }

  private release(keycode: number): void {
    this.down.delete(keycode);
    this.xtest.FakeInput(this.xtest.KeyRelease, keycode, 0, this.connection.root, 0, 0);
  }
}
