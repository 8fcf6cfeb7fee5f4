import { randomBytes as nodeRandomBytes } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import {
  type Attempt,
  CODE_LIFETIME_MS,
  Invites,
  type InvitesOptions,
  LINK_LIFETIME_MS,
} from "../../../host-agent/core/invites.ts";
import { utf8 } from "../../../protocol/bytes.ts";

const randomBytes = (length: number) => new Uint8Array(nodeRandomBytes(length));
let invites: Invites;

const fresh = (options: Partial<InvitesOptions> = {}) =>
  new Invites({ reusable: false, randomBytes, nowMs: 0, ...options });

beforeEach(() => {
  invites = fresh();
});

function knock(): Attempt {
  const attempt = invites.opened();
  if (attempt === undefined) throw new Error("the door is full");
  return attempt;
}

/** A knock whose proof is about to be compared. */
function knockWith(mode: "code" | "link", nowMs = 0): Attempt {
  const attempt = knock();
  expect(invites.secretFor(attempt, mode, nowMs)).toBeDefined();
  expect(invites.spendGuess(attempt)).toBe(true);
  return attempt;
}

function prove(mode: "code" | "link", nowMs = 0): Attempt {
  const attempt = knockWith(mode, nowMs);
  invites.proven(attempt);
  return attempt;
}

const guessWrong = (mode: "code" | "link", nowMs = 0) => invites.closed(knockWith(mode, nowMs), nowMs);

describe("an invite", () => {
  it("is eight digits and sixteen bytes, each with its own time", () => {
    const invite = invites.current();
    expect(invite.secretDigits).toMatch(/^[0-9]{8}$/);
    expect(invite.linkSecret).toHaveLength(16);
    expect(invite.codeExpiresAtMs).toBe(10 * 60_000);
    expect(invite.linkExpiresAtMs).toBe(60 * 60_000);
  });

  it("can be given one time for both", () => {
    expect(fresh({ expiresMs: 5000 }).current()).toMatchObject({ codeExpiresAtMs: 5000, linkExpiresAtMs: 5000 });
  });

  it("draws digits evenly, leading zeros among them", () => {
    const zeros = (length: number) => new Uint8Array(length);
    expect(fresh({ randomBytes: zeros }).current().secretDigits).toBe("00000000");
    const counts = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 2000; draw++) {
      for (const digit of fresh().current().secretDigits) counts[Number(digit)] = (counts[Number(digit)] ?? 0) + 1;
    }
    // 1600 of each expected; eight standard deviations (38 each) off is no chance.
    for (const count of counts) expect(Math.abs(count - 1600)).toBeLessThan(8 * 38);
  });

  it("is proved by its digits as text, or by its bytes", () => {
    const { secretDigits, linkSecret } = invites.current();
    expect(invites.secretFor(knock(), "code", 0)).toEqual(utf8(secretDigits));
    expect(invites.secretFor(knock(), "link", 0)).toEqual(linkSecret);
  });

  it("is fresh, with another id, when the person at the host asks", () => {
    const before = invites.current();
    invites.invite(1000);
    const after = invites.current();
    expect(after.id).not.toBe(before.id);
    expect(after.secretDigits).not.toBe(before.secretDigits);
    expect(after.linkSecret).not.toEqual(before.linkSecret);
    expect(after.codeExpiresAtMs).toBe(1000 + CODE_LIFETIME_MS);
  });
});

describe("an invite is used once", () => {
  it.each(["code", "link"] as const)("by the first viewer let in through its %s; then both are fresh", (mode) => {
    const before = invites.current();
    expect(invites.admit(prove(mode), 0)).toEqual({ admitted: true, changed: "used" });
    expect(invites.current().secretDigits).not.toBe(before.secretDigits);
    expect(invites.current().linkSecret).not.toEqual(before.linkSecret);
  });

  it("so of two proven viewers only the first to be let in gets in, one with the code, one with the link", () => {
    const first = prove("code");
    const second = prove("link");
    expect(invites.admit(second, 0)).toEqual({ admitted: true, changed: "used" });
    expect(invites.admit(first, 0)).toEqual({ admitted: false, why: "taken" });
  });

  it("even when the code was renewed while the first one waited for an answer", () => {
    const first = prove("code");
    invites.expire(CODE_LIFETIME_MS);
    const second = prove("code", CODE_LIFETIME_MS);
    expect(invites.admit(second, CODE_LIFETIME_MS)).toMatchObject({ admitted: true });
    expect(invites.admit(first, CODE_LIFETIME_MS)).toMatchObject({ admitted: false });
  });

  it("and is not used up by a viewer that was proven and then denied", () => {
    const before = invites.current();
    invites.closed(prove("code"), 0);
    expect(invites.current()).toEqual(before);
    expect(invites.admit(prove("code"), 0)).toMatchObject({ admitted: true });
  });

  it("and a viewer that waited longer than the code lived is still let in, without using up the fresh one", () => {
    const patient = prove("code");
    invites.invite(0);
    const after = invites.current();
    expect(invites.admit(patient, 0)).toEqual({ admitted: true, changed: undefined });
    expect(invites.current()).toEqual(after);
  });

  it("and nobody is let in without a proof", () => {
    expect(() => invites.admit(knockWith("code"), 0)).toThrow("without a proof");
  });
});

