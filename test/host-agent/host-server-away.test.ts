import { describe, expect, it, onTestFinished, vi } from "vitest";
import { startTestServer } from "../signaling/running.ts";
import { shareHost } from "../support/shared-host.ts";
import { openLine } from "../support/tcp-line.ts";
import { codeProof, visit } from "../support/visitor.ts";

const LIMIT = { timeout: 8_000, interval: 10 };

/** A host that asks its person about everybody, and whose line to the server can break. */
async function shareOverLine() {
  const server = await startTestServer();
  const line = await openLine(server.port);
  const host = await shareHost(line.url, { approve: "ask" });
  onTestFinished(() => host.stop());
  const code = host.code();
  /** Comes with the code that was shown first, straight to the server, and hears that a person is asked. */
  const come = async () => {
    const seen: string[] = [];
    const visitor = visit(server.url, host.room, codeProof(code), {
      path: "auto",
      asking: () => seen.push("asking"),
      hostPresent: (present) => seen.push(present ? "host back" : "host away"),
    });
    onTestFinished(() => visitor.close());
    await vi.waitFor(() => expect(seen).toEqual(["asking"]), LIMIT);
    return { visitor, seen };
  };
  const sayYes = (viewer: string) => host.ui.command({ command: "approve", viewer, role: "view", mjpeg: true });
  return { server, line, host, come, sayYes };
}

describe("while the host's connection to its server is away", () => {
  it("whoever leaves is no longer asked about, and the code still lets in whoever comes next with it", async () => {
    const { line, host, come, sayYes } = await shareOverLine();
    const first = await come();
    line.cut();
    await vi.waitFor(() => expect(first.seen).toEqual(["asking", "host away"]), LIMIT);
    first.visitor.close();
    line.mend();
    await vi.waitFor(() => expect(host.ui.withdrawn).toEqual(["v1"]), LIMIT);
    // Too late: this one is gone.
    sayYes("v1");
    const second = await come();
    sayYes("v2");
    await vi.waitFor(() => expect(second.visitor.resumeSecret).toBeDefined(), LIMIT);
  });

  it("whoever stays is still asked about, and let in", async () => {
    const { line, host, come, sayYes } = await shareOverLine();
    const first = await come();
    line.cut();
    await vi.waitFor(() => expect(first.seen).toEqual(["asking", "host away"]), LIMIT);
    line.mend();
    await vi.waitFor(() => expect(first.seen).toEqual(["asking", "host away", "host back"]), LIMIT);
    sayYes("v1");
    await vi.waitFor(() => expect(first.visitor.resumeSecret).toBeDefined(), LIMIT);
    expect(host.eventsOf("knock")).toHaveLength(1);
  });
});

it("after a restart of its server a host asks about nobody who was there before", async () => {
  const { server, host, come, sayYes } = await shareOverLine();
  const first = await come();
  await server.close();
  await startTestServer({ port: server.port });
  await vi.waitFor(() => expect(host.ui.withdrawn).toEqual(["v1"]), LIMIT);
  await vi.waitFor(
    () => expect(first.visitor.failure).toEqual({ kind: "problem", problem: "server-unreachable" }),
    LIMIT,
  );
  const second = await come();
  sayYes("v2");
  await vi.waitFor(() => expect(second.visitor.resumeSecret).toBeDefined(), LIMIT);
});
