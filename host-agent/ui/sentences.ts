import type { Role } from "../../protocol/control.ts";
import type { Path } from "../../protocol/pipe.ts";
import type { EndReason, FreshCodeReason } from "./host-ui.ts";

/** Why a viewer left or the sharing ended, as the end of "Anna left: …". A reason without a sentence does not compile. */
export const END_SENTENCES: Readonly<Record<EndReason, string>> = {
  "host-stopped": "stopped here",
  kicked: "sent away from here",
  "viewer-left": "closed the page",
  denied: "not let in",
  "no-answer": "nobody answered in time",
  "wrong-code": "wrong code",
  "code-burned": "the code was tried too often",
  "room-full": "no place left",
  expired: "the code ran out",
  "no-progress": "the connection broke",
  "protocol-error": "sent something this version does not understand",
  flooded: "sent far too much",
  "version-mismatch": "has another version of deskbeam",
  "capture-lost": "the display is gone",
  "path-refused": "no permitted way to send the picture",
  "display-not-openable": "the display cannot be opened",
  "capture-unavailable": "the screen cannot be captured",
  "input-unavailable": "keyboard and mouse cannot be driven",
  "presence-unavailable": "the window that says who watches cannot be shown",
  "presence-lost": "the window that says who watches is gone",
  "encoder-unavailable": "pictures cannot be encoded",
  "port-busy": "the port is in use",
  "server-unreachable": "the server cannot be reached",
  "room-refused": "the server gave no room",
};

export const FRESH_CODE_SENTENCES: Readonly<Record<FreshCodeReason, string>> = {
  used: "The code has let its viewer in. For another one:",
  burned: "Somebody tried wrong codes, so the old one is void. The new one:",
  expired: "The code ran out. The new one:",
  invited: "For one more viewer:",
};

export const PATH_WORDS: Readonly<Record<Path, string>> = {
  direct: "direct, sealed",
  turn: "over a TURN relay, sealed",
  relay: "over the server, sealed",
  mjpeg: "over the server, NOT sealed",
};

export const ROLE_WORDS: Readonly<Record<Role, string>> = { view: "watches", control: "controls" };

/** How far the link reaches, which the link itself does not show. */
export function reachSentence(embedded: boolean, server: string): string {
  return embedded
    ? "This link works on this network only. To be reached from outside, run `deskbeam serve` on a machine that both " +
        "sides reach, and here `deskbeam --server https://THAT-MACHINE`."
    : `Works wherever ${server} can be reached.`;
}

/** `7316482915060` in room 7316 as `7316 · 482 915 060`: groups are what people read aloud. */
export function spokenCode(code: string, room: string): string {
  const digits = code.replace(/\D/g, "");
  const secret = digits.startsWith(room) ? digits.slice(room.length) : digits;
  return `${room} · ${secret.replace(/(\d{3})(?=\d)/g, "$1 ")}`;
}

/** A stranger wrote it: one line, no control or direction-changing characters, no escape sequences. */
export function plainText(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ")
    .trim()
    .slice(0, 64);
}
