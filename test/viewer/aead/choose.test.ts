import { describe, expect, it } from "vitest";
import { chooseAead } from "../../../viewer/aead/choose.ts";
import { nobleAead } from "../../../viewer/aead/noble.ts";
import { webAead } from "../../../viewer/aead/web.ts";
import { aeadConformance } from "../../conformance/aead.ts";

// Node's own WebCrypto stands for the browser's: the same interface over OpenSSL.
aeadConformance("WebCrypto", webAead);
aeadConformance("@noble/ciphers", nobleAead);

describe("the viewer's Aead", () => {
  it("is WebCrypto where the browser has it, and JavaScript on plain http", () => {
    expect(chooseAead(true)).toBe(webAead);
    expect(chooseAead(false)).toBe(nobleAead);
  });
});
