import { randomBytes as nodeRandomBytes } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { RESUME_LIFETIME_MS, ResumeSecrets } from "../../../host-agent/core/resume-secrets.ts";
import { resumeHint } from "../../../protocol/crypto/associated-data.ts";

const randomBytes = (length: number) => new Uint8Array(nodeRandomBytes(length));
let resume: ResumeSecrets;

beforeEach(() => {
  resume = new ResumeSecrets(randomBytes);
});

const seatOf = (secret: Uint8Array, nowMs = 0) => resume.find(resumeHint(secret), nowMs)?.seat;

describe("a resume secret", () => {
  it("is 32 bytes, found by its hint, and each seat has its own", () => {
    const ada = resume.renew("ada");
    const bob = resume.renew("bob");
    expect(ada).toHaveLength(32);
    expect(resume.find(resumeHint(ada), 0)).toEqual({ seat: "ada", secret: ada });
    expect(seatOf(bob)).toBe("bob");
    expect(seatOf(randomBytes(32))).toBeUndefined();
    expect(resume.find(new Uint8Array(), 0)).toBeUndefined();
  });

  it("works while the host has not noticed the loss, for as long as the seat lasts", () => {
    const secret = resume.renew("ada");
    expect(seatOf(secret, 100 * RESUME_LIFETIME_MS)).toBe("ada");
    expect(resume.nextExpiryAtMs).toBeUndefined();
  });

  it("lives ten minutes after the loss", () => {
    const secret = resume.renew("ada");
    resume.lost("ada", 1000);
    resume.lost("ada", 5000);
    expect(resume.nextExpiryAtMs).toBe(1000 + 10 * 60_000);
    expect(seatOf(secret, 1000 + RESUME_LIFETIME_MS - 1)).toBe("ada");
    expect(seatOf(secret, 1000 + RESUME_LIFETIME_MS)).toBeUndefined();
    expect(resume.expire(1000 + RESUME_LIFETIME_MS - 1)).toEqual([]);
    expect(resume.expire(1000 + RESUME_LIFETIME_MS)).toEqual(["ada"]);
    expect(resume.nextExpiryAtMs).toBeUndefined();
  });

  it("is renewed at every return, which also ends the loss", () => {
    const first = resume.renew("ada");
    resume.lost("ada", 0);
    const second = resume.renew("ada", first);
    expect(second).not.toEqual(first);
    expect(resume.nextExpiryAtMs).toBeUndefined();
    expect(seatOf(second, RESUME_LIFETIME_MS)).toBe("ada");
  });

  it("stays good until the viewer has proved the next one, whose answer may have been lost", () => {
    const first = resume.renew("ada");
    const second = resume.renew("ada", first);
    expect(seatOf(first)).toBe("ada");
    const third = resume.renew("ada", first);
    expect(seatOf(second)).toBeUndefined();
    expect(seatOf(first)).toBe("ada");
    resume.renew("ada", third);
    expect(seatOf(first)).toBeUndefined();
    expect(seatOf(third)).toBe("ada");
  });

  it("is gone when its seat is", () => {
    const secret = resume.renew("ada");
    resume.forget("ada");
    expect(seatOf(secret)).toBeUndefined();
    resume.lost("ada", 0);
    expect(resume.nextExpiryAtMs).toBeUndefined();
  });

  it("is kept for 64 seats; beyond, the one lost the longest goes first", () => {
    const here = resume.renew("here");
    const lost = resume.renew("lost");
    resume.lost("lost", 0);
    for (let seat = 0; seat < 63; seat++) resume.renew(`seat ${seat}`);
    expect(seatOf(lost)).toBeUndefined();
    expect(seatOf(here)).toBe("here");
  });
});
