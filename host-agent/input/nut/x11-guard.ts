import type { Key } from "@nut-tree/nut-js/dist/index.js";
import { openX11, type X11Connection } from "../../x11/connection.ts";

type KeyName = keyof typeof Key;

/** The keysyms that nut-js's native library looks for; it finds the key by what is engraved on it. Seen with xev. */
const KEYSYMS: Readonly<Partial<Record<KeyName, number>>> = {
  Grave: 0x60,
  Minus: 0x2d,
  Equal: 0x3d,
  LeftBracket: 0x5b,
  RightBracket: 0x5d,
  Backslash: 0x5c,
  Semicolon: 0x3b,
  Quote: 0x27,
  Comma: 0x2c,
  Period: 0x2e,
  Slash: 0x2f,
  Space: 0x20,
  Escape: 0xff1b,
  Print: 0xff61,
  ScrollLock: 0xff14,
  Backspace: 0xff08,
  Insert: 0xff63,
  Home: 0xff50,
  PageUp: 0xff55,
  PageDown: 0xff56,
  End: 0xff57,
  Delete: 0xffff,
  Tab: 0xff09,
  Return: 0xff0d,
  Left: 0xff51,
  Up: 0xff52,
  Right: 0xff53,
  Down: 0xff54,
  NumLock: 0xff7f,
  NumPadEqual: 0xffbd,
  Multiply: 0xffaa,
  Add: 0xffab,
  Subtract: 0xffad,
  Decimal: 0xffae,
  Divide: 0xffaf,
  Enter: 0xff8d,
  CapsLock: 0xffe5,
  LeftShift: 0xffe1,
  RightShift: 0xffe2,
  LeftControl: 0xffe3,
  RightControl: 0xffe4,
  LeftAlt: 0xffe9,
  RightAlt: 0xffea,
  LeftSuper: 0xffeb,
  RightSuper: 0xffec,
  AudioVolDown: 0x1008ff11,
  AudioMute: 0x1008ff12,
  AudioVolUp: 0x1008ff13,
  AudioPlay: 0x1008ff14,
  AudioStop: 0x1008ff15,
  AudioPrev: 0x1008ff16,
  AudioNext: 0x1008ff17,
};
const F1_KEYSYM = 0xffbe;
const NUMPAD_0_KEYSYM = 0xffb0;

/**
 * Keeps nut-js from ending the process: where the layout lacks a key (AltGr on many, F13 on most), its native library
 * presses keycode 0, the X server refuses, and Xlib exits. Only keys that every key map since the start has are let
 * through, because the library may still go by an older one than the display does.
 */
export class X11KeyGuard {
  private readonly connection: X11Connection;
  private alwaysThere: ReadonlySet<number> | undefined;

  private constructor(connection: X11Connection) {
    this.connection = connection;
  }

  /** @throws HostError `display-not-openable` */
  static async open(display: string | undefined): Promise<X11KeyGuard> {
    const guard = new X11KeyGuard(await openX11(display, false));
    await guard.look();
    return guard;
  }

  async allows(name: KeyName): Promise<boolean> {
    const keysym = keysymOf(name);
    return keysym !== undefined && !this.connection.closed && (await this.look()).has(keysym);
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  private async look(): Promise<ReadonlySet<number>> {
    const { client, display } = this.connection;
    const first = display.min_keycode;
    const count = display.max_keycode - first + 1;
    const rows = await this.connection.ask<readonly (readonly number[])[]>((reply) =>
      client.GetKeyboardMapping(first, count, reply),
    );
    const before = this.alwaysThere;
    this.alwaysThere = new Set(rows.flat().filter((keysym) => before === undefined || before.has(keysym)));
    return this.alwaysThere;
  }
}

function keysymOf(name: KeyName): number | undefined {
  if (/^[A-Z]$/.test(name)) return name.toLowerCase().charCodeAt(0);
  const [, kind, number] = /^(Num|NumPad|F)(\d+)$/.exec(name) ?? [];
  if (kind === "Num") return 0x30 + Number(number);
  if (kind === "NumPad") return NUMPAD_0_KEYSYM + Number(number);
  if (kind === "F") return F1_KEYSYM + Number(number) - 1;
  return KEYSYMS[name];
}
