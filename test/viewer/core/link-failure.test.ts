import { describe, expect, it } from "vitest";
import { arrivalEvent, recoveryAfter, stepReason } from "../../../viewer/core/link-failure.ts";

describe("a first arrival that failed", () => {
  it("brings the form back where another code, or another moment, helps", () => {
    const failed = (problem: string) => ({ kind: "join-failed", problem });
    expect(arrivalEvent({ kind: "problem", problem: "no-such-room" }, false)).toEqual(failed("no-such-room"));
    expect(arrivalEvent({ kind: "refused", reason: "wrong-code" }, false)).toEqual(failed("wrong-code"));
    expect(arrivalEvent({ kind: "refused", reason: "code-burned" }, false)).toEqual(failed("code-burned"));
    expect(arrivalEvent({ kind: "refused", reason: "expired" }, false)).toEqual(failed("code-used"));
    expect(arrivalEvent({ kind: "refused", reason: "no-answer" }, false)).toEqual(failed("no-answer"));
  });

  it("ends it where somebody or some rule said no", () => {
    expect(arrivalEvent({ kind: "refused", reason: "denied" }, true)).toEqual({ kind: "ended", reason: "denied" });
    expect(arrivalEvent({ kind: "refused", reason: "no-answer" }, true)).toEqual({
      kind: "ended",
      reason: "no-answer",
    });
    expect(arrivalEvent({ kind: "mjpeg-refused" }, false)).toEqual({ kind: "ended", reason: "mjpeg-refused" });
    expect(arrivalEvent({ kind: "no-path" }, false)).toEqual({ kind: "ended", reason: "no-path" });
  });
});

describe("a failed try to take a seat up again", () => {
  it("is made again while nobody said no", () => {
    expect(recoveryAfter({ kind: "problem", problem: "server-unreachable" })).toEqual({
      kind: "again",
      after: "failed",
    });
    expect(recoveryAfter({ kind: "refused", reason: "no-answer" })).toEqual({ kind: "again", after: "failed" });
    expect(recoveryAfter({ kind: "no-path" })).toEqual({ kind: "again", after: "failed" });
  });

  it("is made again though the room is unknown, or the server wants fewer tries", () => {
    const next = (problem: "no-such-room" | "too-many") => recoveryAfter({ kind: "problem", problem });
    expect(next("no-such-room")).toEqual({ kind: "again", after: "host-absent" });
    expect(next("too-many")).toEqual({ kind: "again", after: "too-many" });
  });

  it("ends with a host that does not know the seat any more", () => {
    expect(recoveryAfter({ kind: "refused", reason: "wrong-code" })).toEqual({ kind: "end", reason: "expired" });
    expect(recoveryAfter({ kind: "refused", reason: "kicked" })).toEqual({ kind: "end", reason: "kicked" });
  });
});

describe("what the report says of a step that failed", () => {
  it("is what the server or the host answered, in the report's words", () => {
    expect(stepReason({ kind: "problem", problem: "no-such-room" })).toBe("no-such-room");
    expect(stepReason({ kind: "problem", problem: "server-unreachable" })).toBe("unreachable");
    expect(stepReason({ kind: "problem", problem: "host-moved" })).toBe("unreachable");
    expect(stepReason({ kind: "refused", reason: "wrong-code" })).toBe("wrong-code");
    expect(stepReason({ kind: "refused", reason: "expired" })).toBe("code-used");
    expect(stepReason({ kind: "refused", reason: "protocol-error" })).toBe("not-understood");
    expect(stepReason({ kind: "refused", reason: "denied" })).toBe("refused");
    expect(stepReason({ kind: "no-path" })).toBe("no-way-found");
  });
});
