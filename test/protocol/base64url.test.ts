import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64url, encodeBase64url } from "../../protocol/base64url.ts";

describe("base64url", () => {
  it("writes and reads what Node does", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const text = Buffer.from(bytes).toString("base64url");
        expect(encodeBase64url(bytes)).toBe(text);
        expect(decodeBase64url(text)).toEqual(bytes);
      }),
    );
  });

  it.each(["A", "AAAAA", "AB=", "A+AA", "A/AA", "AA AA", "AB", "AAB", "ÄAAA", "😀AA"])("does not read %j", (text) => {
    expect(decodeBase64url(text)).toBeUndefined();
  });
});
