import { describe, expect, it } from "vitest";
import { encodeInput, MAX_TEXT_BYTES } from "../../../protocol/input.ts";
import { keyCode } from "../../../protocol/key-code.ts";
import { decodeMessage } from "../../../protocol/message.ts";
import { pressed, typedText } from "../../../viewer/core/typed-text.ts";

const key = (code: string, down: boolean) => ({ kind: "key", code, down, repeat: false, text: "" });

describe("a typed text", () => {
  it("is one run of characters", () => {
    expect(typedText("héllo 😀")).toEqual([{ kind: "text", text: "héllo 😀" }]);
  });

  it("has keys for line breaks of every kind and for tabs", () => {
    expect(typedText("a\r\nb\tc\n")).toEqual([
      { kind: "text", text: "a" },
      key("Enter", true),
      key("Enter", false),
      { kind: "text", text: "b" },
      key("Tab", true),
      key("Tab", false),
      { kind: "text", text: "c" },
      key("Enter", true),
      key("Enter", false),
    ]);
  });

  it("presses Enter once for each of several empty lines", () => {
    expect(typedText("\n\n\r\n").filter((event) => event.kind === "key" && event.down)).toHaveLength(3);
  });

  it("leaves out characters that have no key and halves of characters", () => {
    expect(typedText("a\u0000\u001b[31mb\ud800")).toEqual([{ kind: "text", text: "a[31mb" }]);
    expect(typedText("\u0007")).toEqual([]);
  });

  it("is cut between characters into runs the wire takes", () => {
    const text = "€".repeat(1000);
    const events = typedText(text);
    expect(events.map((event) => (event.kind === "text" ? event.text : "")).join("")).toBe(text);
    for (const event of events) {
      expect(event.kind === "text" && new TextEncoder().encode(event.text).length).toBeLessThanOrEqual(MAX_TEXT_BYTES);
    }
    expect(decodeMessage(encodeInput(1, events))).toMatchObject({ kind: "input", events });
  });
});

describe("pressed keys", () => {
  it("go down in order and up in the reverse one", () => {
    const codes = ["ControlLeft", "AltLeft", "Delete"].flatMap((name) => keyCode(name) ?? []);
    expect(pressed(codes)).toEqual([
      key("ControlLeft", true),
      key("AltLeft", true),
      key("Delete", true),
      key("Delete", false),
      key("AltLeft", false),
      key("ControlLeft", false),
    ]);
  });
});
