import { describe, expect, test } from "vitest";
import { evdevKeycode } from "../../../../host-agent/input/x11/evdev-keycode.ts";
import { CONTROL, Keymap, type KeyRow, type KeyType, LOCK, SHIFT } from "../../../../host-agent/input/x11/keymap.ts";
import { characterOf, keysymOf, padCharacterOf } from "../../../../host-agent/input/x11/keysym.ts";
import { REUSE_AFTER_MS, SpareKeys } from "../../../../host-agent/input/x11/spare-keys.ts";
import { KEY_CODES } from "../../../../protocol/key-code.ts";

const MOD2 = 16;
const MOD5 = 128;
const SHIFT_KEY = 50;
const LEVEL3_KEY = 92;
const NUM_LOCK_KEY = 77;

const entry = (mods: number, level: number, preserve = 0) => ({ mods, level, preserve });
const ONE_LEVEL: KeyType = { mask: 0, levels: [] };
const TWO_LEVEL: KeyType = { mask: SHIFT, levels: [entry(SHIFT, 1)] };
const ALPHABETIC: KeyType = { mask: SHIFT | LOCK, levels: [entry(SHIFT, 1), entry(LOCK, 1)] };
const FOUR_LEVEL: KeyType = {
  mask: SHIFT | MOD5,
  levels: [entry(SHIFT, 1), entry(MOD5, 2), entry(SHIFT | MOD5, 3)],
};
const KEYPAD: KeyType = { mask: SHIFT | MOD2, levels: [entry(SHIFT, 1), entry(MOD2, 1)] };

const keysyms = (text: string) => [...text].map(keysymOf);
const row = (type: KeyType, ...symbols: number[]): KeyRow => ({ groups: [{ type, keysyms: symbols }] });

/** A small German keyboard with a Greek second layout on one key. */
function germanKeymap(extra: readonly [number, KeyRow][] = []): Keymap {
  return new Keymap({
    rows: new Map<number, KeyRow>([
      [SHIFT_KEY, row(ONE_LEVEL, 0xffe1)],
      [LEVEL3_KEY, row(ONE_LEVEL, 0xfe03)],
      [NUM_LOCK_KEY, row(ONE_LEVEL, 0xff7f)],
      [37, row(ONE_LEVEL, 0xffe3)],
      [11, row(FOUR_LEVEL, ...keysyms('2"²'), 0)],
      [24, row(FOUR_LEVEL, ...keysyms("qQ@"), 0x7d9)],
      [
        38,
        {
          groups: [
            { type: ALPHABETIC, keysyms: keysyms("aA") },
            { type: ALPHABETIC, keysyms: keysyms("αΑ") },
          ],
        },
      ],
      [20, row(FOUR_LEVEL, ...keysyms("ß?\\"), 0)],
      [79, row(KEYPAD, 0xff95, 0xffb7)],
      [16, row(TWO_LEVEL, ...keysyms("7/"))],
      ...extra,
    ]),
    modifierKeycodes: [[SHIFT_KEY], [66], [37], [], [NUM_LOCK_KEY], [], [], [LEVEL3_KEY]],
  });
}

const state = (mods = 0, fixedMods = 0, group = 0) => ({ mods, fixedMods, group });
const asItIs = (keycode: number) => ({ keycode, removeMods: 0, addMods: 0, group: undefined });

describe("which key types a character", () => {
  const keymap = germanKeymap();

  test("one that fits the modifiers in effect is pressed as it is", () => {
    expect(keymap.find("q", state(), undefined)).toEqual(asItIs(24));
    expect(keymap.find("Q", state(SHIFT), undefined)).toEqual(asItIs(24));
    expect(keymap.find("@", state(MOD5), undefined)).toEqual(asItIs(24));
    expect(keymap.find("A", state(LOCK), undefined)).toEqual(asItIs(38));
  });

  test("what is missing is added, what is too much removed", () => {
    expect(keymap.find("@", state(), undefined)).toEqual({ ...asItIs(24), addMods: MOD5 });
    expect(keymap.find("Ω", state(), undefined)).toEqual({ ...asItIs(24), addMods: SHIFT | MOD5 });
    expect(keymap.find("q", state(SHIFT | MOD5), undefined)).toEqual({ ...asItIs(24), removeMods: SHIFT | MOD5 });
    expect(keymap.find("@", state(SHIFT), undefined)).toEqual({ ...asItIs(24), addMods: MOD5, removeMods: SHIFT });
  });

  test("Caps Lock is lifted where it would make a capital, by the key or by the program", () => {
    expect(keymap.find("a", state(LOCK), undefined)).toEqual({ ...asItIs(38), removeMods: LOCK });
    expect(keymap.find("q", state(LOCK), undefined)).toEqual({ ...asItIs(24), removeMods: LOCK });
    expect(keymap.find("2", state(LOCK), undefined)).toEqual(asItIs(11));
  });

  test("modifiers that make a shortcut are lifted, Num Lock is not", () => {
    expect(keymap.find("q", state(CONTROL | MOD2), undefined)).toEqual({ ...asItIs(24), removeMods: CONTROL });
  });

  test("what the person at the host holds cannot be lifted, so such a key is no choice", () => {
    expect(keymap.find("q", state(SHIFT, SHIFT), undefined)).toBeUndefined();
    expect(keymap.find("Q", state(SHIFT, SHIFT), undefined)).toEqual(asItIs(24));
  });

  test("another layout's character switches the layout", () => {
    expect(keymap.find("α", state(), undefined)).toEqual({ ...asItIs(38), group: 1 });
    expect(keymap.find("a", state(0, 0, 1), undefined)).toEqual({ ...asItIs(38), group: 0 });
    expect(keymap.find("q", state(0, 0, 1), undefined)).toEqual(asItIs(24));
  });

  test("the numeric pad types a character only when its own key is meant", () => {
    expect(keymap.find("7", state(MOD2), 79)).toEqual(asItIs(79));
    expect(keymap.find("7", state(MOD2), 16)).toEqual(asItIs(16));
    expect(keymap.find("7", state(MOD2), undefined)).toEqual(asItIs(16));
  });

  test("among equal keys the one at the viewer's place is taken", () => {
    const twice = germanKeymap([[94, row(TWO_LEVEL, ...keysyms("qQ"))]]);
    expect(twice.find("q", state(), 94)).toEqual(asItIs(94));
    expect(twice.find("q", state(), undefined)).toEqual(asItIs(24));
  });

  test("a character that no key has is not found", () => {
    expect(keymap.find("漢", state(), 24)).toBeUndefined();
  });
});

