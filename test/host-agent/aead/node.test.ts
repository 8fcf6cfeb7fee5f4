import { describe, expect, it } from "vitest";
import { nodeAead } from "../../../host-agent/aead/node.ts";
import { aeadConformance } from "../../conformance/aead.ts";

aeadConformance("node:crypto", nodeAead);

describe("the host's Aead", () => {
  it("answers at once, without a promise", () => {
    const aead = nodeAead(new Uint8Array(32));
    const sealed = aead.seal(new Uint8Array(12), new Uint8Array(14), new Uint8Array(16 * 1024));
    if (sealed instanceof Promise) throw new Error("sealed by promise");
    expect(aead.open(new Uint8Array(12), new Uint8Array(14), sealed)).toEqual(new Uint8Array(16 * 1024));
  });
});
