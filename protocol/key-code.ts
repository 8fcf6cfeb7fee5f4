import { ProtocolError } from "./errors.ts";

/**
 * The physical keys that can be named on the wire: DOM `KeyboardEvent.code` (W3C UI Events code values).
 * A code's byte is its place in this list plus one, so only append, never sort.
 */
const CODES =
  `Backquote Backslash BracketLeft BracketRight Comma Digit0 Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9
Equal IntlBackslash IntlRo IntlYen KeyA KeyB KeyC KeyD KeyE KeyF KeyG KeyH KeyI KeyJ KeyK KeyL KeyM KeyN KeyO KeyP KeyQ
KeyR KeyS KeyT KeyU KeyV KeyW KeyX KeyY KeyZ Minus Period Quote Semicolon Slash
AltLeft AltRight Backspace CapsLock ContextMenu ControlLeft ControlRight Enter MetaLeft MetaRight ShiftLeft ShiftRight
Space Tab Convert KanaMode Lang1 Lang2 NonConvert
Delete End Help Home Insert PageDown PageUp ArrowDown ArrowLeft ArrowRight ArrowUp
NumLock Numpad0 Numpad1 Numpad2 Numpad3 Numpad4 Numpad5 Numpad6 Numpad7 Numpad8 Numpad9 NumpadAdd NumpadComma
NumpadDecimal NumpadDivide NumpadEnter NumpadEqual NumpadMultiply NumpadSubtract
Escape F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12 F13 F14 F15 F16 F17 F18 F19 F20 F21 F22 F23 F24
PrintScreen ScrollLock Pause
AudioVolumeDown AudioVolumeMute AudioVolumeUp MediaPlayPause MediaStop MediaTrackNext MediaTrackPrevious
BrowserBack BrowserForward BrowserHome BrowserRefresh BrowserSearch LaunchMail`.split(/\s+/);

/** A DOM `code` from the list above; only this file makes one, by a cast: that is what brands are for. */
export type KeyCode = string & { readonly __brand: "KeyCode" };

const byteByCode = new Map<string, number>(CODES.map((code, index) => [code, index + 1]));

export const KEY_CODES: readonly KeyCode[] = CODES.map((code) => code as KeyCode);

/** The branded code, or undefined when deskbeam does not carry that key. */
export function keyCode(code: string): KeyCode | undefined {
  return byteByCode.has(code) ? (code as KeyCode) : undefined;
}

export function keyCodeToByte(code: KeyCode): number {
  const byte = byteByCode.get(code);
  if (byte === undefined) throw new RangeError(`not a key code: ${code}`);
  return byte;
}

export function keyCodeFromByte(byte: number): KeyCode {
  const code = KEY_CODES[byte - 1];
  if (code === undefined) throw new ProtocolError("unknown-type", `key ${byte}`);
  return code;
}
