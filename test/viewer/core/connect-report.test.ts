import { describe, expect, it } from "vitest";
import {
  ConnectReport,
  EMPTY_REPORT,
  MAX_ATTEMPTS,
  MAX_MOVES,
  type ReportSnapshot,
  STEP_LIMITS_MS,
} from "../../../viewer/core/connect-report.ts";

/** In as far as the question who may look: server, code and approval are done at 300 ms. */
function letIn(): ConnectReport {
  const report = new ConnectReport();
  report.began(1_000);
  report.started("server", 1_000);
  report.succeeded("server", 1_080);
  report.started("code", 1_080);
  report.succeeded("code", 1_200);
  report.started("approval", 1_200, 30_000);
  report.succeeded("approval", 1_300);
  return report;
}

describe("the way in", () => {
  it("is empty before it begins", () => {
    expect(new ConnectReport().snapshot).toEqual(EMPTY_REPORT);
  });

  it("keeps for each step since when it was tried, how long it may take and how long it took", () => {
    const report = letIn();
    report.started("direct", 1_300);
    const { steps, startedMs } = report.snapshot;
    expect(startedMs).toBe(1_000);
    expect(steps.server).toEqual({ at: "ok", sinceMs: 1_000, tookMs: 80 });
    expect(steps.approval).toEqual({ at: "ok", sinceMs: 1_200, tookMs: 100 });
    expect(steps.direct).toEqual({ at: "trying", sinceMs: 1_300, limitMs: STEP_LIMITS_MS.direct });
    expect(steps.relay).toEqual({ at: "waiting" });
  });

  it("keeps why a step failed and why another was never tried", () => {
    const report = letIn();
    report.started("direct", 1_300);
    report.notUsed("turn", "no-turn-server");
    report.failed("direct", 13_300, "no-way-found");
    expect(report.snapshot.steps.direct).toEqual({
      at: "failed",
      sinceMs: 1_300,
      tookMs: 12_000,
      reason: "no-way-found",
    });
    expect(report.snapshot.steps.turn).toEqual({ at: "not-used", reason: "no-turn-server" });
  });

  it("tells of every change, with a new snapshot each time", () => {
    const seen: ReportSnapshot[] = [];
    const report = new ConnectReport((snapshot) => seen.push(snapshot));
    report.began(0);
    report.started("server", 0);
    report.succeeded("server", 5);
    expect(seen.map(({ steps }) => steps.server.at)).toEqual(["waiting", "trying", "ok"]);
    expect(seen.at(-1)).toBe(report.snapshot);
  });

  it("gives up what is still being tried when it ends, and keeps the reason", () => {
    const report = letIn();
    report.started("direct", 1_300);
    report.ended(2_300, "host-stopped");
    expect(report.snapshot.steps.direct).toMatchObject({ at: "failed", tookMs: 1_000, reason: "given-up" });
    expect(report.snapshot.steps.relay).toEqual({ at: "waiting" });
    expect(report.snapshot.lastReason).toEqual({ reason: "host-stopped", atMs: 2_300 });
  });

  it("forgets everything when somebody joins anew", () => {
    const report = letIn();
    report.ended(2_000, "denied");
    report.began(3_000);
    expect(report.snapshot).toEqual({ ...EMPTY_REPORT, startedMs: 3_000 });
  });
});

describe("the way the session takes", () => {
  it("a bridge leaves the better rungs being tried and settles the worse ones", () => {
    const report = letIn();
    report.started("direct", 1_300);
    report.started("turn", 1_300);
    report.started("relay", 2_300);
    report.moved("relay", 2_500);
    const { steps } = report.snapshot;
    expect(steps.relay).toEqual({ at: "ok", sinceMs: 2_300, tookMs: 200 });
    expect([steps.direct.at, steps.turn.at]).toEqual(["trying", "trying"]);
    expect(steps.mjpeg).toEqual({ at: "not-used", reason: "not-needed" });
  });

  it("the best way makes every worse one that is not open unnecessary", () => {
    const report = letIn();
    report.started("direct", 1_300);
    report.started("turn", 1_300);
    report.moved("relay", 2_500);
    report.moved("direct", 3_000);
    const { steps, moves } = report.snapshot;
    expect(steps.direct).toEqual({ at: "ok", sinceMs: 1_300, tookMs: 1_700 });
    expect(steps.turn).toEqual({ at: "not-used", reason: "not-needed" });
    expect(steps.relay.at).toBe("ok");
    expect(moves).toEqual([
      { path: "relay", atMs: 2_500 },
      { path: "direct", atMs: 3_000 },
    ]);
  });

  it("a rung that had failed and then carries the session has not failed", () => {
    const report = letIn();
    report.failed("direct", 5_000, "time-is-up");
    report.moved("direct", 9_000);
    expect(report.snapshot.steps.direct.at).toBe("ok");
  });
});

describe("a loss", () => {
  it("is one attempt, however often it is said and however many tries it takes, until the session is back", () => {
    const report = letIn();
    report.moved("direct", 2_000);
    report.lost(10_000, "host-silent");
    report.lost(11_000, "network");
    report.retried();
    report.retried();
    report.moved("relay", 14_000);
    expect(report.snapshot.attempts).toEqual([
      { lostMs: 10_000, why: "network", tries: 2, back: { path: "relay", atMs: 14_000 } },
    ]);
    expect(report.snapshot.moves.map(({ path }) => path)).toEqual(["direct", "relay"]);
    expect(report.snapshot.lastReason).toEqual({ reason: "network", atMs: 11_000 });
  });

  it("of a host that was only late ends over the same path, which is no move", () => {
    const report = letIn();
    report.moved("direct", 2_000);
    report.lost(10_000, "host-silent");
    report.moved("direct", 10_500);
    const { attempts, moves } = report.snapshot;
    expect(attempts[0]?.back).toEqual({ path: "direct", atMs: 10_500 });
    expect(moves).toHaveLength(1);
  });

  it("begins the steps anew with each try to come back, and leaves the history alone", () => {
    const report = letIn();
    report.moved("direct", 2_000);
    report.lost(10_000, "network");
    report.retried();
    expect(report.snapshot.steps).toEqual(EMPTY_REPORT.steps);
    expect(report.snapshot.startedMs).toBe(1_000);
    expect(report.snapshot.moves).toHaveLength(1);
  });

  it("of the first way in, before anything was live, is not one", () => {
    const report = letIn();
    report.retried();
    expect(report.snapshot.attempts).toEqual([]);
  });

  it("a session that is lost for hours is counted and does not grow", () => {
    const report = letIn();
    for (let round = 0; round < 500; round++) {
      report.lost(2_000 + round * 10, "network");
      report.retried();
      report.moved(round % 2 === 0 ? "relay" : "direct", 2_005 + round * 10);
    }
    const { attempts, moves, losses } = report.snapshot;
    expect([attempts.length, moves.length, losses]).toEqual([MAX_ATTEMPTS, MAX_MOVES, 500]);
    expect(attempts.at(-1)?.back).toEqual(moves.at(-1));
  });
});
