import { Buffer } from "node:buffer";
import type { X11Connection } from "../../x11/connection.ts";

const REPLACE = 0;
/** Atoms that every server has. */
const ATOM = 4;
const STRING = 31;
const WM_NAME = 39;

/** What tools for people who do not see, and compositors, know the window by: no shadow, no fading, not in a list. */
export async function nameWindow(x: X11Connection, window: number): Promise<void> {
  const [property, dock] = await Promise.all([
    x.ask<number>((reply) => x.client.InternAtom(false, "_NET_WM_WINDOW_TYPE", reply)),
    x.ask<number>((reply) => x.client.InternAtom(false, "_NET_WM_WINDOW_TYPE_DOCK", reply)),
  ]);
  const type = Buffer.alloc(4);
  type.writeUInt32LE(dock);
  x.client.ChangeProperty(REPLACE, window, WM_NAME, STRING, 8, Buffer.from("deskbeam: who watches"));
  x.client.ChangeProperty(REPLACE, window, property, ATOM, 32, type);
}
