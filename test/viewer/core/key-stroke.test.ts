import { describe, expect, it } from "vitest";
import { type InputEvent, MAX_HELD_KEYS } from "../../../protocol/input.ts";
import { KEY_CODES } from "../../../protocol/key-code.ts";
import {
  type HeldKeys,
  type KeyboardHost,
  type KeyStroke,
  keyStroke,
  NO_KEYS,
} from "../../../viewer/core/key-stroke.ts";

type Said = Partial<KeyStroke> & { code: string; key: string };

/** A keyboard that remembers what it holds; `said` is what came out, in few words. */
function keyboard(host: KeyboardHost = "other") {
  let held: HeldKeys = NO_KEYS;
  const press = (down: boolean, said: Said): { said: string[]; ours: boolean } => {
    const modifiers = { ctrl: false, alt: false, meta: false, altGraph: false };
    const decision = keyStroke(held, { ...modifiers, repeat: false, composing: false, down, ...said }, host);
    held = decision.held;
    return { said: decision.events.map(inWords), ours: decision.ours };
  };
  return {
    down: (said: Said) => press(true, said),
    up: (said: Said) => press(false, said),
    held: () => [...held.values()] as string[],
  };
}

function inWords(event: InputEvent): string {
  if (event.kind === "text") return `text ${event.text}`;
  if (event.kind !== "key") return event.kind;
  const text = event.text === "" ? "" : ` types ${event.text}`;
  return `${event.code} ${event.down ? "down" : "up"}${event.repeat ? " again" : ""}${text}`;
}

describe("a key stroke", () => {
  it("types its character, whatever Shift says, and goes up by its code", () => {
    const keys = keyboard();
    expect(keys.down({ code: "KeyQ", key: "@" }).said).toEqual(["KeyQ down types @"]);
    expect(keys.up({ code: "KeyQ", key: "q" }).said).toEqual(["KeyQ up"]);
    expect(keys.down({ code: "KeyA", key: "A" }).said).toEqual(["KeyA down types A"]);
    expect(keys.down({ code: "Space", key: " " }).said).toEqual(["Space down types  "]);
  });

  it("is a physical key under Ctrl, Alt or Meta", () => {
    for (const modifier of ["ctrl", "alt", "meta"] as const) {
      expect(keyboard().down({ code: "KeyC", key: "c", [modifier]: true }).said).toEqual(["KeyC down"]);
    }
  });

  it("is a physical key when it has a name", () => {
    expect(keyboard().down({ code: "Enter", key: "Enter" }).said).toEqual(["Enter down"]);
    expect(keyboard().down({ code: "ArrowLeft", key: "ArrowLeft" }).said).toEqual(["ArrowLeft down"]);
    expect(keyboard().down({ code: "F5", key: "F5" })).toEqual({ said: ["F5 down"], ours: true });
  });

  it("says when it repeats", () => {
    const keys = keyboard();
    keys.down({ code: "KeyA", key: "a" });
    expect(keys.down({ code: "KeyA", key: "a", repeat: true }).said).toEqual(["KeyA down again types a"]);
    expect(keys.held()).toEqual(["KeyA"]);
  });

  it("does nothing while it repeats from before the desktop had the keyboard", () => {
    expect(keyboard().down({ code: "KeyA", key: "a", repeat: true })).toEqual({ said: [], ours: true });
  });

  it("is not let go of twice, nor when it never went down", () => {
    const keys = keyboard();
    keys.down({ code: "ShiftLeft", key: "Shift" });
    expect(keys.up({ code: "ShiftLeft", key: "Shift" }).said).toEqual(["ShiftLeft up"]);
    expect(keys.up({ code: "ShiftLeft", key: "Shift" }).said).toEqual([]);
  });

  it("is left to dead keys and input methods while they are at work", () => {
    expect(keyboard().down({ code: "Quote", key: "Dead" })).toEqual({ said: [], ours: false });
    expect(keyboard().down({ code: "KeyN", key: "Process" })).toEqual({ said: [], ours: false });
    expect(keyboard().down({ code: "KeyE", key: "e", composing: true })).toEqual({ said: [], ours: false });
  });

  it("is only a character when the key has no name, as on a soft keyboard", () => {
    expect(keyboard().down({ code: "", key: "ß" }).said).toEqual(["text ß"]);
    expect(keyboard().down({ code: "", key: "Enter" }).said).toEqual(["Enter down"]);
  });

  it("means arrows and their neighbours on the numeric pad without Num Lock, digits with it", () => {
    const keys = keyboard();
    expect(keys.down({ code: "Numpad4", key: "ArrowLeft" }).said).toEqual(["ArrowLeft down"]);
    expect(keys.up({ code: "Numpad4", key: "4" }).said).toEqual(["ArrowLeft up"]);
    expect(keys.down({ code: "Numpad4", key: "4" }).said).toEqual(["Numpad4 down types 4"]);
    expect(keys.down({ code: "NumpadEnter", key: "Enter" }).said).toEqual(["NumpadEnter down"]);
  });

  it("holds no more keys than one message can name", () => {
    const keys = keyboard();
    for (const code of KEY_CODES.slice(0, 60)) keys.down({ code, key: "F13" });
    expect(keys.held()).toHaveLength(MAX_HELD_KEYS);
  });
});