describe("three wrong proofs burn an invite", () => {
  it("after exactly three", () => {
    const before = invites.current();
    expect(guessWrong("code")).toBeUndefined();
    expect(guessWrong("link")).toBeUndefined();
    expect(invites.current()).toEqual(before);
    expect(guessWrong("code")).toBe("burned");
    expect(invites.current().secretDigits).not.toBe(before.secretDigits);
    expect(invites.current().linkSecret).not.toEqual(before.linkSecret);
  });

  it("and the fresh one takes three again", () => {
    for (let guess = 0; guess < 3; guess++) guessWrong("code");
    expect([guessWrong("code"), guessWrong("code"), guessWrong("code")]).toEqual([undefined, undefined, "burned"]);
  });

  it("so that a fourth handshake that was already under way is not even compared", () => {
    const fourth = knock();
    invites.secretFor(fourth, "code", 0);
    for (let guess = 0; guess < 3; guess++) guessWrong("code");
    expect(invites.spendGuess(fourth)).toBe(false);
  });

  it("counting before the comparison: of four at once only three are compared", () => {
    const attempts = [knock(), knock(), knock(), knock()];
    for (const attempt of attempts) invites.secretFor(attempt, "code", 0);
    expect(attempts.map((attempt) => invites.spendGuess(attempt))).toEqual([true, true, true, false]);
    expect(attempts.map((attempt) => invites.closed(attempt, 0))).toEqual(["burned", undefined, undefined, undefined]);
  });

  it("and a right proof costs nothing, however often", () => {
    for (let viewer = 0; viewer < 10; viewer++) prove("code");
    guessWrong("code");
    guessWrong("code");
    expect(guessWrong("code")).toBe("burned");
  });

  it("and a handshake that broke off before its proof costs nothing", () => {
    for (let stranger = 0; stranger < 10; stranger++) {
      const attempt = knock();
      invites.secretFor(attempt, "code", 0);
      expect(invites.closed(attempt, 0)).toBeUndefined();
    }
    expect(guessWrong("code")).toBeUndefined();
  });

  it("and one handshake is one guess", () => {
    expect(invites.spendGuess(knockWith("code"))).toBe(false);
  });
});

describe("four handshakes at once", () => {
  it("are all the door takes, until one is over", () => {
    const attempts = [knock(), knock(), knock(), knock()];
    expect(invites.opened()).toBeUndefined();
    const [first, second] = attempts;
    if (first === undefined || second === undefined) throw new Error("nobody knocked");
    invites.closed(first, 0);
    invites.closed(first, 0);
    knock();
    expect(invites.opened()).toBeUndefined();
    invites.proven(second);
    knock();
    expect(invites.opened()).toBeUndefined();
  });
});

describe("time", () => {
  it("ends the code first; the link goes on beside a fresh code", () => {
    const before = invites.current();
    expect(invites.nextExpiryAtMs).toBe(CODE_LIFETIME_MS);
    expect(invites.expire(CODE_LIFETIME_MS - 1)).toBeUndefined();
    expect(invites.expire(CODE_LIFETIME_MS)).toBe("expired");
    const after = invites.current();
    expect(after.secretDigits).not.toBe(before.secretDigits);
    expect(after.linkSecret).toEqual(before.linkSecret);
    expect(after.linkExpiresAtMs).toBe(LINK_LIFETIME_MS);
    expect(after.id).not.toBe(before.id);
  });

  it("ends the link after its hour, and the code with it", () => {
    const before = invites.current();
    for (let at = CODE_LIFETIME_MS; at < LINK_LIFETIME_MS; at += CODE_LIFETIME_MS) invites.expire(at);
    expect(invites.current().linkSecret).toEqual(before.linkSecret);
    expect(invites.expire(LINK_LIFETIME_MS)).toBe("expired");
    expect(invites.current().linkSecret).not.toEqual(before.linkSecret);
    expect(invites.current().codeExpiresAtMs).toBe(LINK_LIFETIME_MS + CODE_LIFETIME_MS);
  });

  it("counts even when nobody has called expire yet", () => {
    expect(invites.secretFor(knock(), "code", CODE_LIFETIME_MS)).toBeUndefined();
    expect(invites.secretFor(knock(), "link", CODE_LIFETIME_MS)).toBeDefined();
    expect(invites.secretFor(knock(), "link", LINK_LIFETIME_MS)).toBeUndefined();
  });

  it("lets no proof be compared whose code ran out under way", () => {
    const slow = knock();
    invites.secretFor(slow, "code", CODE_LIFETIME_MS - 1);
    invites.expire(CODE_LIFETIME_MS);
    expect(invites.spendGuess(slow)).toBe(false);
  });
});

describe("a reusable link", () => {
  beforeEach(() => {
    invites = fresh({ reusable: true });
  });

  it("lets several in and stays as it is", () => {
    const before = invites.current();
    for (let viewer = 0; viewer < 3; viewer++) {
      expect(invites.admit(prove("link"), 0)).toEqual({ admitted: true, changed: undefined });
    }
    expect(invites.current()).toEqual(before);
  });

  it("stands beside a code that is still for one", () => {
    const before = invites.current();
    const second = prove("code");
    expect(invites.admit(prove("code"), 0)).toEqual({ admitted: true, changed: "used" });
    expect(invites.admit(second, 0)).toEqual({ admitted: false, why: "taken" });
    expect(invites.current().secretDigits).not.toBe(before.secretDigits);
    expect(invites.current().linkSecret).toEqual(before.linkSecret);
  });

  it("is not taken away from its viewers by strangers who guess at the code", () => {
    const before = invites.current();
    guessWrong("code");
    guessWrong("code");
    expect(guessWrong("link")).toBe("burned");
    expect(invites.current().secretDigits).not.toBe(before.secretDigits);
    expect(invites.current().linkSecret).toEqual(before.linkSecret);
  });

  it("ends with its time", () => {
    const before = invites.current();
    expect(invites.expire(LINK_LIFETIME_MS)).toBe("expired");
    expect(invites.current().linkSecret).not.toEqual(before.linkSecret);
  });
});
