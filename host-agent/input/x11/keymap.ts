import { characterOf, hasUpperCase, MODIFIER_KEYSYMS, padCharacterOf } from "./keysym.ts";

/* The keyboard as the X server has it (XKB protocol, chapters 5 and 12), and which key types a character. Pure. */

export const SHIFT = 1;
export const LOCK = 2;
export const CONTROL = 4;

/** Which modifiers choose the level of a key, and how. Combinations that are not listed give level 0. */
export type KeyType = {
  readonly mask: number;
  readonly levels: readonly { readonly mods: number; readonly level: number; readonly preserve: number }[];
};

/** What one keycode types: for each group (layout) a type and a keysym for each level. */
export type KeyRow = { readonly groups: readonly { readonly type: KeyType; readonly keysyms: readonly number[] }[] };

export type KeymapSource = {
  readonly rows: ReadonlyMap<number, KeyRow>;
  /** Keycodes for each of Shift, Lock, Control, Mod1..Mod5. */
  readonly modifierKeycodes: readonly (readonly number[])[];
};

/** The modifiers and the layout in effect. */
export type KeyboardState = {
  readonly mods: number;
  /** Modifiers that cannot be lifted, because the person at the host holds them. */
  readonly fixedMods: number;
  readonly group: number;
};

/** How to type a character: this key, with these changes around it. No change: the key may simply be held. */
export type KeyChoice = {
  readonly keycode: number;
  readonly removeMods: number;
  readonly addMods: number;
  /** The layout to switch to, when it is another. */
  readonly group: number | undefined;
};

type Place = { readonly keycode: number; readonly group: number; readonly level: number };

/** Modifier keys that only choose a level. Mode_switch is not among them: it changes the group. */
const LEVEL_KEYSYMS: ReadonlySet<number> = new Set(Object.values(MODIFIER_KEYSYMS));
const NUM_LOCK_KEYSYM = 0xff7f;

export class Keymap {
  readonly rows: ReadonlyMap<number, KeyRow>;
  /** A key to press for each modifier bit that can be added. */
  readonly keycodeByModifier: ReadonlyMap<number, number>;
  private readonly modsByKeycode = new Map<number, number>();
  private readonly placesByCharacter = new Map<string, Place[]>();
  private readonly padPlacesByCharacter = new Map<string, Place[]>();
  /** Modifiers that turn typing into a shortcut: Control, Alt, Super and whatever else neither shifts nor locks. */
  private readonly shortcutMods: number;

  constructor(source: KeymapSource) {
    this.rows = source.rows;
    const keycodeByModifier = new Map<number, number>();
    let harmless = SHIFT | LOCK;
    for (const [index, keycodes] of source.modifierKeycodes.entries()) {
      const bit = 1 << index;
      for (const keycode of keycodes) {
        this.modsByKeycode.set(keycode, (this.modsByKeycode.get(keycode) ?? 0) | bit);
        const keysym = source.rows.get(keycode)?.groups[0]?.keysyms[0] ?? 0;
        if (keysym === NUM_LOCK_KEYSYM) harmless |= bit;
        if (!LEVEL_KEYSYMS.has(keysym)) continue;
        harmless |= bit;
        if (!keycodeByModifier.has(bit)) keycodeByModifier.set(bit, keycode);
      }
    }
    this.keycodeByModifier = keycodeByModifier;
    this.shortcutMods = 0xff & ~harmless;
    for (const [keycode, row] of source.rows) {
      for (const [group, { keysyms }] of row.groups.entries()) {
        for (const [level, keysym] of keysyms.entries()) {
          addPlace(this.placesByCharacter, characterOf(keysym), { keycode, group, level });
          addPlace(this.padPlacesByCharacter, padCharacterOf(keysym), { keycode, group, level });
        }
      }
    }
  }

  /** The modifier bits a key stands for; 0 for ordinary keys. */
  modsOf(keycode: number): number {
    return this.modsByKeycode.get(keycode) ?? 0;
  }

  /**
   * The key that types `character` with the fewest changes; among equals the one at the viewer's own place, so that
   * what watches keys rather than characters (a game, a nested viewer) sees the expected one.
   */
  find(character: string, state: KeyboardState, physicalKeycode: number | undefined): KeyChoice | undefined {
    const padPlaces = this.padPlacesByCharacter.get(character) ?? [];
    const places = [
      ...(this.placesByCharacter.get(character) ?? []),
      // A character of the numeric pad is meant only by a key of the numeric pad.
      ...padPlaces.filter((place) => place.keycode === physicalKeycode),
    ];
    let best: { choice: KeyChoice; cost: number } | undefined;
    for (const place of places) {
      for (const choice of this.choices(character, place, state)) {
        const away = place.keycode === physicalKeycode ? 0 : 1;
        const switched = choice.group === undefined ? 0 : 1;
        const cost = 16 * switched + 2 * (bits(choice.removeMods) + bits(choice.addMods)) + away;
        if (best === undefined || cost < best.cost) best = { choice, cost };
      }
    }
    return best?.choice;
  }

  private choices(character: string, place: Place, state: KeyboardState): KeyChoice[] {
    const row = this.rows.get(place.keycode);
    const chosen = row?.groups[place.group];
    if (row === undefined || chosen === undefined) return [];
    const { type } = chosen;
    const group = state.group % row.groups.length === place.group ? undefined : place.group;
    const unlisted = { mods: 0, level: 0, preserve: 0 };
    const listed = type.levels.some((entry) => entry.mods === 0) ? type.levels : [...type.levels, unlisted];
    const now = state.mods & type.mask;
    // Any combination that is not listed gives level 0 as well; the one in effect costs nothing.
    const entries = listed.some((entry) => entry.mods === now) ? listed : [...listed, { ...unlisted, mods: now }];
    const out: KeyChoice[] = [];
    for (const entry of entries) {
      if (entry.level !== place.level) continue;
      const addMods = entry.mods & ~state.mods;
      let removeMods = (state.mods & type.mask & ~entry.mods) | (state.mods & this.shortcutMods & ~entry.mods);
      // Programs make capitals themselves where the key leaves Caps Lock unused.
      const lockUnused = (state.mods & LOCK & ~(type.mask & ~entry.preserve)) !== 0;
      if (lockUnused && hasUpperCase(character)) removeMods |= LOCK;
      if ((removeMods & state.fixedMods & (type.mask | LOCK)) !== 0 || !this.canAdd(addMods)) continue;
      out.push({ keycode: place.keycode, removeMods, addMods, group });
    }
    return out;
  }

  private canAdd(mods: number): boolean {
    for (let bit = 1; bit <= 0x80; bit <<= 1) {
      if ((mods & bit) !== 0 && !this.keycodeByModifier.has(bit)) return false;
    }
    return true;
  }
}

function addPlace(places: Map<string, Place[]>, character: string | undefined, place: Place): void {
  if (character === undefined) return;
  const known = places.get(character);
  if (known === undefined) places.set(character, [place]);
  else known.push(place);
}

function bits(mods: number): number {
  let count = 0;
  for (let rest = mods; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
