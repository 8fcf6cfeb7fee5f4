import type { Key, KeyboardProviderInterface, MouseProviderInterface } from "@nut-tree/nut-js/dist/index.js";
import type { Point } from "../../protocol/geometry.ts";
import type { Button } from "../../protocol/input.ts";
import type { KeyCode } from "../../protocol/key-code.ts";
import { HostError } from "../errors.ts";
import type { InputDriver, InputInjector, InputTarget, KeyStroke } from "./driver.ts";
import { nutKeyName } from "./nut/key-name.ts";
import { usKey } from "./nut/us-layout.ts";
import { X11KeyGuard } from "./nut/x11-guard.ts";
import { WheelNotches } from "./wheel-notches.ts";

/** Actions that wait for those before them. */
const MAX_WAITING = 4096;

type Environment = Readonly<Record<string, string | undefined>>;

type KeyName = keyof typeof Key;
type Nut = typeof import("@nut-tree/nut-js/dist/index.js");

/**
 * nut-js: Windows, macOS and X11 alike. The portable driver, with limits: buttons 4 and 5 are ignored (nut-js has
 * three), and characters follow the US layout: one that a US keyboard has is typed by pressing the key that has it.
 * Others are left to nut-js, which types them on Windows and macOS; on X11 it cannot, and they are left out.
 */
export function nutInput(environment: Environment): InputDriver {
  return {
    name: "nut",
    probe: async (target) => {
      try {
        const { guard } = await load(target, environment);
        await guard?.close();
        return { available: true, note: "nut-js; characters follow the US keyboard layout" };
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
        return { available: false, why: error.message, hint: error.hint };
      }
    },
    open: async (target) => {
      const { nut, guard } = await load(target, environment);
      return new NutInjector(nut, guard);
    },
  };
}

/** The native library keeps the first display it opened until the process ends; we must know which that was. */
let displayOfLibrary: string | undefined;

async function load(
  target: InputTarget,
  environment: Environment,
): Promise<{ nut: Nut; guard: X11KeyGuard | undefined }> {
  const guard = process.platform === "linux" ? await openDisplay(target, environment) : undefined;
  try {
    return { nut: await import("@nut-tree/nut-js/dist/index.js"), guard };
  } catch (error) {
    await guard?.close();
    throw new HostError(
      "input-unavailable",
      `nut-js cannot load its native library here: ${error instanceof Error ? error.message : error}`,
      "On Debian: apt install libxtst6 libx11-6. Or use --input x11.",
      { cause: error },
    );
  }
}

/** On a display that does not open, the native library takes the whole process down; so we look first. */
async function openDisplay(target: InputTarget, environment: Environment): Promise<X11KeyGuard> {
  const isWayland = environment.XDG_SESSION_TYPE === "wayland" || environment.WAYLAND_DISPLAY !== undefined;
  if (target.display === undefined && isWayland) {
    throw new HostError(
      "input-unavailable",
      "This is a Wayland session: nut-js would reach only programs that run under Xwayland.",
      "Log in to an X11 session, or name an X display with --display.",
    );
  }
  const display = target.display ?? environment.DISPLAY;
  if (displayOfLibrary !== undefined && displayOfLibrary !== display) {
    throw new HostError(
      "input-unavailable",
      `nut-js is bound to the X display ${displayOfLibrary} and cannot change to ${display ?? "another"}.`,
      "Use --input x11, or start another deskbeam for the other display.",
    );
  }
  const guard = await X11KeyGuard.open(display);
  displayOfLibrary = display;
  // The library reads the process's own environment, whatever was named on the command line.
  if (display !== undefined) process.env.DISPLAY = display;
  return guard;
}

class NutInjector implements InputInjector {
  readonly name = "nut";
  private readonly nut: Nut;
  private readonly guard: X11KeyGuard | undefined;
  private readonly mouse: MouseProviderInterface;
  private readonly keyboard: KeyboardProviderInterface;
  private readonly pressedByCode = new Map<KeyCode, Key>();
  private last: Promise<void> = Promise.resolve();
  private waiting = 0;
  private closed: boolean = false;
  private readonly wheelNotches = new WheelNotches();

  constructor(nut: Nut, guard: X11KeyGuard | undefined) {
    this.nut = nut;
    this.guard = guard;
    this.mouse = nut.providerRegistry.getMouse();
    this.keyboard = nut.providerRegistry.getKeyboard();
    this.mouse.setMouseDelay(0);
    this.keyboard.setKeyboardDelay(0);
  }

