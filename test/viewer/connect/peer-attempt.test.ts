import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { ConnectReport } from "../../../viewer/core/connect-report.ts";
import { startTestServer } from "../../signaling/running.ts";
import { installNodeBrowser, type NodeBrowser } from "../../support/node-browser.ts";
import { shareHost } from "../../support/shared-host.ts";
import { linkProof, visit } from "../../support/visitor.ts";

describe("a connection that the host does not give", () => {
  let browser: NodeBrowser;
  beforeEach(() => {
    browser = installNodeBrowser();
  });
  afterEach(() => browser.restore());

  it("is over when the host says so: the page waits for no limit, and can tell why", async () => {
    const server = await startTestServer();
    const host = await shareHost(server.url, { approve: "view", path: "relay" });
    onTestFinished(() => host.stop());
    const report = new ConnectReport();
    const visitor = visit(server.url, host.room, linkProof(host.link()), { path: "direct", report });
    onTestFinished(() => visitor.close());
    await vi.waitFor(() => expect(visitor.failure).toBeDefined(), { timeout: 5_000 });
    expect(visitor.failure).toEqual({ kind: "refused", reason: "path-refused" });
    expect(report.snapshot.steps.direct).toMatchObject({ at: "failed", reason: "refused" });
  });
});
