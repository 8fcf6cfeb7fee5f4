import type { Key } from "@nut-tree/nut-js/dist/index.js";
import type { KeyCode } from "../../../protocol/key-code.ts";

type KeyName = keyof typeof Key;

const NAMES: Readonly<Record<string, KeyName>> = {
  Backquote: "Grave",
  Backslash: "Backslash",
  BracketLeft: "LeftBracket",
  BracketRight: "RightBracket",
  Comma: "Comma",
  Equal: "Equal",
  Minus: "Minus",
  Period: "Period",
  Quote: "Quote",
  Semicolon: "Semicolon",
  Slash: "Slash",
  AltLeft: "LeftAlt",
  AltRight: "RightAlt",
  Backspace: "Backspace",
  CapsLock: "CapsLock",
  ContextMenu: "Menu",
  ControlLeft: "LeftControl",
  ControlRight: "RightControl",
  Enter: "Return",
  MetaLeft: "LeftSuper",
  MetaRight: "RightSuper",
  ShiftLeft: "LeftShift",
  ShiftRight: "RightShift",
  Space: "Space",
  Tab: "Tab",
  Delete: "Delete",
  End: "End",
  Home: "Home",
  Insert: "Insert",
  PageDown: "PageDown",
  PageUp: "PageUp",
  ArrowDown: "Down",
  ArrowLeft: "Left",
  ArrowRight: "Right",
  ArrowUp: "Up",
  NumLock: "NumLock",
  NumpadAdd: "Add",
  NumpadDecimal: "Decimal",
  NumpadDivide: "Divide",
  NumpadEnter: "Enter",
  NumpadEqual: "NumPadEqual",
  NumpadMultiply: "Multiply",
  NumpadSubtract: "Subtract",
  Escape: "Escape",
  PrintScreen: "Print",
  ScrollLock: "ScrollLock",
  AudioVolumeDown: "AudioVolDown",
  AudioVolumeMute: "AudioMute",
  AudioVolumeUp: "AudioVolUp",
  MediaPlayPause: "AudioPlay",
  MediaStop: "AudioStop",
  MediaTrackNext: "AudioNext",
  MediaTrackPrevious: "AudioPrev",
};

/** The name nut-js has for a key, by its place on a US keyboard; undefined for the few keys it lacks. */
export function nutKeyName(code: KeyCode): KeyName | undefined {
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  // The patterns only match names that nut-js has: A..Z, Num0..Num9, NumPad0..NumPad9, F1..F24.
  if (letter !== undefined) return letter as KeyName;
  const digit = /^(Digit|Numpad)([0-9])$/.exec(code);
  if (digit !== null) return `${digit[1] === "Digit" ? "Num" : "NumPad"}${digit[2]}` as KeyName;
  if (/^F([1-9]|1[0-9]|2[0-4])$/.test(code)) return code as string as KeyName;
  return NAMES[code];
}