  pointer(to: Point): void {
    this.enqueue(() => this.mouse.setMousePosition(new this.nut.Point(to.x, to.y)));
  }

  button(button: Button, down: boolean): void {
    const which = button === 1 ? "LEFT" : button === 2 ? "MIDDLE" : button === 3 ? "RIGHT" : undefined;
    if (which === undefined) return;
    const nutButton = this.nut.Button[which];
    this.enqueue(() => (down ? this.mouse.pressButton(nutButton) : this.mouse.releaseButton(nutButton)), !down);
  }

  wheel(dx: number, dy: number): void {
    const { right, down } = this.wheelNotches.turn(dx, dy);
    this.enqueue(async () => {
      if (down > 0) await this.mouse.scrollDown(down);
      if (down < 0) await this.mouse.scrollUp(-down);
      // On X11 the native library has left and right the wrong way round.
      const toTheRight = process.platform === "linux" ? -right : right;
      if (toTheRight > 0) await this.mouse.scrollRight(toTheRight);
      if (toTheRight < 0) await this.mouse.scrollLeft(-toTheRight);
    });
  }

  key(stroke: KeyStroke): void {
    this.enqueue(() => (stroke.down ? this.press(stroke) : this.release(stroke.code)), !stroke.down);
  }

  text(value: string): void {
    this.enqueue(async () => {
      for (const character of value) await this.type(character);
    });
  }

  private async press(stroke: KeyStroke): Promise<void> {
    const us = usKey(stroke.text);
    if (stroke.text !== "" && (us === undefined || us.shift !== this.shiftIsDown())) {
      for (const character of stroke.text) await this.type(character);
      return;
    }
    const name = nutKeyName(us?.code ?? stroke.code);
    if (name === undefined) return;
    const before = this.pressedByCode.get(stroke.code);
    const key = this.nut.Key[name];
    // The display repeats what is down by itself.
    if (before === key) return;
    if (before !== undefined) await this.keyboard.releaseKey(before);
    if (await this.pressed(name)) this.pressedByCode.set(stroke.code, key);
    else this.pressedByCode.delete(stroke.code);
  }

  /** False for a key that this system or its layout lacks. */
  private async pressed(name: KeyName): Promise<boolean> {
    if (this.guard !== undefined && !(await this.guard.allows(name))) return false;
    try {
      await this.keyboard.pressKey(this.nut.Key[name]);
      return true;
    } catch (error) {
      if (error instanceof Error && /invalid key/i.test(error.message)) return false;
      throw error;
    }
  }

  private async release(code: KeyCode): Promise<void> {
    const key = this.pressedByCode.get(code);
    if (key === undefined) return;
    this.pressedByCode.delete(code);
    await this.keyboard.releaseKey(key);
  }

  /** One character with Shift as it needs it, and Shift put back after. */
  private async type(character: string): Promise<void> {
    const us = usKey(character);
    const name = us === undefined ? undefined : nutKeyName(us.code);
    if (us === undefined || name === undefined) {
      // With a guard this is X11, where nut-js would press a key without a meaning.
      if (this.guard === undefined) await this.keyboard.type(character);
      return;
    }
    const shifts = this.heldShifts();
    const { Key } = this.nut;
    if (!us.shift) for (const shift of shifts) await this.keyboard.releaseKey(shift);
    if (us.shift && shifts.length === 0) await this.pressed("LeftShift");
    if (await this.pressed(name)) await this.keyboard.releaseKey(Key[name]);
    if (us.shift && shifts.length === 0) await this.keyboard.releaseKey(Key.LeftShift);
    if (!us.shift) for (const shift of shifts) await this.keyboard.pressKey(shift);
  }

  private heldShifts(): Key[] {
    const { LeftShift, RightShift } = this.nut.Key;
    return [...this.pressedByCode.values()].filter((key) => key === LeftShift || key === RightShift);
  }

  private shiftIsDown(): boolean {
    return this.heldShifts().length > 0;
  }

  async settled(): Promise<void> {
    let last: Promise<void>;
    do {
      last = this.last;
      await last;
    } while (last !== this.last);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.settled();
    await this.guard?.close();
  }

  /** In order. Beyond MAX_WAITING only ups are taken. */
  private enqueue(act: () => Promise<void>, isUp = false): void {
    if (this.closed || (!isUp && this.waiting >= MAX_WAITING)) return;
    this.waiting += 1;
    this.last = this.last.then(act).finally(() => {
      this.waiting -= 1;
    });
  }
}
