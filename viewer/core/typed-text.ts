import { utf8 } from "../../protocol/bytes.ts";
import { type InputEvent, MAX_TEXT_BYTES } from "../../protocol/input.ts";
import { type KeyCode, keyCode } from "../../protocol/key-code.ts";

/** Longer texts are refused as a whole: half a pasted command is worse than none. */
export const MAX_TYPED_CHARACTERS = 16 * 1024;

/**
 * The events that type a text: runs of characters, and keys where the text has a line break or a tab. Other control
 * characters are left out, they have no key. Runs are cut between characters, at most MAX_TEXT_BYTES each.
 */
export function typedText(text: string): InputEvent[] {
  const events: InputEvent[] = [];
  for (const piece of text.split(/(\r\n|\r|\n|\t)/)) {
    if (piece === "\t") events.push(...tap("Tab"));
    else if (/^[\r\n]+$/.test(piece)) events.push(...tap("Enter"));
    else events.push(...runs(piece.replace(/\p{Cc}|\p{Cs}/gu, "")));
  }
  return events;
}

function runs(text: string): InputEvent[] {
  const events: InputEvent[] = [];
  let run = "";
  let runBytes = 0;
  for (const character of text) {
    const bytes = utf8(character).length;
    if (runBytes + bytes > MAX_TEXT_BYTES) {
      events.push({ kind: "text", text: run });
      run = "";
      runBytes = 0;
    }
    run += character;
    runBytes += bytes;
  }
  if (run !== "") events.push({ kind: "text", text: run });
  return events;
}

function tap(name: "Enter" | "Tab"): InputEvent[] {
  const code = keyCode(name);
  return code === undefined ? [] : pressed([code]);
}

/** Presses keys in this order and lets go in the reverse one, as hands do. */
export function pressed(codes: readonly KeyCode[]): InputEvent[] {
  const stroke = (code: KeyCode, down: boolean): InputEvent => ({ kind: "key", code, down, repeat: false, text: "" });
  return [...codes.map((code) => stroke(code, true)), ...codes.toReversed().map((code) => stroke(code, false))];
}
