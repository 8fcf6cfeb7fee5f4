/** Modifier bits of the core protocol. */
const SHIFT = 1;
const LOCK = 2;
const CONTROL = 4;

const KEYSYMS_Q = [0x71, 0x51];
const KEYSYMS_ALT = [0xffe9, 0xffea];
/** Num Lock and Scroll Lock. */
const KEYSYMS_LOCKS = [0xff7f, 0xff14];
/** Where Q is on a US keyboard: the same keycode in all tables that X servers have. */
const KEYCODE_OF_US_Q = 24;
const BIT_OF_MOD1 = 3;

/** The key map as the core protocol gives it. */
export type CoreKeymap = {
  readonly firstKeycode: number;
  /** Keysyms of each keycode from the first one on, all layouts. */
  readonly keysyms: readonly (readonly number[])[];
  /** Keycodes for each of Shift, Lock, Control, Mod1..Mod5; 0 is none. */
  readonly modifiers: readonly (readonly number[])[];
};

export type ChordKeys = {
  /** In the order of the keycodes. */
  readonly keycodes: readonly number[];
  /** Ctrl+Alt+Shift with every combination of locks. The first is without any. */
  readonly modifiers: readonly number[];
};

/**
 * Which keys are Ctrl+Alt+Shift+Q here: every key with a Q on it, on any of the layouts; where no layout has one
 * (Russian), the key in the place of Q. A grab takes the modifiers exactly, so each lock needs its own.
 */
export function chordKeys(keymap: CoreKeymap): ChordKeys {
  const labelled = keycodesWith(keymap, KEYSYMS_Q);
  const alt = modifierOf(keymap, KEYSYMS_ALT) ?? 1 << BIT_OF_MOD1;
  const chord = CONTROL | SHIFT | alt;
  const locks = [LOCK, ...KEYSYMS_LOCKS.map((keysym) => modifierOf(keymap, [keysym]))];
  let modifiers = [chord];
  for (const lock of locks) {
    if (lock === undefined || (lock & chord) !== 0) continue;
    modifiers = [...modifiers, ...modifiers.map((one) => one | lock)];
  }
  return {
    keycodes: labelled.length > 0 ? labelled : [KEYCODE_OF_US_Q],
    modifiers: [...new Set(modifiers)],
  };
}

/** The bit of the modifier that a key with one of these keysyms sets. */
function modifierOf(keymap: CoreKeymap, wanted: readonly number[]): number | undefined {
  const keycodes = keycodesWith(keymap, wanted);
  const index = keymap.modifiers.findIndex(
    (row, bit) => bit >= BIT_OF_MOD1 && row.some((one) => keycodes.includes(one)),
  );
  return index < 0 ? undefined : 1 << index;
}

function keycodesWith({ keysyms, firstKeycode }: CoreKeymap, wanted: readonly number[]): number[] {
  return keysyms.flatMap((row, index) => (row.some((keysym) => wanted.includes(keysym)) ? [firstKeycode + index] : []));
}
