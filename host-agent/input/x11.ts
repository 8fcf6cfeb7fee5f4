import type { Buffer } from "node:buffer";
import type { Point } from "../../protocol/geometry.ts";
import type { Button } from "../../protocol/input.ts";
import { type Availability, HostError } from "../errors.ts";
import type { X11Pointer } from "../x11/client.ts";
import { openX11, X11Closed, type X11Connection } from "../x11/connection.ts";
import type { X11Xkb, X11Xtest } from "../x11/extensions.ts";
import type { InputDriver, InputInjector, InputTarget, KeyStroke } from "./driver.ts";
import { WheelNotches } from "./wheel-notches.ts";
import { Keyboard } from "./x11/keyboard.ts";

/** X numbers the wheel's four directions as buttons 4..7, so back and forward are 8 and 9. */
const X_BUTTONS: Readonly<Record<Button, number>> = { 1: 1, 2: 2, 3: 3, 4: 8, 5: 9 };
const WHEEL_UP = 4;
const WHEEL_DOWN = 5;
const WHEEL_LEFT = 6;
const WHEEL_RIGHT = 7;

/** Input that waits is bounded; beyond this much (a character or an action each) only ups are taken. */
const MAX_WAITING = 16_384;

type Environment = Readonly<Record<string, string | undefined>>;

/** X displays, through XTEST and XKB. Under Wayland only when a display is named: Xwayland is not the desktop. */
export function x11Input(environment: Environment): InputDriver {
  return {
    name: "x11",
    async probe(target) {
      try {
        const opened = await openKeyboardAndPointer(target, environment);
        await opened.connection.close();
        return { available: true, note: `XTEST on ${opened.connection.displayName}` };
      } catch (error) {
        return refusal(error);
      }
    },
    async open(target) {
      const { connection, xtest, xkb } = await openKeyboardAndPointer(target, environment);
      const leftovers = await letGoOfLeftovers(connection, xtest);
      const keyboard = await Keyboard.open(connection, xtest, xkb);
      await keyboard.repeatAgain(leftovers);
      return new X11Injector(connection, xtest, keyboard);
    },
  };
}

class X11Injector implements InputInjector {
  readonly name = "x11";
  private readonly connection: X11Connection;
  private readonly xtest: X11Xtest;
  private readonly keyboard: Keyboard;
  private readonly waiting: { readonly cost: number; readonly act: () => void | Promise<void> }[] = [];
  private waitingCost = 0;
  private busy: boolean = false;
  private running: Promise<void> = Promise.resolve();
  private closing: Promise<void> | undefined;
  private readonly wheelNotches = new WheelNotches();

  constructor(connection: X11Connection, xtest: X11Xtest, keyboard: Keyboard) {
    this.connection = connection;
    this.xtest = xtest;
    this.keyboard = keyboard;
  }

  pointer(to: Point): void {
    this.enqueue(1, () => this.fake(this.xtest.MotionNotify, 0, to));
  }

  button(button: Button, down: boolean): void {
    const type = down ? this.xtest.ButtonPress : this.xtest.ButtonRelease;
    this.enqueue(down ? 1 : 0, () => this.fake(type, X_BUTTONS[button]));
  }

  wheel(dx: number, dy: number): void {
    const { right, down } = this.wheelNotches.turn(dx, dy);
    this.enqueue(1, () => {
      this.click(down > 0 ? WHEEL_DOWN : WHEEL_UP, Math.abs(down));
      this.click(right > 0 ? WHEEL_RIGHT : WHEEL_LEFT, Math.abs(right));
    });
  }

  key(stroke: KeyStroke): void {
    this.enqueue(stroke.down ? 1 : 0, () => this.keyboard.stroke(stroke));
  }

  text(value: string): void {
    this.enqueue(value.length, () => this.keyboard.type(value));
  }

