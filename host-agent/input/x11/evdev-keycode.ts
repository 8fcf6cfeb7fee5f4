import type { KeyCode } from "../../../protocol/key-code.ts";

/*
 * DOM `code` to X keycode. Every X server on Linux of the last fifteen years numbers keys as the kernel does
 * (linux/input-event-codes.h), plus 8. The pairing of codes and kernel keys is that of the W3C UI Events code values
 * and of Chromium's dom_code_data.inc.
 */
const KEYCODES_FROM: Readonly<Record<number, string>> = {
  9: "Escape Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal Backspace Tab",
  24: "KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight Enter ControlLeft",
  38: "KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote Backquote ShiftLeft Backslash",
  52: "KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash ShiftRight NumpadMultiply AltLeft Space CapsLock",
  67: "F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NumLock ScrollLock",
  79: "Numpad7 Numpad8 Numpad9 NumpadSubtract Numpad4 Numpad5 Numpad6 NumpadAdd Numpad1 Numpad2 Numpad3 Numpad0 NumpadDecimal",
  94: "IntlBackslash F11 F12 IntlRo",
  100: "Convert KanaMode NonConvert",
  104: "NumpadEnter ControlRight NumpadDivide PrintScreen AltRight",
  110: "Home ArrowUp PageUp ArrowLeft ArrowRight End ArrowDown PageDown Insert Delete",
  121: "AudioVolumeMute AudioVolumeDown AudioVolumeUp",
  125: "NumpadEqual",
  127: "Pause",
  129: "NumpadComma Lang1 Lang2 IntlYen MetaLeft MetaRight ContextMenu",
  146: "Help",
  163: "LaunchMail",
  166: "BrowserBack BrowserForward",
  171: "MediaTrackNext MediaPlayPause MediaTrackPrevious MediaStop",
  180: "BrowserHome BrowserRefresh",
  191: "F13 F14 F15 F16 F17 F18 F19 F20 F21 F22 F23 F24",
  225: "BrowserSearch",
};

const keycodeByCode = new Map<string, number>(
  Object.entries(KEYCODES_FROM).flatMap(([first, codes]) =>
    codes.split(" ").map((code, index): [string, number] => [code, Number(first) + index]),
  ),
);

/** Keycodes a person may press by their place; never to be given another meaning. */
export const PHYSICAL_KEYCODES: ReadonlySet<number> = new Set(keycodeByCode.values());

/** The keycode at that place, or undefined for a place this table does not know. */
export function evdevKeycode(code: KeyCode): number | undefined {
  return keycodeByCode.get(code);
}
