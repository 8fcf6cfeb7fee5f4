import type { X11KeyboardControl } from "../../x11/client.ts";
import type { X11Connection } from "../../x11/connection.ts";

const OFF = 0;
const ON = 1;

/**
 * The server's own repetition of a key that is down, stopped for each key that a viewer holds: what the viewer's machine
 * repeats comes over the network, and what the server repeated would go on while the network is cut. All other keys, and
 * so those of whoever sits at the desktop, repeat as ever.
 */
export class ServerRepeat {
  private readonly connection: X11Connection;
  private readonly stopped = new Set<number>();

  constructor(connection: X11Connection) {
    this.connection = connection;
  }

  /** True for keycodes that would repeat had they not been stopped: not for modifiers, locks and what changes the layout. */
  isStopped(keycode: number): boolean {
    return this.stopped.has(keycode);
  }

  /** To be called before the press: of a repetition that has begun the server asks no more whether it may. */
  async stop(keycode: number): Promise<void> {
    if (this.stopped.has(keycode) || !(await this.repeating())(keycode)) return;
    this.stopped.add(keycode);
    this.set(keycode, OFF);
  }

  /** Every key that is not down repeats again. */
  resumeAllBut(down: ReadonlySet<number>): void {
    for (const keycode of this.stopped) {
      if (down.has(keycode)) continue;
      this.stopped.delete(keycode);
      this.set(keycode, ON);
    }
  }

  /** For keys that a host agent held when it was killed: their repetition is still stopped. */
  async resume(keycodes: readonly number[]): Promise<void> {
    if (keycodes.length === 0) return;
    const repeats = await this.repeating();
    for (const keycode of keycodes) if (!repeats(keycode)) this.set(keycode, ON);
  }

  private async repeating(): Promise<(keycode: number) => boolean> {
    const { client } = this.connection;
    const { autoRepeats } = await this.connection.ask<X11KeyboardControl>((reply) => client.GetKeyboardControl(reply));
    return (keycode) => ((autoRepeats[keycode >> 3] ?? 0) & (1 << (keycode & 7))) !== 0;
  }

  private set(key: number, autoRepeatMode: number): void {
    this.connection.client.ChangeKeyboardControl({ key, autoRepeatMode });
  }
}
