import { createDecipheriv } from "node:crypto";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { utf8 } from "../../../protocol/bytes.ts";
import { SessionKeys } from "../../../protocol/crypto/keys.ts";
import { SealedSignals } from "../../../protocol/crypto/sealed-signals.ts";
import { ProtocolError } from "../../../protocol/errors.ts";
import { encodeHandshake } from "../../../protocol/handshake-message.ts";
import { MAX_SIGNAL_BYTES } from "../../../protocol/signaling.ts";

const keys = new SessionKeys(new Uint8Array(16).fill(1), new Uint8Array(64).fill(2));
let viewer: SealedSignals;
let host: SealedSignals;

beforeEach(() => {
  viewer = new SealedSignals(keys, "viewer");
  host = new SealedSignals(keys, "host");
});

function refusal(open: () => Uint8Array): string {
  try {
    open();
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
  return "opened";
}

describe("sealed signals", () => {
  it("carry words both ways", () => {
    for (const words of ["offer", "", "candidate"]) expect(host.open(viewer.seal(utf8(words)))).toEqual(utf8(words));
    for (const words of ["answer", "x"]) expect(viewer.open(host.seal(utf8(words)))).toEqual(utf8(words));
  });

  it("are ChaCha20-Poly1305 as written down", () => {
    viewer.seal(utf8("first"));
    const box = viewer.seal(utf8("offer"));
    expect(box.subarray(0, 4)).toEqual(Uint8Array.of(0, 0, 0, 2)); // counter
    const nonce = Uint8Array.of(
      1, // viewer to host
      0,
      0,
      0, // channel 0
      ...[0, 0, 0, 0, 0, 0, 0, 2], // counter
    );
    const beside = Uint8Array.of(
      2, // protocol version
      0, // channel 0
      ...[0, 0, 0, 0], // epoch 0
      ...[0, 0, 0, 0, 0, 0, 0, 2], // counter
    );
    const node = createDecipheriv("chacha20-poly1305", keys.signals("v2h"), nonce, { authTagLength: 16 });
    node.setAAD(beside, { plaintextLength: "offer".length });
    node.setAuthTag(box.subarray(-16));
    expect(Buffer.concat([node.update(box.subarray(4, -16)), node.final()]).toString()).toBe("offer");
  });

  it("refuse a replay, a gap, and a box out of order", () => {
    const first = viewer.seal(utf8("1"));
    const second = viewer.seal(utf8("2"));
    const third = viewer.seal(utf8("3"));
    expect(refusal(() => host.open(second))).toBe("out-of-order");
    host.open(first);
    expect(refusal(() => host.open(first))).toBe("out-of-order");
    expect(refusal(() => host.open(third))).toBe("out-of-order");
    expect(host.open(second)).toEqual(utf8("2"));
  });

  it("refuse a box with another number written on it", () => {
    viewer.seal(utf8("1"));
    const second = viewer.seal(utf8("2"));
    second[3] = 1;
    expect(refusal(() => host.open(second))).toBe("not-authentic");
  });

  it("refuse their own box from the mirror, and one of another session", () => {
    expect(refusal(() => viewer.open(viewer.seal(utf8("1"))))).toBe("not-authentic");
    const stranger = new SealedSignals(new SessionKeys(new Uint8Array(16), new Uint8Array(64)), "viewer");
    expect(refusal(() => host.open(stranger.seal(utf8("1"))))).toBe("not-authentic");
  });

  it("refuse every prefix, every longer box and every changed bit", () => {
    const box = viewer.seal(utf8("a signal"));
    for (let length = 0; length < box.length; length++) {
      expect(["truncated", "not-authentic"]).toContain(refusal(() => host.open(box.subarray(0, length))));
    }
    expect(refusal(() => host.open(Uint8Array.of(...box, 0)))).toBe("not-authentic");
    for (let bit = 0; bit < box.length * 8; bit++) {
      const changed = box.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(["out-of-order", "not-authentic"]).toContain(refusal(() => host.open(changed)));
    }
    expect(host.open(box)).toEqual(utf8("a signal"));
  });

  it("let only a ProtocolError out, whatever comes in", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(refusal(() => host.open(bytes))).not.toBe("opened");
      }),
      { numRuns: 20_000 },
    );
  });

  it("fit what they seal into one signal, and say so when it does not", () => {
    const largest = MAX_SIGNAL_BYTES - 21;
    expect(encodeHandshake({ kind: "sealed", box: viewer.seal(new Uint8Array(largest)) })).toHaveLength(
      MAX_SIGNAL_BYTES,
    );
    expect(() => viewer.seal(new Uint8Array(largest + 1))).toThrow("too long to send");
  });
});
