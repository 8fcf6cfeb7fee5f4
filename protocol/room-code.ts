import { decodeBase64url, encodeBase64url } from "./base64url.ts";
import { utf8 } from "./bytes.ts";

/*
 * What a person is given to get in, in two spellings.
 *
 * code   7316 · 482 915 060    room (4 to 6 digits, public), 8 secret digits, 1 check digit (Damm, over room and secret)
 * link   ORIGIN/#7316.SECRET   room, 16 secret bytes as 22 base64url letters; after the `#`, so no server is ever told
 *
 * The check digit finds every single wrong digit and every swap of neighbours before a guess is spent on it.
 */
export const SECRET_DIGITS = 8;
export const LINK_SECRET_BYTES = 16;
const LINK_SECRET_LETTERS = 22;
const MIN_ROOM_DIGITS = 4;
const MAX_ROOM_DIGITS = 6;

export type RoomCode = { readonly kind: "code"; readonly room: string; readonly secretDigits: string };
export type RoomLink = { readonly kind: "link"; readonly room: string; readonly secret: Uint8Array };

/** `typo`: the check digit is wrong. `incomplete`: more has to be typed. `not-a-code`: something else altogether. */
export type RoomCodeProblem = { readonly kind: "problem"; readonly problem: "typo" | "incomplete" | "not-a-code" };

/** Whether the text is a room number: 4 to 6 digits. */
export const isRoom = (text: string): boolean => /^[0-9]{4,6}$/.test(text);

/** As it is shown and read aloud. `secretDigits` are the 8 without the check digit. */
export function formatCode(room: string, secretDigits: string): string {
  const shown = secretDigits + dammDigit(room + secretDigits);
  return `${room} · ${shown.slice(0, 3)} ${shown.slice(3, 6)} ${shown.slice(6)}`;
}

/** `origin` is where the viewer page is, with its path prefix if it has one: `https://desk.example/beam`. */
export function formatLink(origin: string, room: string, secret: Uint8Array): string {
  return `${origin.replace(/\/+$/, "")}/#${room}.${encodeBase64url(secret)}`;
}

/** What a person typed or pasted: a code in any spacing, a whole link, or the part of a link after its `#`. */
export function parseRoomCode(text: string): RoomCode | RoomLink | RoomCodeProblem {
  const hash = text.indexOf("#");
  if (hash >= 0) return parseFragment(text.slice(hash));
  if (/^\s*[0-9]{4,6}\./.test(text)) return parseFragment(text);
  // Spaces, dashes and dots of any script, and the invisible marks that chat programs paste along.
  const digits = text.replace(/[\s\p{Pd}\p{Cf}·•‧∙⋅・]/gu, "");
  if (digits === "") return { kind: "problem", problem: "incomplete" };
  if (!/^[0-9]+$/.test(digits)) return { kind: "problem", problem: "not-a-code" };
  const roomDigits = digits.length - SECRET_DIGITS - 1;
  if (roomDigits < MIN_ROOM_DIGITS) return { kind: "problem", problem: "incomplete" };
  if (roomDigits > MAX_ROOM_DIGITS) return { kind: "problem", problem: "not-a-code" };
  // With its own check digit behind it, a number comes out as 0.
  if (dammDigit(digits) !== "0") return { kind: "problem", problem: "typo" };
  return { kind: "code", room: digits.slice(0, roomDigits), secretDigits: digits.slice(roomDigits, -1) };
}

/** What stands after the `#` of a link (with or without it): ROOM.SECRET. What follows the secret is ignored. */
export function parseFragment(fragment: string): RoomLink | RoomCodeProblem {
  const parts = /^#?([0-9]{4,6})\.([A-Za-z0-9_-]*)/.exec(fragment.trim());
  const room = parts?.[1];
  const letters = parts?.[2];
  if (room === undefined || letters === undefined || letters.length > LINK_SECRET_LETTERS) {
    return { kind: "problem", problem: "not-a-code" };
  }
  if (letters.length < LINK_SECRET_LETTERS) return { kind: "problem", problem: "incomplete" };
  const secret = decodeBase64url(letters);
  return secret === undefined ? { kind: "problem", problem: "typo" } : { kind: "link", room, secret };
}

/** What the proof runs on (the draft's PRS): the 8 digits as text, or the link's 16 bytes. */
export function proofSecret(from: RoomCode | RoomLink): Uint8Array {
  return from.kind === "code" ? utf8(from.secretDigits) : from.secret;
}

/** H. M. Damm, 2004: a totally anti-symmetric quasigroup of order 10. Row: the digit so far; column: the next one. */
const DAMM = [
  "0317598642",
  "7092154863",
  "4206871359",
  "1750983426",
  "6123045978",
  "3674209581",
  "5869720134",
  "8945362017",
  "9438617205",
  "2581436790",
];

function dammDigit(digits: string): string {
  let interim = "0";
  for (const digit of digits) interim = DAMM[Number(interim)]?.charAt(Number(digit)) ?? "";
  return interim;
}
