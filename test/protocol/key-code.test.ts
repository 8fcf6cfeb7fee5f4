import { describe, expect, it } from "vitest";
import { KEY_CODES, keyCode, keyCodeFromByte, keyCodeToByte } from "../../protocol/key-code.ts";
import { verdict } from "./hostile-bytes.ts";

const byteOf = (code: string): number | undefined => {
  const found = keyCode(code);
  return found === undefined ? undefined : keyCodeToByte(found);
};

describe("key codes", () => {
  it("keep their bytes: the list may grow at its end only", () => {
    expect(byteOf("Backquote")).toBe(1);
    expect(byteOf("Digit0")).toBe(6);
    expect(byteOf("KeyA")).toBe(20);
    expect(byteOf("Slash")).toBe(50);
    expect(byteOf("Enter")).toBe(58);
    expect(byteOf("ShiftRight")).toBe(62);
    expect(byteOf("Delete")).toBe(70);
    expect(byteOf("Numpad0")).toBe(82);
    expect(byteOf("Escape")).toBe(100);
    expect(byteOf("Pause")).toBe(127);
    expect(byteOf("LaunchMail")).toBe(140);
  });

  it("fit one byte, each with one name and one byte", () => {
    expect(KEY_CODES.length).toBeLessThanOrEqual(255);
    expect(new Set(KEY_CODES).size).toBe(KEY_CODES.length);
    for (const code of KEY_CODES) expect(keyCodeFromByte(keyCodeToByte(code))).toBe(code);
  });

  it("are refused outside the list", () => {
    expect(keyCode("Power")).toBeUndefined();
    expect(keyCode("constructor")).toBeUndefined();
    expect(keyCode("")).toBeUndefined();
    expect(verdict(() => keyCodeFromByte(0))).toBe("unknown-type");
    expect(verdict(() => keyCodeFromByte(KEY_CODES.length + 1))).toBe("unknown-type");
    expect(verdict(() => keyCodeFromByte(255))).toBe("unknown-type");
  });
});
