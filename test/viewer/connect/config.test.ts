import { once } from "node:events";
import { createServer } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { loadConfig } from "../../../viewer/connect/config.ts";
import { startTestServer } from "../../signaling/running.ts";

const STUN = { port: 0, doWithoutIfBusy: false };
const PLAIN = { iceServers: [], mjpeg: true, relay: true };

describe("what a page learns of its server", () => {
  it("is its own STUN first, by the name the page came from, then the operator's, and never a credential", async () => {
    const server = await startTestServer({
      iceServers: [{ urls: "stun:stun.example" }, { urls: "turn:turn.example", username: "anna", credential: "hush" }],
      stun: STUN,
      mjpeg: false,
    });
    expect(await loadConfig(new URL(`http://localhost:${server.port}/`))).toEqual({
      iceServers: [{ urls: `stun:localhost:${server.stunPort}` }, { urls: ["stun:stun.example"] }],
      stunPort: server.stunPort,
      mjpeg: false,
      relay: true,
    });
  });

  it("names an IPv6 address the way a URL does", async () => {
    const server = await startTestServer({ bind: "::1", stun: STUN });
    const { iceServers } = await loadConfig(new URL(`http://[::1]:${server.port}/`));
    expect(iceServers).toEqual([{ urls: `stun:[::1]:${server.stunPort}` }]);
  });

  it("has no STUN where the server has none", async () => {
    const server = await startTestServer();
    expect(await loadConfig(new URL(`${server.url}/`))).toEqual(PLAIN);
  });

  it("is the plain values when the server answers something else", async () => {
    const other = createServer((_, response) =>
      response.end('{"iceServers":[],"stunPort":70000,"mjpeg":false,"relay":false}'),
    );
    await once(other.listen(0, "127.0.0.1"), "listening");
    onTestFinished(() => void other.close());
    const address = other.address();
    const port = typeof address === "object" ? address?.port : undefined;
    expect(await loadConfig(new URL(`http://127.0.0.1:${port}/`))).toEqual(PLAIN);
  });
});
