import { PHYSICAL_KEYCODES } from "./evdev-keycode.ts";
import type { Keymap } from "./keymap.ts";

/**
 * How long a binding stays after its last use. A program looks a key up only when it gets to the event: one that is
 * busy for longer than this could read the next character in place of the last.
 */
export const REUSE_AFTER_MS = 300;
/** Bindings are seen by every program on the display; more than these we do not need. */
const MAX_SPARES = 24;

type Spare = { readonly keycode: number; keysym: number | undefined; lastUsedMs: number };

/** Keycodes without a meaning, lent to characters that the layout lacks: the least recently used goes first. */
export class SpareKeys {
  private spares: Spare[] = [];

  /** Learns which keycodes are free. A binding of ours that is gone (another layout was loaded) is forgotten. */
  adopt(keymap: Keymap): void {
    const known = new Map(this.spares.map((spare) => [spare.keycode, spare]));
    this.spares = [];
    for (const [keycode, row] of keymap.rows) {
      if (PHYSICAL_KEYCODES.has(keycode) || keymap.modsOf(keycode) !== 0) continue;
      const keysyms = row.groups.flatMap((group) => group.keysyms).filter((keysym) => keysym !== 0);
      const before = known.get(keycode);
      if (keysyms.length === 0) {
        const lastUsedMs = before?.lastUsedMs ?? Number.NEGATIVE_INFINITY;
        this.spares.push({ keycode, keysym: undefined, lastUsedMs });
      } else if (before?.keysym !== undefined && keysyms.every((keysym) => keysym === before.keysym)) {
        this.spares.push(before);
      }
    }
    // Keycode 8 is the kernel's "reserved"; some programs take it for no key at all.
    this.spares = this.spares.filter((spare) => spare.keycode > 8).slice(0, MAX_SPARES);
  }

  /** The keycode to bind next, and how long to wait before it may be; undefined: none is free. */
  next(isDown: (keycode: number) => boolean, nowMs: number): { keycode: number; waitMs: number } | undefined {
    const free = this.spares.filter((spare) => !isDown(spare.keycode));
    const oldest = free.reduce<Spare | undefined>(
      (best, spare) => (best === undefined || spare.lastUsedMs < best.lastUsedMs ? spare : best),
      undefined,
    );
    if (oldest === undefined) return undefined;
    return { keycode: oldest.keycode, waitMs: Math.max(0, oldest.lastUsedMs + REUSE_AFTER_MS - nowMs) };
  }

  bound(keycode: number, keysym: number, nowMs: number): void {
    const spare = this.spares.find((one) => one.keycode === keycode);
    if (spare === undefined) return;
    spare.keysym = keysym;
    spare.lastUsedMs = nowMs;
  }

  /** Answers whether the keycode is one of the spares. */
  used(keycode: number, nowMs: number): boolean {
    const spare = this.spares.find((one) => one.keycode === keycode);
    if (spare === undefined) return false;
    spare.lastUsedMs = nowMs;
    return true;
  }

  /** Keycodes that carry a character of ours. */
  get boundKeycodes(): number[] {
    return this.spares.filter((spare) => spare.keysym !== undefined).map((spare) => spare.keycode);
  }
}
