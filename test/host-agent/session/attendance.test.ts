import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LOCAL_PRIORITY_MS } from "../../../host-agent/core/local-priority.ts";
import { CONTINUE_AFTER_MS, CONTINUE_ANSWER_MS, IDLE_VIEW_ONLY_MS } from "../../../host-agent/core/session-limits.ts";
import type { People } from "../../../host-agent/presence/driver.ts";
import { Attendance, type Attendee } from "../../../host-agent/session/attendance.ts";

class Viewer implements Attendee {
  readonly id: string;
  readonly label: string;
  role: "view" | "control";
  isPresent = true;
  inputAllowed = true;
  endedBecause: string | undefined;
  constructor(id: string, role: "view" | "control") {
    this.id = id;
    this.label = `${id} on Linux`;
    this.role = role;
  }
  setInputAllowed(allowed: boolean): void {
    this.inputAllowed = allowed;
  }
  end(reason: string): void {
    this.endedBecause = reason;
  }
}

describe("whoever sits at the desktop", () => {
  const asked: string[] = [];
  const idle: string[] = [];
  let shown: People[] = [];
  let attendance: Attendance<Viewer>;
  let anna: Viewer;

  beforeEach(() => {
    vi.useFakeTimers();
    asked.length = 0;
    idle.length = 0;
    shown = [];
    attendance = new Attendance<Viewer>({
      attended: true,
      nowMs: () => performance.now(),
      events: { asksToContinue: (seat) => asked.push(seat.id), idle: (seat) => idle.push(seat.id) },
    });
    attendance.shownBy({
      window: "x11",
      gaps: [],
      show: (people) => shown.push(people),
      close: async () => undefined,
    });
    anna = new Viewer("anna", "control");
    attendance.entered(anna);
  });
  afterEach(async () => {
    await attendance.close();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it("sees who is here, and in which role", () => {
    attendance.changed(false);
    expect(shown.at(-1)).toEqual({ viewers: [{ id: "anna", label: "anna on Linux", role: "control" }], paused: false });
    anna.isPresent = false;
    attendance.changed(true);
    expect(shown.at(-1)).toEqual({ viewers: [], paused: true });
  });

  it("has the mouse to itself while its hand moves, and for two seconds after", () => {
    attendance.localMoved();
    expect(anna.inputAllowed).toBe(false);
    vi.advanceTimersByTime(LOCAL_PRIORITY_MS - 100);
    attendance.localMoved();
    vi.advanceTimersByTime(LOCAL_PRIORITY_MS - 100);
    expect(anna.inputAllowed).toBe(false);
    vi.advanceTimersByTime(200);
    expect(anna.inputAllowed).toBe(true);
  });

  it("is asked after half an hour, and a yes lets the session go on", () => {
    live(CONTINUE_AFTER_MS + 10);
    expect(asked).toEqual(["anna"]);
    expect(anna.inputAllowed).toBe(false);
    expect(attendance.answer(anna, true)).toBe(true);
    expect(anna.inputAllowed).toBe(true);
    expect(attendance.answer(anna, true)).toBe(false);
    live(CONTINUE_ANSWER_MS + 10);
    expect(anna.endedBecause).toBeUndefined();
  });

  it("ends the session by a no, and by silence", () => {
    const ben = new Viewer("ben", "view");
    attendance.entered(ben);
    live(CONTINUE_AFTER_MS + 10);
    attendance.answer(anna, false);
    expect(anna.endedBecause).toBe("denied");
    live(CONTINUE_ANSWER_MS + 10);
    expect(ben.endedBecause).toBe("expired");
  });

  it("gets control back from a viewer who has gone for lunch", () => {
    vi.advanceTimersByTime(IDLE_VIEW_ONLY_MS + 10);
    expect(idle).toEqual(["anna"]);
  });

  it("is told nothing more of a viewer who left", () => {
    attendance.left(anna);
    vi.advanceTimersByTime(CONTINUE_AFTER_MS + CONTINUE_ANSWER_MS);
    expect([asked, idle]).toEqual([[], []]);
  });

  /** Time passes, and the viewers show that they are there. */
  function live(durationMs: number): void {
    for (let passedMs = 0; passedMs < durationMs; passedMs += 60_000) {
      attendance.signOfLife(anna);
      vi.advanceTimersByTime(Math.min(60_000, durationMs - passedMs));
    }
  }
});