  async settled(): Promise<void> {
    while (this.busy) await this.running;
    if (!this.connection.closed) await this.connection.settled().catch(ignoreClosed);
  }

  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    // What waits is not typed any more, but ups are: they cost nothing.
    const ups = this.waiting.filter((one) => one.cost === 0);
    this.waiting.splice(0, this.waiting.length, ...ups);
    while (this.busy) await this.running;
    await this.keyboard.close().catch(ignoreClosed);
    await this.connection.close();
  }

  /** In order: at once when nothing waits. `cost` 0 is an up, which is never refused. */
  private enqueue(cost: number, act: () => void | Promise<void>): void {
    if (this.closing !== undefined || this.connection.closed) return;
    if (cost > 0 && this.waitingCost + cost > MAX_WAITING) return;
    this.waitingCost += cost;
    this.waiting.push({ cost, act });
    if (!this.busy) this.running = this.run();
  }

  private async run(): Promise<void> {
    this.busy = true;
    try {
      for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
        this.waitingCost -= next.cost;
        const unfinished = next.act();
        if (unfinished !== undefined) await unfinished;
      }
    } catch (error) {
      this.waiting.length = 0;
      this.waitingCost = 0;
      ignoreClosed(error);
    } finally {
      this.busy = false;
    }
  }

  private click(button: number, times: number): void {
    for (let count = 0; count < times; count++) {
      this.fake(this.xtest.ButtonPress, button);
      this.fake(this.xtest.ButtonRelease, button);
    }
  }

  private fake(type: number, detail: number, at: Point = { x: 0, y: 0 }): void {
    this.xtest.FakeInput(type, detail, 0, this.connection.root, at.x, at.y);
  }
}

async function openKeyboardAndPointer(
  target: InputTarget,
  environment: Environment,
): Promise<{ connection: X11Connection; xtest: X11Xtest; xkb: X11Xkb }> {
  const isWayland = environment.XDG_SESSION_TYPE === "wayland" || environment.WAYLAND_DISPLAY !== undefined;
  if (target.display === undefined && isWayland) {
    throw new HostError(
      "input-unavailable",
      "This is a Wayland session: XTEST would reach only programs that run under Xwayland.",
      "Log in to an X11 session, or name an X display with --display.",
    );
  }
  const connection = await openX11(target.display ?? environment.DISPLAY, false);
  try {
    const xtest = await connection.extension("xtest");
    const xkb = await connection.extension("xkb");
    // A menu that has grabbed the server would keep our clicks out, and itself open for ever.
    xtest.GrabControl(true);
    return { connection, xtest, xkb };
  } catch (error) {
    await connection.close();
    throw new HostError(
      "input-unavailable",
      `The X display ${connection.displayName} lacks the XTEST or XKEYBOARD extension, which input needs.`,
      "Start the X server with +extension XTEST, or share with --view-only.",
      { cause: error },
    );
  }
}

/**
 * A host agent that was killed may have left keys down on XTEST's own keyboard. What a person holds stays down.
 * @returns every keycode that was down, whoever held it
 */
async function letGoOfLeftovers(connection: X11Connection, xtest: X11Xtest): Promise<number[]> {
  const { client, root } = connection;
  const down: number[] = [];
  const keys = await connection.ask<Buffer>((reply) => client.QueryKeymap(reply));
  for (let keycode = connection.display.min_keycode; keycode <= connection.display.max_keycode; keycode++) {
    const isDown = ((keys[keycode >> 3] ?? 0) & (1 << (keycode & 7))) !== 0;
    if (!isDown) continue;
    down.push(keycode);
    xtest.FakeInput(xtest.KeyRelease, keycode, 0, root, 0, 0);
  }
  const { keyMask } = await connection.ask<X11Pointer>((reply) => client.QueryPointer(root, reply));
  for (let button = 1; button <= 5; button++) {
    if ((keyMask & (0x80 << button)) !== 0) xtest.FakeInput(xtest.ButtonRelease, button, 0, root, 0, 0);
  }
  return down;
}

function refusal(error: unknown): Availability {
  if (!(error instanceof HostError)) throw error;
  return { available: false, why: error.message, hint: error.hint };
}

/** The display is gone, and with it everything that could be injected; capture reports that. Anything else is a bug. */
function ignoreClosed(error: unknown): void {
  if (!(error instanceof X11Closed)) throw error;
}
