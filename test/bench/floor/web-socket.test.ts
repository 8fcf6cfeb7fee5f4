import fc from "fast-check";
import { expect, test } from "vitest";

import { acceptOf, FrameReader, frameHead } from "./web-socket.ts";

test("a key is answered as in the example of RFC 6455", () => {
  expect(acceptOf("dGhlIHNhbXBsZSBub25jZQ==")).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
});

test("a payload's length takes as few bytes as it can, which browsers insist on", () => {
  expect([...frameHead(125)]).toEqual([0x82, 125]);
  expect([...frameHead(126)]).toEqual([0x82, 126, 0, 126]);
  expect([...frameHead(65_535)]).toEqual([0x82, 126, 0xff, 0xff]);
  expect([...frameHead(65_536)]).toEqual([0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
  expect([...frameHead(8_294_408)]).toEqual([0x82, 127, 0, 0, 0, 0, 0, 0x7e, 0x90, 0x08]);
});

/** As a browser sends it. */
function masked(payload: Uint8Array, mask: Uint8Array): Uint8Array {
  const hidden = payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0));
  return Uint8Array.of(0x82, 0x80 + payload.length, ...mask, ...hidden);
}

test("a page's message is unmasked", () => {
  // "Hello" under the mask of RFC 6455's example
  const frame = Uint8Array.of(0x82, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58);
  expect(new FrameReader().push(frame).map(String)).toEqual(["Hello"]);
});

test("messages are the same however TCP cuts them", () => {
  const message = fc.tuple(fc.uint8Array({ maxLength: 125 }), fc.uint8Array({ minLength: 4, maxLength: 4 }));
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 5 }), cuts, (messages, sizes) => {
      const bytes = Buffer.concat(messages.map(([payload, mask]) => masked(payload, mask)));
      const reader = new FrameReader();
      const heard: Uint8Array[] = [];
      for (let at = 0, nth = 0; at < bytes.length; nth += 1) {
        const size = sizes[nth % sizes.length] ?? 1;
        heard.push(...reader.push(bytes.subarray(at, at + size)));
        at += size;
      }
      expect(heard.map((one) => [...one])).toEqual(messages.map(([payload]) => [...payload]));
    }),
  );
});

test("anything else is refused, and nothing makes it hold more than a frame", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (chunks) => {
      const reader = new FrameReader();
      try {
        for (const chunk of chunks) for (const payload of reader.push(chunk)) expect(payload.length).toBeLessThan(126);
      } catch (error) {
        expect(String(error)).toMatch(/none of a bare page's/);
      }
    }),
    { numRuns: 3000 },
  );
  const goodbye = Uint8Array.of(0x88, 0x82, 1, 2, 3, 4, 5, 6);
  expect(() => new FrameReader().push(goodbye)).toThrow(/136, 130/);
});
