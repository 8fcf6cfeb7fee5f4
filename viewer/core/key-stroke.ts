import { type InputEvent, MAX_HELD_KEYS } from "../../protocol/input.ts";
import { type KeyCode, keyCode } from "../../protocol/key-code.ts";

/** What a DOM KeyboardEvent says. `altGraph` is `getModifierState("AltGraph")`. */
export type KeyStroke = {
  readonly code: string;
  readonly key: string;
  readonly down: boolean;
  readonly repeat: boolean;
  readonly ctrl: boolean;
  readonly alt: boolean;
  readonly meta: boolean;
  readonly altGraph: boolean;
  /** An input method is at work: its result comes as committed text, not as keys. */
  readonly composing: boolean;
};

/** Where the browser runs. macOS has two habits of its own: see `keyStroke`. */
export type KeyboardHost = "mac" | "other";

/** The local key that is down, by its DOM code, and the key it was sent as. */
export type HeldKeys = ReadonlyMap<string, KeyCode>;
export const NO_KEYS: HeldKeys = new Map();

export type KeyDecision = {
  readonly events: readonly InputEvent[];
  readonly held: HeldKeys;
  /** Whether the browser is kept from acting on it. False leaves the stroke to dead keys and input methods. */
  readonly ours: boolean;
};

/**
 * What one key stroke means on the shared desktop.
 *
 * - A printable `key` without Ctrl, Alt or Meta, or with AltGr, is to type that character: the two keyboards' layouts
 *   need not agree. Everything else acts as the physical key.
 * - A key goes up as what it went down as, even when Shift or Num Lock changed in between.
 * - macOS tells no keyup while Meta is down, and Caps Lock goes down when it is switched on and up when it is switched
 *   off: such keys are tapped, or they would repeat on the desktop for ever.
 */
export function keyStroke(held: HeldKeys, stroke: KeyStroke, host: KeyboardHost): KeyDecision {
  if (stroke.down && (stroke.composing || /^(Dead|Process|Unidentified|Compose)$/.test(stroke.key))) {
    return { events: [], held, ours: false };
  }
  return stroke.down ? keyDown(held, stroke, host) : keyUp(held, stroke, host);
}

function keyDown(held: HeldKeys, stroke: KeyStroke, host: KeyboardHost): KeyDecision {
  // AltGr chooses a character of the local layout. Its characters travel as text; as a key it would mean something
  // else on a desktop whose layout has no AltGr.
  if (stroke.key === "AltGraph") return { events: [], held, ours: true };
  const tapped = host === "mac" && ((stroke.meta && !isModifier(stroke.code)) || stroke.code === "CapsLock");
  // A key that was down before the desktop got the keyboard belongs to whatever had it.
  if (stroke.repeat && !tapped && !held.has(stroke.code)) return { events: [], held, ours: true };

  const printable = isPrintable(stroke.key);
  const code = sentCode(stroke);
  const typed = printable && typesItsCharacter(stroke, host);
  if (code === undefined) {
    // Soft keyboards name no key, only the character.
    return { events: typed ? [{ kind: "text", text: stroke.key }] : [], held, ours: printable };
  }

  const events: InputEvent[] = [];
  const next = new Map(held);
  if (typed && (stroke.ctrl || stroke.alt)) {
    // Windows reports AltGr as Ctrl and Alt, macOS as Alt. The desktop has seen those go down, and a character typed
    // under them would be a shortcut.
    for (const [local, sent] of held) {
      if (!/^(Control|Alt)/.test(sent)) continue;
      events.push(up(sent));
      next.delete(local);
    }
  }
  if (!next.has(stroke.code) && next.size >= MAX_HELD_KEYS) return { events: [], held, ours: true };

  const text = typed ? stroke.key : "";
  events.push({ kind: "key", code, down: true, repeat: stroke.repeat && !tapped, text });
  if (tapped) events.push(up(code));
  else next.set(stroke.code, code);
  return { events, held: next, ours: true };
}

function keyUp(held: HeldKeys, stroke: KeyStroke, host: KeyboardHost): KeyDecision {
  const sent = held.get(stroke.code);
  if (host === "mac" && stroke.code === "CapsLock" && sent === undefined) {
    const code = keyCode("CapsLock");
    if (code === undefined) return { events: [], held, ours: true };
    return { events: [{ kind: "key", code, down: true, repeat: false, text: "" }, up(code)], held, ours: true };
  }
  if (sent === undefined) return { events: [], held, ours: false };
  const goesUp = host === "mac" && stroke.key === "Meta" ? [...held.values()] : [sent];
  const next = goesUp.length > 1 ? new Map() : new Map(held);
  next.delete(stroke.code);
  return { events: goesUp.map(up), held: next, ours: true };
}

function typesItsCharacter(stroke: KeyStroke, host: KeyboardHost): boolean {
  if (stroke.meta) return false;
  if (stroke.altGraph) return true;
  if (!stroke.ctrl && !stroke.alt) return true;
  // Option is macOS's AltGr: on many layouts @ [ ] { } | \ ~ need it. What it makes of other keys (å, ∂) nobody means
  // to type on a desktop; there Alt keeps its own meaning.
  return host === "mac" && stroke.alt && !stroke.ctrl && /^[!-/:-@[-`{-~]$/.test(stroke.key);
}

/** The key as the desktop is to see it: the numeric pad without Num Lock is arrows and their neighbours. */
function sentCode(stroke: KeyStroke): KeyCode | undefined {
  if (stroke.code.startsWith("Numpad") && !isPrintable(stroke.key) && stroke.key !== "Enter") {
    const meant = keyCode(stroke.key);
    if (meant !== undefined) return meant;
  }
  return keyCode(stroke.code) ?? keyCode(stroke.key);
}

function isPrintable(key: string): boolean {
  return [...key].length === 1 && !/\p{Cc}|\p{Cs}/u.test(key);
}

function isModifier(code: string): boolean {
  return /^(Control|Shift|Alt|Meta)(Left|Right)$/.test(code);
}

function up(code: KeyCode): InputEvent {
  return { kind: "key", code, down: false, repeat: false, text: "" };
}
