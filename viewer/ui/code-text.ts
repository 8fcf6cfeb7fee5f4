/** The digits behind the room number: eight secret ones and a check digit. */
const SECRET_AND_CHECK_DIGITS = 9;
const SHORTEST_ROOM = 4;
const LONGEST_ROOM = 6;
const MOST_DIGITS = LONGEST_ROOM + SECRET_AND_CHECK_DIGITS;

export type TypedField = { readonly text: string; readonly caret: number };

/**
 * A code as it is read aloud, `7316 · 482 915 060`, while it is typed; the caret stays behind the same digit. Anything
 * but digits and what may stand between them is a link on its way and stays as it is.
 */
export function groupCode(typed: TypedField): TypedField {
  if (!/^[\d\s·.\-–—]*$/.test(typed.text)) return typed;
  const digits = onlyDigits(typed.text);
  if (digits.length > MOST_DIGITS) return typed;
  const before = onlyDigits(typed.text.slice(0, typed.caret)).length;
  const text = grouped(digits);
  return { text, caret: caretAfter(text, before) };
}

function grouped(digits: string): string {
  const roomDigits = Math.max(SHORTEST_ROOM, digits.length - SECRET_AND_CHECK_DIGITS);
  const room = digits.slice(0, roomDigits);
  const rest = digits.slice(roomDigits).match(/\d{1,3}/g) ?? [];
  return rest.length === 0 ? room : `${room} · ${rest.join(" ")}`;
}

function caretAfter(text: string, digits: number): number {
  if (digits === 0) return 0;
  let seen = 0;
  for (let at = 0; at < text.length; at++) {
    if (/\d/.test(text.charAt(at))) seen += 1;
    if (seen === digits) return at + 1;
  }
  return text.length;
}

function onlyDigits(text: string): string {
  return text.replace(/\D/g, "");
}
