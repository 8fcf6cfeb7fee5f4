import { setTimeout as wait } from "node:timers/promises";
import { openX11, type X11Connection } from "../../../host-agent/x11/connection.ts";
import type { X11Xtest } from "../../../host-agent/x11/extensions.ts";
import type { Point } from "../../../protocol/geometry.ts";

const LIMIT_MS = 10_000;
const Z_PIXMAP = 2;
const ALL_PLANES = 0xffffffff;
const SUBSTRUCTURE_NOTIFY = 0x80000;

/** Waits until it holds, looking again and again. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + LIMIT_MS;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`waited for ${what}`);
    await wait(15);
  }
}

/** Another X program: it sees what is on the display, moves the pointer and presses keys. */
export class Onlooker {
  readonly x: X11Connection;
  /** Windows that were mapped since it is here. */
  readonly mapped: number[] = [];
  private readonly xtest: X11Xtest;

  private constructor(x: X11Connection, xtest: X11Xtest) {
    this.x = x;
    this.xtest = xtest;
    x.onEvent("MapNotify", ({ wid }) => this.mapped.push(wid));
  }

  static async open(display: string): Promise<Onlooker> {
    const x = await openX11(display);
    x.client.ChangeWindowAttributes(x.root, { eventMask: SUBSTRUCTURE_NOTIFY });
    return new Onlooker(x, await x.extension("xtest"));
  }

  /** 0xRRGGBB */
  async colorAt({ x, y }: Point): Promise<number> {
    const { client, root } = this.x;
    const { data } = await this.x.ask<{ data: Buffer }>((reply) =>
      client.GetImage(Z_PIXMAP, root, x, y, 1, 1, ALL_PLANES, reply),
    );
    return data.readUIntLE(0, 3);
  }

  async moveTo(to: Point): Promise<void> {
    this.fake(this.xtest.MotionNotify, 0, to);
    await this.x.settled();
  }

  async button(down: boolean): Promise<void> {
    this.fake(down ? this.xtest.ButtonPress : this.xtest.ButtonRelease, 1);
    await this.x.settled();
  }

  async click(at: Point): Promise<void> {
    await this.moveTo(at);
    await this.button(true);
    await this.button(false);
  }

  /** Presses them one after the other. */
  async press(...keycodes: readonly number[]): Promise<void> {
    for (const keycode of keycodes) this.fake(this.xtest.KeyPress, keycode);
    await this.x.settled();
  }

  async release(...keycodes: readonly number[]): Promise<void> {
    for (const keycode of keycodes) this.fake(this.xtest.KeyRelease, keycode);
    await this.x.settled();
  }

  /** Presses them one after the other, and lets go the other way round. */
  async keys(...keycodes: readonly number[]): Promise<void> {
    await this.press(...keycodes);
    await this.release(...keycodes.toReversed());
  }

  async close(): Promise<void> {
    await this.x.close();
  }

  private fake(type: number, detail: number, at: Point = { x: 0, y: 0 }): void {
    this.xtest.FakeInput(type, detail, 0, this.x.root, at.x, at.y);
  }
}

/** Hears all raw input on a display, whoever caused it: what it has heard, others have been told too. */
export async function openRawWitness(
  display: string,
): Promise<{ readonly x: X11Connection; readonly kinds: Set<string> }> {
  const x = await openX11(display);
  const xinput = await x.extension("xinput");
  const { RawMotion, RawButtonPress, RawKeyPress } = xinput.EventMask;
  const mask = RawMotion | RawButtonPress | RawKeyPress;
  xinput.XISelectEvents(x.root, { deviceId: xinput.AllMasterDevices, mask });
  const kinds = new Set<string>();
  x.onEvent("XIRawMotion", () => kinds.add("motion"));
  x.onEvent("XIRawButtonPress", () => kinds.add("button"));
  x.onEvent("XIRawKeyPress", () => kinds.add("key"));
  await x.settled();
  return { x, kinds };
}
