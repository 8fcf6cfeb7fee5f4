import { describe, expect, it } from "vitest";
import { backOffMs, HostAbsence } from "../../../viewer/core/back-off.ts";

const FAILED = { kind: "failed" } as const;

describe("the back-off", () => {
  it("tries the first time at once", () => {
    expect(backOffMs(0, FAILED, 0.9)).toBe(0);
  });

  it("waits longer each time, but never more than five seconds", () => {
    const longest = [1, 2, 3, 4, 5, 50].map((tries) => backOffMs(tries, FAILED, 1));
    expect(longest).toEqual([1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
  });

  it("leaves half of every wait to chance, so that viewers do not return in step", () => {
    expect(backOffMs(4, FAILED, 0)).toBe(2_500);
    expect(backOffMs(4, FAILED, 0.5)).toBe(3_750);
  });

  it("waits for a host that has just gone as for a server that has: both may be starting again", () => {
    for (const forMs of [0, 59_999]) {
      const waits = [1, 2, 3, 50].map((tries) => backOffMs(tries, { kind: "host-absent", forMs }, 0.5));
      expect(waits).toEqual([1, 2, 3, 50].map((tries) => backOffMs(tries, FAILED, 0.5)));
    }
  });

  it("leaves others their share of what the server gives one address, once the host stays away or it is told to", () => {
    for (const last of [{ kind: "host-absent", forMs: 60_000 }, { kind: "too-many" }] as const) {
      expect(60_000 / backOffMs(7, last, 0)).toBeLessThan(5);
    }
  });
});

describe("how long a host has been absent", () => {
  it("counts from the first try that found none, and anew once another try failed otherwise", () => {
    const absence = new HostAbsence();
    expect(absence.after("host-absent", 1_000)).toEqual({ kind: "host-absent", forMs: 0 });
    expect(absence.after("host-absent", 9_000)).toEqual({ kind: "host-absent", forMs: 8_000 });
    absence.after("failed", 10_000);
    expect(absence.after("host-absent", 11_000)).toEqual({ kind: "host-absent", forMs: 0 });
  });

  it("goes on counting for somebody who is sent away for trying too often", () => {
    const absence = new HostAbsence();
    absence.after("host-absent", 0);
    absence.after("too-many", 50_000);
    expect(absence.after("host-absent", 64_000)).toEqual({ kind: "host-absent", forMs: 64_000 });
  });
});
