import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { PICTURES_PATH, SIGNALING_PATH } from "../../protocol/signaling.ts";
import { startTestServer } from "../signaling/running.ts";
import { parallel } from "../support/parallel.ts";

/*
 * B4: another site's page in the same browser, and names that an attacker's DNS points at this machine. A WebSocket asks
 * no CORS, so the server itself has to look.
 */
const HOSTS = (port: number) => [
  `127.0.0.1:${port}`,
  `localhost:${port}`,
  `[::1]:${port}`,
  `evil.example:${port}`,
  `127.0.0.1.evil.example:${port}`,
  `localhost.evil.example:${port}`,
  `127.0.0.1.nip.io:${port}`,
  `xn--lcalhost-4za.example:${port}`,
  `desk.local:${port}`,
  "evil.example",
];
const ORIGINS = (port: number) => [
  undefined,
  "null",
  "https://evil.example",
  `http://evil.example:${port}`,
  `http://127.0.0.1.evil.example:${port}`,
  "file://",
  "chrome-extension://abcdefghijklmnop",
  `http://192.0.2.1:${port}`,
  `http://127.0.0.1:${port + 1}`,
  `http://localhost:${port}@evil.example`,
];
const PATHS = [
  { path: "/", upgrade: false },
  { path: "/config.json", upgrade: false },
  { path: "/mjpeg/0123456789abcdefghijkl", upgrade: false },
  { path: `${SIGNALING_PATH}/?EIO=4&transport=websocket`, upgrade: true },
  { path: `${PICTURES_PATH}/?EIO=4&transport=websocket`, upgrade: true },
];

type Variant = {
  readonly host: string;
  readonly origin: string | undefined;
  readonly path: string;
  readonly upgrade: boolean;
};

/** The status, or 101 when a WebSocket was let in. */
function statusOf(port: number, { host, origin, path, upgrade }: Variant): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers: Record<string, string> = { host, ...(origin !== undefined && { origin }) };
    if (upgrade) {
      Object.assign(headers, {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      });
    }
    const asking = request({ host: "127.0.0.1", port, path, headers, timeout: 5_000 }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asking.on("upgrade", (_, socket) => {
      socket.destroy();
      resolve(101);
    });
    asking.on("timeout", () => asking.destroy(new Error("no answer")));
    asking.on("error", reject);
    asking.end();
  });
}

describe("requests from elsewhere", () => {
  it("are refused in all of hundreds of variants, and those from here are not", async () => {
    const server = await startTestServer();
    const here = HOSTS(server.port).slice(0, 3);
    const variants = HOSTS(server.port).flatMap((host) =>
      ORIGINS(server.port).flatMap((origin) => PATHS.map((path) => ({ host, origin, ...path }))),
    );
    const foreign = variants.filter(({ host, origin }) => !here.includes(host) || origin !== undefined);
    expect(foreign.length).toBeGreaterThanOrEqual(300);
    const statuses = await parallel(foreign, 20, (variant) => statusOf(server.port, variant));
    // A refused WebSocket is answered 400 by engine.io.
    const accepted = foreign.filter(({ upgrade }, index) => statuses[index] !== (upgrade ? 400 : 403));
    expect(accepted).toEqual([]);
    // The same without an origin, or with their own: what keeps the others out is not a server that refuses all.
    for (const host of here) {
      for (const origin of [undefined, `http://${host}`]) {
        for (const { path, upgrade } of PATHS) {
          const status = await statusOf(server.port, { host, origin, path, upgrade });
          expect(upgrade ? status === 101 : status !== 403, `${host} ${origin} ${path}: ${status}`).toBe(true);
        }
      }
    }
  });
});
