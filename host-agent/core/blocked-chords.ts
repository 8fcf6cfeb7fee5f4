import type { KeyCode } from "../../protocol/key-code.ts";
import type { HeldInputs } from "./held-inputs.ts";

/**
 * Chords that no viewer may send, because the person at the host would lose the desktop or the means to stop:
 * Ctrl+Alt+F1..F12 switches the Linux console, Alt+PrintScreen is the kernel's SysRq, Ctrl+Alt+Shift+Q is the host's
 * own stop key. Asked when `code` is about to go down with `held` already down.
 */
export function isBlockedChord(code: KeyCode, held: HeldInputs): boolean {
  const alt = held.holdsOneOf("AltLeft", "AltRight");
  const control = held.holdsOneOf("ControlLeft", "ControlRight");
  if (!alt) return false;
  if (code === "PrintScreen") return true;
  if (!control) return false;
  if (/^F([1-9]|1[0-2])$/.test(code)) return true;
  return code === "KeyQ" && held.holdsOneOf("ShiftLeft", "ShiftRight");
}
