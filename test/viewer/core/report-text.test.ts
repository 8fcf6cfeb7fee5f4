import { describe, expect, it } from "vitest";
import { ConnectReport } from "../../../viewer/core/connect-report.ts";
import { type ReportContext, reportText } from "../../../viewer/core/report-text.ts";

const CONTEXT: ReportContext = {
  nowMs: 75_000,
  writtenAt: "2027-03-01T12:00:00.000Z",
  version: "0.1.0",
  userAgent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/150.0.0.0",
  secureContext: false,
  serverHost: "desk.example",
  room: "7316",
  state: "live",
  sealed: true,
  rttMs: 12.4,
  counts: { updates: 120, bytes: 1_234_567, inputs: 44 },
};

function aSession(): ConnectReport {
  const report = new ConnectReport();
  report.began(1_000);
  report.started("server", 1_000);
  report.succeeded("server", 1_045.4);
  report.started("code", 1_046);
  report.succeeded("code", 1_166);
  report.notUsed("approval", "not-needed");
  report.started("direct", 1_200);
  report.notUsed("turn", "no-turn-server");
  report.started("relay", 2_200);
  report.moved("relay", 2_500);
  report.failed("direct", 13_200, "no-way-found");
  report.started("picture", 2_500);
  report.succeeded("picture", 2_700);
  report.lost(66_000, "signaling");
  report.retried();
  report.started("server", 67_000);
  return report;
}

describe("the copied report", () => {
  it("says everything there is to say, in this order", () => {
    expect(reportText(aSession().snapshot, CONTEXT)).toBe(
      [
        "deskbeam report",
        "written   2027-03-01T12:00:00.000Z, 74000 ms after the start",
        "version   0.1.0",
        "browser   Mozilla/5.0 (X11; Linux x86_64) Chrome/150.0.0.0",
        "context   not secure (plain http)",
        "server    desk.example",
        "room      7316",
        "state     live",
        "path      relay, sealed, round trip 12 ms",
        "counts    120 updates, 1234567 bytes, 44 inputs",
        "last      signaling at +65000",
        "",
        "steps (ms since the start)",
        "+66000    server    trying for 8000 ms of 10000 ms",
        "          code      not tried",
        "          approval  not tried",
        "          direct    not tried",
        "          turn      not tried",
        "          relay     not tried",
        "          mjpeg     not tried",
        "          picture   not tried",
        "",
        "paths",
        "+1500     relay",
        "",
        "losses: 1",
        "+65000    signaling, tries 1, not back yet",
        "",
      ].join("\n"),
    );
  });

  it("has each step with its time and its reason", () => {
    const report = new ConnectReport();
    report.began(0);
    report.started("direct", 200);
    report.failed("direct", 12_200, "no-way-found");
    report.notUsed("turn", "no-turn-server");
    report.started("relay", 1_200);
    report.moved("relay", 1_500);
    const lines = reportText(report.snapshot, CONTEXT).split("\n");
    expect(lines).toContain("+200      direct    failed after 12000 ms: no-way-found");
    expect(lines).toContain("          turn      not used: no-turn-server");
    expect(lines).toContain("+1200     relay     ok after 300 ms");
    expect(lines).toContain("          mjpeg     not used: not-needed");
  });

  it("never has a secret, not even when it is handed a whole link for a host or a room", () => {
    const secret = "AAAAAAAAAAAAAAAAAAAAAA";
    const text = reportText(aSession().snapshot, {
      ...CONTEXT,
      serverHost: `desk.example/?x#7316.${secret}`,
      room: `7316.${secret}`,
    });
    expect(text).not.toContain(secret);
    expect(text).toContain("server    desk.example\nroom      7316\n");
  });

  it("stays below 4 KB and on its own lines after a long life and from a browser with a long name", () => {
    const report = aSession();
    for (let round = 0; round < 100; round++) {
      report.lost(100_000 + round * 1_000_000, "host-silent");
      report.retried();
      report.moved(round % 2 === 0 ? "direct" : "turn", 150_000 + round * 1_000_000);
    }
    const text = reportText(report.snapshot, { ...CONTEXT, nowMs: 2e8, userAgent: "Mozilla\n\tpaths ".repeat(500) });
    expect(text.length).toBeLessThan(4_096);
    expect(text.split("\n").filter((line) => line.startsWith("paths"))).toHaveLength(1);
  });

  it("can be written before anything was tried", () => {
    const text = reportText(new ConnectReport().snapshot, { ...CONTEXT, room: undefined, sealed: undefined });
    expect(text).toContain("room      none\n");
    expect(text).toContain("path      none, not connected, round trip 12 ms\n");
    expect(text).toContain("last      nothing went wrong\n");
  });
});
