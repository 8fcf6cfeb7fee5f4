import { type KeyCode, keyCode } from "../../../protocol/key-code.ts";

/** The rows of a US keyboard: each key's place, its character, and its character with Shift. */
const ROWS: readonly (readonly [codes: string, plain: string, shifted: string])[] = [
  [
    "Backquote Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal",
    "`1234567890-=",
    "~!@#$%^&*()_+",
  ],
  [
    "KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight Backslash",
    "qwertyuiop[]\\",
    "QWERTYUIOP{}|",
  ],
  ["KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote", "asdfghjkl;'", 'ASDFGHJKL:"'],
  ["KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash", "zxcvbnm,./", "ZXCVBNM<>?"],
  ["Space", " ", " "],
];

export type UsKey = { readonly code: KeyCode; readonly shift: boolean };

const keyByCharacter = new Map<string, UsKey>();
for (const [codes, plain, shifted] of ROWS) {
  for (const [index, name] of codes.split(" ").entries()) {
    const code = keyCode(name);
    const [lower, upper] = [plain[index], shifted[index]];
    if (code === undefined || lower === undefined || upper === undefined) continue;
    keyByCharacter.set(upper, { code, shift: true });
    keyByCharacter.set(lower, { code, shift: false });
  }
}

/** The key that types a character on a US keyboard. */
export function usKey(character: string): UsKey | undefined {
  return keyByCharacter.get(character);
}
