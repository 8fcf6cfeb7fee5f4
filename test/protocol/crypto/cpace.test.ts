import { ristretto255 } from "@noble/curves/ed25519.js";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { utf8 } from "../../../protocol/bytes.ts";
import {
  confirmationTag,
  deriveGenerator,
  drawScalar,
  lengthPrefixed,
  sessionKey,
  sharedPoint,
  shareOf,
} from "../../../protocol/crypto/cpace.ts";
import { ProtocolError } from "../../../protocol/errors.ts";

/** Published vectors: draft-irtf-cfrg-cpace-21, testvectors.json, group ristretto255 with SHA-512. */
const PRS = hexToBytes("50617373776f7264");
const CI = hexToBytes("0b415f696e69746961746f720b425f726573706f6e646572");
const SID = hexToBytes("7e4b4791d6a8ef019b936c79fb7f2c57");
const GENERATOR = "222b6b195fe84b1652badb6f6a3ae3d24341e7306967f0b8115b40d5698c7e56";
const ya = hexToBytes("da3d23700a9e5699258aef94dc060dfda5ebb61f02a5ea77fad53f4ff0976d08");
const yb = hexToBytes("d2316b454718c35362d83d69df6320f38578ed5984651435e2949762d900b80d");
const A = {
  share: hexToBytes("d6bac480f2c386c394efc7c47adb9925dcd2630b64f240c50f8d0eec482b9157"),
  data: hexToBytes("414461"),
};
const B = {
  share: hexToBytes("3ea7e0b19560d7c0b0f5734f63b955286dfa8232b5ebe63324e2d9e7433f7258"),
  data: hexToBytes("414462"),
};
const K = "80b69a8a76457ab6a4d7f887a4bf6b55a2f80ac19c333f917a05fc9887c8b40f";
const ISK =
  "b69effbf61b51d56401c0f65601abe428de8206feaaf0e32198896dcae7b35cd2b38950a39dfd5d4a79164614c2984f7daa460b588c1e80c3fa2068af7900447";

describe("CPace draft 21, published vectors", () => {
  it("derives the generator", () => {
    expect(bytesToHex(deriveGenerator(PRS, CI, SID))).toBe(GENERATOR);
  });

  it("computes both shares", () => {
    expect(shareOf(ya, hexToBytes(GENERATOR))).toEqual(A.share);
    expect(shareOf(yb, hexToBytes(GENERATOR))).toEqual(B.share);
  });

  it("computes the same point on both ends", () => {
    expect(bytesToHex(sharedPoint(ya, B.share))).toBe(K);
    expect(bytesToHex(sharedPoint(yb, A.share))).toBe(K);
  });

  it("computes the session key", () => {
    expect(bytesToHex(sessionKey(SID, hexToBytes(K), A, B))).toBe(ISK);
  });

  it.each([
    ["no encoding of an element", "2b3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c"],
    ["the neutral element", "00".repeat(32)],
    ["a field element over the prime", "ff".repeat(32)],
    ["a negative field element", `01${"00".repeat(31)}`],
    ["too few bytes", "00".repeat(31)],
    ["too many bytes", "00".repeat(33)],
  ])("refuses a share that is %s", (_, hex) => {
    expect(() => sharedPoint(ya, hexToBytes(hex))).toThrow(ProtocolError);
  });
});

describe("CPace", () => {
  it("writes lengths in LEB128, so that no two lists of parts look alike", () => {
    expect(lengthPrefixed(utf8("1234"), utf8("5"), new Uint8Array(), utf8("678"))).toEqual(
      hexToBytes("04313233340135".concat("00", "03363738")),
    );
    // 128 is the first length of two bytes: low seven bits with the top bit set, then one.
    expect(lengthPrefixed(new Uint8Array(128)).subarray(0, 3)).toEqual(Uint8Array.of(0x80, 0x01, 0));
  });

  it("reads a secret of more than one hash block without padding", () => {
    expect(deriveGenerator(new Uint8Array(200), CI, SID)).toHaveLength(32);
  });

  it("draws scalars below 2^252, from 32 random bytes", () => {
    const scalar = drawScalar((length) => new Uint8Array(length).fill(0xff));
    expect(bytesToHex(scalar)).toBe(`${"ff".repeat(31)}0f`);
    expect(BigInt(`0x${bytesToHex(scalar.toReversed())}`)).toBeLessThan(ristretto255.Point.Fn.ORDER);
  });

  it("does not work on with a random source that gives zeros", () => {
    expect(() => drawScalar((length) => new Uint8Array(length))).toThrow("random source is broken");
  });

  it("makes a different tag for each end, and for each run", () => {
    const isk = hexToBytes(ISK);
    const tags = [
      confirmationTag(SID, isk, A),
      confirmationTag(SID, isk, B),
      confirmationTag(new Uint8Array(16), isk, A),
      confirmationTag(SID, new Uint8Array(64), A),
    ].map(bytesToHex);
    expect(new Set(tags).size).toBe(4);
    // HMAC-SHA512(SHA512("CPaceMac" || sid || ISK), lv_cat(Ya, ADa)), first 32 bytes; made apart with Node's crypto.
    expect(tags[0]).toBe("30478d28d83ae3b214295e91f4a3eb62999a8ed94575075db4a7d3bc3e4d26f1");
  });
});