describe("AltGr", () => {
  it("types its character and is no key itself", () => {
    const keys = keyboard();
    expect(keys.down({ code: "AltRight", key: "AltGraph", altGraph: true })).toEqual({ said: [], ours: true });
    expect(keys.down({ code: "KeyQ", key: "@", altGraph: true }).said).toEqual(["KeyQ down types @"]);
    expect(keys.up({ code: "AltRight", key: "AltGraph" }).said).toEqual([]);
  });

  it("on Windows takes back the Ctrl that is pressed along with it before it types", () => {
    const keys = keyboard();
    expect(keys.down({ code: "ControlLeft", key: "Control", ctrl: true }).said).toEqual(["ControlLeft down"]);
    keys.down({ code: "AltRight", key: "AltGraph", ctrl: true, alt: true, altGraph: true });
    const at = { code: "KeyQ", key: "@", ctrl: true, alt: true, altGraph: true };
    expect(keys.down(at).said).toEqual(["ControlLeft up", "KeyQ down types @"]);
    expect(keys.down({ code: "ControlLeft", key: "Control", ctrl: true, repeat: true }).said).toEqual([]);
    expect(keys.held()).toEqual(["KeyQ"]);
  });
});

describe("on macOS", () => {
  it("a shortcut under Meta is tapped, because its key never seems to go up", () => {
    const keys = keyboard("mac");
    keys.down({ code: "MetaLeft", key: "Meta", meta: true });
    expect(keys.down({ code: "KeyC", key: "c", meta: true }).said).toEqual(["KeyC down", "KeyC up"]);
    expect(keys.down({ code: "KeyC", key: "c", meta: true, repeat: true }).said).toEqual(["KeyC down", "KeyC up"]);
    expect(keys.held()).toEqual(["MetaLeft"]);
  });

  it("everything goes up with Meta, because a key pressed before it may have gone up unseen", () => {
    const keys = keyboard("mac");
    keys.down({ code: "KeyX", key: "x" });
    keys.down({ code: "MetaLeft", key: "Meta", meta: true });
    expect(keys.up({ code: "MetaLeft", key: "Meta" }).said).toEqual(["KeyX up", "MetaLeft up"]);
    expect(keys.held()).toEqual([]);
  });

  it("Option types the signs programmers need it for, and is Alt for all else", () => {
    const keys = keyboard("mac");
    expect(keys.down({ code: "AltLeft", key: "Alt", alt: true }).said).toEqual(["AltLeft down"]);
    expect(keys.down({ code: "KeyA", key: "å", alt: true }).said).toEqual(["KeyA down"]);
    expect(keys.down({ code: "KeyL", key: "@", alt: true }).said).toEqual(["AltLeft up", "KeyL down types @"]);
  });

  it("Caps Lock is tapped when it is switched on and when it is switched off", () => {
    const keys = keyboard("mac");
    const capsLock = { code: "CapsLock", key: "CapsLock" };
    expect(keys.down(capsLock).said).toEqual(["CapsLock down", "CapsLock up"]);
    expect(keys.up(capsLock).said).toEqual(["CapsLock down", "CapsLock up"]);
    expect(keys.held()).toEqual([]);
  });
});
