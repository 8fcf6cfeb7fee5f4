import { describe, expect, it } from "vitest";
import {
  ASK_AGAIN_AFTER_SLEEP_MS,
  admit,
  approved,
  asksAgain,
  mayBeUnsealed,
} from "../../../host-agent/core/admission.ts";

const free = { onlyMjpeg: false, controlTaken: false };

describe("who is let in", () => {
  it("asks by default", () => {
    expect(admit({ approve: "ask", viewOnly: false, mjpeg: "ask", onlyMjpeg: false }, free)).toEqual({ kind: "ask" });
  });

  it("gives control without a question where the host said so", () => {
    const verdict = admit({ approve: "control", viewOnly: false, mjpeg: "off", onlyMjpeg: false }, free);
    expect(verdict).toEqual({ kind: "admit", role: "control", mjpegAllowed: false });
  });

  it("never gives control twice by itself: the second viewer looks on", () => {
    const verdict = admit(
      { approve: "control", viewOnly: false, mjpeg: "off", onlyMjpeg: false },
      { ...free, controlTaken: true },
    );
    expect(verdict).toMatchObject({ role: "view" });
  });

  it("gives a view where only views are given, whatever a person answers", () => {
    const policy = { approve: "ask", viewOnly: true, mjpeg: "off", onlyMjpeg: false } as const;
    expect(approved(policy, free, { role: "control", mjpeg: false })).toMatchObject({ role: "view" });
  });
});

describe("a viewer that comes back to its seat", () => {
  const asked = { approve: "ask", viewOnly: false, mjpeg: "off", onlyMjpeg: false } as const;
  const awake = { paused: false, sleptMs: 0 };

  it("needs no new yes after a network that failed", () => {
    expect(asksAgain(asked, awake)).toBe(false);
    expect(asksAgain(asked, { ...awake, sleptMs: ASK_AGAIN_AFTER_SLEEP_MS })).toBe(false);
  });

  it("needs one when the host has paused, or slept for longer than five minutes", () => {
    expect(asksAgain(asked, { ...awake, paused: true })).toBe(true);
    expect(asksAgain(asked, { ...awake, sleptMs: ASK_AGAIN_AFTER_SLEEP_MS + 1 })).toBe(true);
  });

  it("is not asked about where nobody was asked the first time", () => {
    expect(asksAgain({ ...asked, approve: "view" }, { paused: true, sleptMs: Number.MAX_SAFE_INTEGER })).toBe(false);
  });
});

describe("who may see an unsealed picture", () => {
  const onlyMjpeg = { onlyMjpeg: true, controlTaken: false };

  it("is asked together with everything else by default", () => {
    const policy = { approve: "ask", viewOnly: false, mjpeg: "ask", onlyMjpeg: false } as const;
    expect(admit(policy, onlyMjpeg)).toEqual({ kind: "ask" });
    expect(approved(policy, onlyMjpeg, { role: "view", mjpeg: true })).toMatchObject({ mjpegAllowed: true });
  });

  it("a yes that does not mention it is no yes to it", () => {
    const policy = { approve: "ask", viewOnly: false, mjpeg: "ask", onlyMjpeg: false } as const;
    expect(approved(policy, onlyMjpeg, { role: "view", mjpeg: false })).toEqual({
      kind: "refuse",
      reason: "path-refused",
    });
  });

  it("is nobody where nobody is asked, unless the host allowed it outright", () => {
    const unattended = { approve: "view", viewOnly: false, mjpeg: "ask", onlyMjpeg: false } as const;
    expect(mayBeUnsealed(unattended)).toBe(false);
    expect(admit(unattended, onlyMjpeg)).toEqual({ kind: "refuse", reason: "path-refused" });
    expect(admit({ ...unattended, mjpeg: "allow", onlyMjpeg: false }, onlyMjpeg)).toMatchObject({
      kind: "admit",
      mjpegAllowed: true,
    });
  });

  it("is nobody where it is off, even by a yes", () => {
    const policy = { approve: "ask", viewOnly: false, mjpeg: "off", onlyMjpeg: false } as const;
    expect(admit(policy, onlyMjpeg)).toEqual({ kind: "refuse", reason: "path-refused" });
    expect(approved(policy, onlyMjpeg, { role: "view", mjpeg: true })).toEqual({
      kind: "refuse",
      reason: "path-refused",
    });
  });
});