describe("spare keycodes", () => {
  const nothing = row(ONE_LEVEL);
  const withSpares = (...bound: [number, KeyRow][]) =>
    germanKeymap([[8, nothing], [149, nothing], [154, nothing], [191, nothing], ...bound]);
  const nobody = () => false;

  test("are those without a meaning, beside the reserved one and the places a person may press", () => {
    const spares = new SpareKeys();
    spares.adopt(withSpares());
    expect(spares.next(nobody, 0)).toEqual({ keycode: 149, waitMs: 0 });
    spares.bound(149, keysymOf("漢"), 0);
    expect(spares.next(nobody, 1)).toEqual({ keycode: 154, waitMs: 0 });
    spares.bound(154, keysymOf("字"), 1);
    expect(spares.boundKeycodes).toEqual([149, 154]);
  });

  test("the least recently used is lent again, and not before programs had time to read it", () => {
    const spares = new SpareKeys();
    spares.adopt(withSpares());
    spares.bound(149, keysymOf("漢"), 0);
    spares.bound(154, keysymOf("字"), 10);
    expect(spares.used(149, 20)).toBe(true);
    expect(spares.used(24, 20)).toBe(false);
    expect(spares.next(nobody, 30)).toEqual({ keycode: 154, waitMs: REUSE_AFTER_MS - 20 });
  });

  test("one that is held down is never lent", () => {
    const spares = new SpareKeys();
    spares.adopt(withSpares());
    expect(spares.next((keycode) => keycode === 149, 0)).toEqual({ keycode: 154, waitMs: 0 });
    expect(spares.next(() => true, 0)).toBeUndefined();
  });

  test("a binding that another program replaced is ours no more, and one that was wiped is free again", () => {
    const spares = new SpareKeys();
    spares.adopt(withSpares());
    spares.bound(149, keysymOf("漢"), 0);
    spares.bound(154, keysymOf("字"), 5);
    spares.adopt(withSpares([149, row(ONE_LEVEL, keysymOf("x"))], [154, row(ONE_LEVEL, keysymOf("字"))]));
    expect(spares.boundKeycodes).toEqual([154]);
    spares.adopt(withSpares());
    expect(spares.boundKeycodes).toEqual([]);
    // Still, a program may be reading the event of before.
    expect(spares.next((keycode) => keycode === 149, 10)).toEqual({ keycode: 154, waitMs: REUSE_AFTER_MS - 5 });
  });
});

describe("keysyms", () => {
  test.each([
    [0x41, "A"],
    [0xe9, "é"],
    [0x20ac, "€"],
    [0x7d9, "Ω"],
    [0x6c1, "а"],
    [0x13bd, "œ"],
    [0x01006f22, "漢"],
    [0x0101f600, "😀"],
  ])("%i types %s", (keysym, character) => expect(characterOf(keysym)).toBe(character));

  test.each([0, 0xff0d, 0xffe1, 0xfe52, 0xffb7, 0x1008ff12])("%i is a function and types nothing", (keysym) =>
    expect(characterOf(keysym)).toBeUndefined(),
  );

  test("every character's keysym types that character", () => {
    for (const character of "a~ÿĀ€Ωя漢😀") expect(characterOf(keysymOf(character))).toBe(character);
  });

  test("the numeric pad has the digits and the signs of reckoning", () => {
    expect([0xffaa, 0xffab, 0xffac, 0xffad, 0xffae, 0xffaf, 0xffb0, 0xffb9, 0xffbd].map(padCharacterOf).join("")).toBe(
      "*+,-./09=",
    );
  });
});

test("every key that can be named on the wire has a keycode of its own", () => {
  const keycodes = KEY_CODES.map(evdevKeycode);
  expect(KEY_CODES.filter((code) => evdevKeycode(code) === undefined)).toEqual([]);
  expect(new Set(keycodes).size).toBe(KEY_CODES.length);
});
