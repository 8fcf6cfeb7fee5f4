import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect as netConnect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { io } from "socket.io-client";
import { describe, expect, it, onTestFinished } from "vitest";
import { SIGNALING_PATH } from "../../protocol/signaling.ts";
import { ServerError } from "../../signaling/errors.ts";
import { connect, disconnected, randomToken, startTestServer } from "./running.ts";

async function refusal(starting: Promise<unknown>): Promise<ServerError> {
  const error = await starting.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ServerError)) throw new Error(`no ServerError but ${error}`);
  return error;
}

function selfSigned(): { cert: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), "tls-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  execFileSync(
    "openssl",
    ["req", "-x509", "-nodes", "-days", "1", "-subj", "/CN=localhost", ...curve, "-out", cert, "-keyout", key],
    { stdio: "ignore" },
  );
  return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
}

describe("starting and stopping", () => {
  it("refuses a busy port in words", async () => {
    const first = await startTestServer();
    const error = await refusal(startTestServer({ port: first.port }));
    expect(error.code).toBe("port-busy");
    expect(error.message).toContain(String(first.port));
    expect(error.hint).toContain("--port");
  });

  it("moves up from a busy port when it may", async () => {
    const first = await startTestServer();
    const second = await startTestServer({ port: first.port, moveUpIfBusy: true });
    expect(second.port).toBeGreaterThan(first.port);
    expect((await fetch(`${second.url}/healthz`)).status).toBe(200);
  });

  it("refuses an address this machine does not have", async () => {
    const error = await refusal(startTestServer({ bind: "192.0.2.1" }));
    expect(error.code).toBe("address-unavailable");
    expect(error.message).toContain("192.0.2.1");
  });

  it("speaks TLS when it is given a certificate, and refuses one that cannot be used", async () => {
    const error = await refusal(startTestServer({ tls: { cert: "no PEM", key: "no PEM" } }));
    expect(error.code).toBe("tls-invalid");

    const tls = selfSigned();
    const server = await startTestServer({ tls });
    const client = io(server.url, {
      transports: ["websocket"],
      path: SIGNALING_PATH,
      forceNew: true,
      ca: tls.cert,
      rejectUnauthorized: false,
    });
    onTestFinished(() => void client.close());
    const answer: unknown = await client.timeout(5_000).emitWithAck("room.open", { ownerToken: randomToken() });
    expect(answer).toMatchObject({ ok: true });
  });

  it("cuts off a request that never ends", async () => {
    const server = await startTestServer();
    const endless = netConnect(server.port, "127.0.0.1");
    const said: string[] = [];
    endless.on("data", (data) => said.push(data.toString()));
    const cut = new Promise((resolve) => endless.once("close", resolve));
    endless.write("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-More: ");
    await cut; // the server's limit is 10 s, the test's 20 s
    expect(said.join("")).toContain("408 Request Timeout");
  });

  it("closes with clients, idle connections and half requests open, within two seconds, and frees its port", async () => {
    const server = await startTestServer();
    const client = await connect(server);
    const ended = disconnected(client);
    const half = netConnect(server.port, "127.0.0.1");
    half.on("error", () => undefined); // it is cut off, which is the point
    half.resume();
    const cut = new Promise((resolve) => half.once("close", resolve));
    await new Promise((resolve) => half.once("connect", resolve));
    half.write("GET /healthz HTTP/1.1\r\nHost: 127");
    const startedMs = performance.now();
    await server.close();
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    expect(await ended).toMatch(/^transport/);
    client.close();
    await cut;
    await startTestServer({ port: server.port });
  });
});
