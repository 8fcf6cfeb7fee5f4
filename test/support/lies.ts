import { randomBytes } from "node:crypto";
import { HostHandshake, ViewerHandshake } from "../../protocol/crypto/handshake.ts";
import { SessionKeys } from "../../protocol/crypto/keys.ts";
import { SealedSignals } from "../../protocol/crypto/sealed-signals.ts";
import { decodeHandshake, encodeHandshake, type Mode } from "../../protocol/handshake-message.ts";
import { encodeInput } from "../../protocol/input.ts";
import { encodeMeeting, type MeetingMessage } from "../../protocol/meeting.ts";
import type { End, Lie, Passing, Wire } from "./lying-server.ts";

/*
 * What a lying server can do to the signals of one meeting. The signals of an honest one, by `nth`:
 *
 *   to the viewer   0 hello   1 share-b   2 proof-b   3 admitted, sealed   4 ice, sealed   5 answer, sealed   6 … candidates, sealed
 *   to the host     0 share-a   1 proof-a   2 introduce, sealed   3 offer, sealed   4 … candidates, sealed
 */
export type Spot = { readonly to: End; readonly nth: number };

const is = (passing: Passing, spot: Spot): boolean => passing.to === spot.to && passing.nth === spot.nth;
const other = (end: End): End => (end === "host" ? "viewer" : "host");
const noise = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

/** No lie, but an ear: everything goes through, and what is said in meetings that begin from now on is kept. */
export const overheard = (into: Passing[]): Lie => {
  const begun = new Set<Wire>();
  return {
    joined: (wire) => void begun.add(wire),
    carry: (passing, wire) => {
      if (begun.has(wire)) into.push(passing);
      wire.deliver(passing.to, passing.data);
    },
  };
};

/** Delivers these instead of the signal at one spot, in this order. */
function instead(spot: Spot, deliver: (data: Uint8Array) => readonly Uint8Array[]): Lie {
  return {
    carry: (passing, wire) => {
      const signals = is(passing, spot) ? deliver(passing.data) : [passing.data];
      for (const data of signals) wire.deliver(passing.to, data);
    },
  };
}

export const changed = (spot: Spot, change: (data: Uint8Array) => Uint8Array): Lie =>
  instead(spot, (data) => [change(data)]);

export const dropped = (spot: Spot): Lie => instead(spot, () => []);

export const doubled = (spot: Spot): Lie => instead(spot, (data) => [data, data]);

export const preceded = (spot: Spot, by: Uint8Array): Lie => instead(spot, (data) => [by, data]);

/** The bit counts from the first byte's lowest, and starts again at the end. */
export function flipped(data: Uint8Array, bit: number): Uint8Array {
  const copy = data.slice();
  const at = Math.floor(bit / 8) % copy.length;
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit % 8));
  return copy;
}

/** The next signal overtakes; without a next one, this one never comes. `order`: what is delivered then. */
export function heldBack(spot: Spot, order: "reversed" | "kept"): Lie {
  let held: Uint8Array | undefined;
  return {
    carry: ({ to, nth, data }, wire) => {
      if (is({ to, nth, data }, spot)) {
        held = data;
        return;
      }
      const late = to === spot.to ? held : undefined;
      if (late !== undefined) held = undefined;
      if (late !== undefined && order === "kept") wire.deliver(to, late);
      wire.deliver(to, data);
      if (late !== undefined && order === "reversed") wire.deliver(to, late);
    },
  };
}

/** The signal goes back to whoever sent it, as if the other end had. */
export const reflected = (spot: Spot): Lie => ({
  carry: (passing, wire) => wire.deliver(is(passing, spot) ? other(passing.to) : passing.to, passing.data),
});

/** Signals of two rooms change places from one spot on. Give the same one to both rooms. */
export function mixed(spot: Spot): Lie {
  const wires: Wire[] = [];
  return {
    joined: (wire) => wires.push(wire),
    carry: ({ to, nth, data }, wire) => {
      const crossed = to === spot.to && nth >= spot.nth;
      const target = crossed ? wires.find((one) => one !== wire) : wire;
      target?.deliver(to, data);
    },
  };
}

/** Boxes that look right, and are sealed with keys that are not this meeting's: the server's own, or another viewer's. */
export function forged(spot: Spot, message: MeetingMessage, keys = new SessionKeys(noise(16), noise(64))): Lie {
  return changed(spot, () => {
    const seal = new SealedSignals(keys, other(spot.to));
    // Boxes are numbered: the ones before this were real.
    const first = spot.to === "viewer" ? 3 : 2;
    for (let skipped = first; skipped < spot.nth; skipped += 1) seal.seal(noise(1));
    return encodeHandshake({ kind: "sealed", box: seal.seal(encodeMeeting(message)) });
  });
}

/** What a server would like to have said in the name of the end that does not get it. */
export function temptation(to: End, which: number): MeetingMessage {
  const sdp = `v=0\r\na=setup:active\r\na=fingerprint:sha-256 ${Array.from(noise(32), (byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join(":")}\r\n`;
  const forHost: MeetingMessage[] = [
    { kind: "introduce", label: "somebody else", onlyMjpeg: true },
    { kind: "offer", attempt: 1, way: "direct", sdp },
    { kind: "want-mjpeg" },
    { kind: "message", bytes: encodeInput(1, [{ kind: "move", at: { x: 1, y: 1 } }]) },
  ];
  const forViewer: MeetingMessage[] = [
    { kind: "admitted", role: "control", path: "mjpeg", resumeSecret: noise(32) },
    { kind: "answer", attempt: 1, sdp: sdp.replace("active", "passive") },
    { kind: "mjpeg", token: "0123456789abcdefghijkl" },
    { kind: "ice", policy: "relay", servers: [{ urls: ["turn:192.0.2.1"], username: "a", credential: "b" }] },
    { kind: "refused", reason: "kicked" },
  ];
  const list = to === "host" ? forHost : forViewer;
  const chosen = list[which % list.length];
  if (chosen === undefined) throw new Error("every list has something");
  return chosen;
}

/** The server plays the host, with a secret that it guesses; the real one hears nothing. */
export function impersonated(room: string, secret: Uint8Array): Lie {
  let nonce: Uint8Array = new Uint8Array();
  let handshake: HostHandshake | undefined;
  return {
    nonce: (viewerNonce) => {
      nonce = viewerNonce;
      return viewerNonce;
    },
    joined: (wire) => {
      handshake = new HostHandshake({
        room,
        viewerNonce: nonce,
        hostNonce: noise(16),
        secretFor: () => secret,
        randomBytes: noise,
      });
      wire.deliver("viewer", encodeHandshake(handshake.start()));
    },
    carry: ({ to, data }, wire) => {
      if (to === "viewer" || handshake === undefined) return;
      for (const step of handshake.receive(decodeHandshake(data))) {
        if (step.kind === "send") wire.deliver("viewer", encodeHandshake(step.message));
      }
    },
  };
}

/** Somebody plays the viewer who knocked, with a secret of their own; the viewer hears what the host says to them. */
export function displaced(room: string, mode: Mode, secret: Uint8Array): Lie {
  let handshake: ViewerHandshake | undefined;
  return {
    nonce: (viewerNonce) => {
      handshake = new ViewerHandshake({ room, viewerNonce, mode, secret, randomBytes: noise });
      return viewerNonce;
    },
    carry: ({ to, data }, wire) => {
      if (to === "host" || handshake === undefined) return;
      for (const step of handshake.receive(decodeHandshake(data))) {
        if (step.kind === "send") wire.deliver("host", encodeHandshake(step.message));
      }
      wire.deliver("viewer", data);
    },
  };
}
