import keysymsByName from "x11/lib/keysyms.js";

/* Keysyms are numbers for what is engraved on a key (X Window System Protocol, appendix A). */

const UNICODE_KEYSYM = 0x01000000;

/** Keysyms from before Unicode that layouts still use, such as Greek_OMEGA 0x7d9; from 0xfd00 on they are functions. */
const characterByLegacyKeysym = new Map<number, string>();
for (const { code, description } of Object.values(keysymsByName)) {
  const character = /^\((.)\) /u.exec(description ?? "")?.[1];
  if (character !== undefined && code > 0xff && code < 0xfd00) characterByLegacyKeysym.set(code, character);
}

/** What the keys of a numeric pad type: 0xffaa KP_Multiply and so on. */
const characterByPadKeysym = new Map<number, string>(
  [..."*+,-./0123456789"].map((character, index): [number, string] => [0xffaa + index, character]),
);
characterByPadKeysym.set(0xffbd, "=");

/** The character a keysym types, or undefined for functions, modifiers, dead keys and the numeric pad. */
export function characterOf(keysym: number): string | undefined {
  if ((keysym >= 0x20 && keysym <= 0x7e) || (keysym >= 0xa0 && keysym <= 0xff)) return String.fromCodePoint(keysym);
  if (keysym >= UNICODE_KEYSYM + 0xa0 && keysym <= UNICODE_KEYSYM + 0x10ffff) {
    return String.fromCodePoint(keysym - UNICODE_KEYSYM);
  }
  return characterByLegacyKeysym.get(keysym);
}

/** The character a key of the numeric pad types. */
export function padCharacterOf(keysym: number): string | undefined {
  return characterByPadKeysym.get(keysym);
}

/** The keysym to bind for one character: Latin-1 is itself, everything else Unicode. */
export function keysymOf(character: string): number {
  const codePoint = character.codePointAt(0) ?? 0;
  return codePoint >= 0x100 ? UNICODE_KEYSYM + codePoint : codePoint;
}

/** True when Caps Lock would turn this character into another one. */
export function hasUpperCase(character: string): boolean {
  return character.toUpperCase() !== character;
}

export const MODIFIER_KEYSYMS = {
  Shift_L: 0xffe1,
  Shift_R: 0xffe2,
  ISO_Level3_Shift: 0xfe03,
  ISO_Level5_Shift: 0xfe11,
} as const;
