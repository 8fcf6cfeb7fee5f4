import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { MJPEG_PREFIX } from "../../protocol/signaling.ts";
import { connect, emptyViewer, randomToken, startTestServer, type TestServer } from "./running.ts";

type Answer = { readonly status: number; readonly headers: IncomingMessage["headers"]; readonly body: string };

/** A plain request: `fetch` would not let a test choose Host and Origin. */
async function ask(
  server: TestServer,
  path: string,
  options: { readonly method?: string; readonly headers?: Record<string, string> } = {},
): Promise<Answer> {
  const sent: ClientRequest = request(server.url + path, { agent: false, ...options }).end();
  const [response]: IncomingMessage[] = await once(sent, "response");
  if (response === undefined) throw new Error("no response");
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}

function builtViewer(): string {
  const folder = emptyViewer();
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "assets", "main-abc123.js"), "export {};");
  writeFileSync(join(folder, "favicon.svg"), "<svg xmlns='http://www.w3.org/2000/svg'/>");
  return folder;
}

describe("the server over plain requests", () => {
  it("says that it is ready, and what the viewer may know", async () => {
    const iceServers = [{ urls: ["stun:stun.example:3478"] }];
    const server = await startTestServer({ iceServers, mjpeg: false, relay: { at: "here" } });
    const health = await ask(server, "/healthz");
    expect([health.status, JSON.parse(health.body)]).toEqual([200, { status: "ok" }]);
    const config = await ask(server, "/config.json");
    expect(JSON.parse(config.body)).toEqual({ iceServers, mjpeg: false, relay: true });
    expect(config.headers["content-type"]).toBe("application/json");
  });

  it("serves the viewer: the page always fresh, what has a hash in its name for good", async () => {
    const server = await startTestServer({ viewerRoot: builtViewer() });
    const page = await ask(server, "/?resize=fit");
    expect([page.status, page.headers["cache-control"]]).toEqual([200, "no-cache"]);
    expect(page.body).toContain("<title>viewer</title>");
    expect((await ask(server, "/index.html")).headers["cache-control"]).toBe("no-cache");
    expect((await ask(server, "/favicon.svg")).headers["cache-control"]).toBe("no-cache");
    const script = await ask(server, "/assets/main-abc123.js");
    expect(script.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect(script.headers["content-type"]).toMatch(/javascript/);
    const head = await ask(server, "/", { method: "HEAD" });
    expect([head.status, head.body]).toEqual([200, ""]);
  });

  it("has nothing outside the viewer's folder", async () => {
    const server = await startTestServer({ viewerRoot: builtViewer() });
    for (const path of ["/nothing", "/../../etc/passwd", "/..%2f..%2fetc/passwd", "/assets/", "/%", "//etc/passwd"]) {
      expect((await ask(server, path)).status, path).toBe(404);
    }
  });

  it("sends the headers that keep foreign code and frames out, with every answer", async () => {
    const server = await startTestServer({ viewerRoot: builtViewer() });
    for (const path of ["/", "/healthz", "/nothing", "/assets/main-abc123.js", `${MJPEG_PREFIX}nothing`]) {
      const { headers } = await ask(server, path);
      expect(headers["content-security-policy"], path).toContain("script-src 'self';");
      expect(headers["content-security-policy"], path).not.toContain("unsafe");
      expect(headers["content-security-policy"], path).toContain("frame-ancestors 'none'");
      expect(headers, path).toMatchObject({
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "same-origin",
      });
    }
  });

  it("lets listed origins frame the page, and nobody else", async () => {
    const server = await startTestServer({ allowedOrigins: ["https://dashboard.example"] });
    const { headers } = await ask(server, "/");
    expect(headers["content-security-policy"]).toContain("frame-ancestors 'self' https://dashboard.example");
    expect(headers["x-frame-options"]).toBeUndefined();
  });

  it("only answers GET and HEAD", async () => {
    const server = await startTestServer();
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"]) {
      const answer = await ask(server, "/healthz", { method });
      expect([answer.status, answer.headers.allow], method).toEqual([405, "GET, HEAD"]);
    }
  });

  it("does not answer to a stranger's name or a stranger's page, and says what to do", async () => {
    const server = await startTestServer({ allowedOrigins: ["desk.example"] });
    const rebound = await ask(server, "/config.json", { headers: { Host: "evil.example" } });
    expect(rebound.status).toBe(403);
    expect(rebound.body).toContain("--allowed-origins");
    const foreign = await ask(server, "/config.json", { headers: { Origin: "https://evil.example" } });
    expect(foreign.status).toBe(403);
    expect((await ask(server, "/config.json", { headers: { Host: "desk.example" } })).status).toBe(200);
  });

  it("keeps everything below its prefix", async () => {
    const server = await startTestServer({ pathPrefix: "/desk/", viewerRoot: builtViewer() });
    expect((await ask(server, "/desk/healthz")).status).toBe(200);
    expect((await ask(server, "/desk/")).body).toContain("<title>viewer</title>");
    expect((await ask(server, "/desk/assets/main-abc123.js")).status).toBe(200);
    const moved = await ask(server, "/desk?view_only=1");
    expect([moved.status, moved.headers.location]).toEqual([308, "/desk/?view_only=1"]);
    expect((await ask(server, "/healthz")).status).toBe(404);
    expect((await ask(server, "/desktop/healthz")).status).toBe(404);
    const host = await connect(server, {}, "/desk");
    expect(await host.emitWithAck("room.open", { ownerToken: randomToken() })).toMatchObject({ ok: true });
    await expect(connect(server)).rejects.toThrow();
  });

  it("starts without a built viewer, and says how to build it", async () => {
    const server = await startTestServer({ viewerRoot: join(emptyViewer(), "nothing-here") });
    expect((await ask(server, "/")).status).toBe(404);
    expect((await ask(server, "/healthz")).status).toBe(200);
    expect(server.logged.join("\n")).toContain("npm run build");
  });

  it("does not wait for the rest of a request it will not answer", async () => {
    const server = await startTestServer();
    const endless = request(`${server.url}/healthz`, { method: "POST", agent: false });
    endless.on("error", () => undefined); // the server closes while this is still sending
    endless.write("x".repeat(1_000));
    const [response]: IncomingMessage[] = await once(endless, "response");
    expect(response?.statusCode).toBe(405);
    endless.destroy();
  });
});

describe("who may open a WebSocket", () => {
  it("is a host agent, which has no Origin, and a page of this server", async () => {
    const server = await startTestServer();
    expect((await connect(server)).connected).toBe(true);
    expect((await connect(server, { Origin: server.url })).connected).toBe(true);
  });

  it("is not a page of another site, of another port, of no site, nor anybody under a stranger's name", async () => {
    const server = await startTestServer();
    for (const origin of ["https://evil.example", "http://127.0.0.1:1", "null"]) {
      await expect(connect(server, { Origin: origin }), origin).rejects.toThrow();
    }
    await expect(connect(server, { Host: "evil.example" })).rejects.toThrow();
  });

  it("is a page of a listed origin", async () => {
    const server = await startTestServer({ allowedOrigins: ["https://viewer.example"] });
    expect((await connect(server, { Origin: "https://viewer.example" })).connected).toBe(true);
    expect((await connect(server, { Origin: "https://viewer.example", Host: "viewer.example" })).connected).toBe(true);
    await expect(connect(server, { Origin: "https://viewer.example.evil.example" })).rejects.toThrow();
  });

  it("is nobody over long polling", async () => {
    const server = await startTestServer();
    expect((await ask(server, "/signaling/?EIO=4&transport=polling")).status).toBe(400);
  });
});
