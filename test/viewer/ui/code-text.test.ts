import { describe, expect, it } from "vitest";
import { parseRoomCode } from "../../../protocol/room-code.ts";
import { groupCode } from "../../../viewer/ui/code-text.ts";
import { strings } from "../../../viewer/ui/strings.ts";

/** Types character by character, as a person does. */
function typed(characters: string): string {
  let field = { text: "", caret: 0 };
  for (const character of characters) {
    const text = field.text.slice(0, field.caret) + character + field.text.slice(field.caret);
    field = groupCode({ text, caret: field.caret + 1 });
  }
  return field.text;
}

describe("a code while it is typed", () => {
  it("is shown as it is read aloud", () => {
    expect(typed("7316482915060")).toBe("7316 · 482 915 060");
    expect(typed("7316 482-915 060")).toBe("7316 · 482 915 060");
    expect(typed("731")).toBe("731");
  });

  it("gives a longer room number its digits", () => {
    expect(typed("731648291506712")).toBe("731648 · 291 506 712");
  });

  it("keeps the caret behind the digit it stood behind", () => {
    expect(groupCode({ text: "73169 · 482 915 060", caret: 5 })).toEqual({ text: "73169 · 482 915 060", caret: 5 });
    expect(groupCode({ text: "7316 · 482 95 067", caret: 12 })).toEqual({ text: "7316 · 482 950 67", caret: 12 });
    expect(groupCode({ text: "", caret: 0 })).toEqual({ text: "", caret: 0 });
  });

  it("is left alone when it is a link or anything else", () => {
    for (const text of ["https://desk.example/#7316.AAAAAAAAAAAAAAAAAAAAAA", "hello", "1".repeat(16)]) {
      expect(groupCode({ text, caret: 3 })).toEqual({ text, caret: 3 });
    }
  });

  it("means the same code as before", () => {
    const digits = "7316482915060";
    expect(parseRoomCode(typed(digits))).toEqual(parseRoomCode(digits));
  });

  it("is shown by an example that is one itself", () => {
    expect(typed(strings.join.placeholder.replaceAll(/\D/g, ""))).toBe(strings.join.placeholder);
    expect(parseRoomCode(strings.join.placeholder)).toMatchObject({ kind: "code", room: "7316" });
  });
});
