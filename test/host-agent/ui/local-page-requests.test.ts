import { once } from "node:events";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import type { HostCommand } from "../../../host-agent/ui/host-ui.ts";
import { type LocalPage, openLocalPage } from "../../../host-agent/ui/local-page/local-page.ts";
import { READY } from "./ready-event.ts";

/*
 * What may talk to the approval page, byte by byte over real sockets. Everything that differs from what our own page
 * sends must change nothing.
 */
const FOLDER = fileURLToPath(new URL("../../../dist/local-page", import.meta.url));
const SETTINGS = { approve: "ask", viewOnly: false, reusable: false, embedded: true } as const;
const LIMIT_MS = 10_000;

let page: LocalPage;
let port: number;
let token: string;
let commands: HostCommand[];

beforeEach(async () => {
  page = await openLocalPage(FOLDER, SETTINGS, () => performance.now());
  const url = new URL(page.url);
  port = Number(url.port);
  token = url.pathname.split("/")[1] ?? "";
  commands = [];
  page.ui.listen((command) => commands.push(command));
  page.ui.event(READY);
});
afterEach(() => page.ui.close());

type Parts = {
  readonly method: string;
  readonly path: string;
  /** As header lines, in order; doubled ones stay doubled. */
  readonly headers: readonly string[];
  readonly body: string;
};

/** What our own page sends. */
function ourCommand(body = '{"command":"invite"}'): Parts {
  return {
    method: "POST",
    path: `/${token}/command`,
    headers: [
      `Host: 127.0.0.1:${port}`,
      `Origin: http://127.0.0.1:${port}`,
      "Sec-Fetch-Site: same-origin",
      "Content-Type: application/json",
    ],
    body,
  };
}

/** The parts with one header replaced by other lines (or none). */
function withHeader(parts: Parts, name: string, ...lines: readonly string[]): Parts {
  const others = parts.headers.filter((line) => !line.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return { ...parts, headers: [...others, ...lines] };
}

function bytesOf({ method, path, headers, body }: Parts): string {
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  return [`${method} ${path} HTTP/1.1`, ...headers, length, "Connection: close", "", body].join("\r\n");
}

/** Everything that comes back until the other side closes. */
function exchange(bytes: string, host = "127.0.0.1"): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(port, host, () => socket.write(bytes));
    socket.setTimeout(LIMIT_MS, () => socket.destroy(new Error(`no end after: ${answer}`)));
    socket.on("data", (piece) => (answer += String(piece)));
    // A refusal may come before all was read, and then as a reset.
    socket.on("error", (error) => (answer === "" ? reject(error) : undefined));
    socket.on("close", () => resolve(answer));
  });
}

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
const send = async (parts: Parts): Promise<number> => statusOf(await exchange(bytesOf(parts)));

/** Names and ports that are not this page's, as a rebound domain or a proxy would send them. */
function foreignHosts(): string[] {
  return [
    "evil.example",
    `evil.example:${port}`,
    "127.0.0.1",
    "localhost",
    `127.0.0.1:${port + 1}`,
    `localhost:${port - 1}`,
    `127.0.0.1:0${port}`,
    `127.0.0.1:${port}0`,
    `127.0.0.1:${port} `.concat("x"),
    `127.0.0.2:${port}`,
    `127.1:${port}`,
    `2130706433:${port}`,
    `0x7f000001:${port}`,
    `0.0.0.0:${port}`,
    `[::]:${port}`,
    `[::ffff:127.0.0.1]:${port}`,
    `[0:0:0:0:0:0:0:1]:${port}`,
    `::1:${port}`,
    `localhost.:${port}`,
    `localhost.evil.example:${port}`,
    `evil-localhost:${port}`,
    `127.0.0.1.evil.example:${port}`,
    `127.0.0.1.nip.io:${port}`,
    `user@127.0.0.1:${port}`,
    `127.0.0.1:${port}@evil.example`,
    `127.0.0.1:${port}, evil.example`,
    `127.0.0.1:${port}/`,
    `10.0.0.1:${port}`,
    `192.168.1.20:${port}`,
    "",
  ];
}

/** Pages that are not ours, and what browsers send for pages without an address. */
function foreignOrigins(): string[] {
  return [
    "null",
    "",
    "http://evil.example",
    `http://evil.example:${port}`,
    "https://evil.example",
    "http://127.0.0.1",
    "http://localhost",
    `https://127.0.0.1:${port}`,
    `http://localhost:${port}`,
    `http://[::1]:${port}`,
    `http://127.0.0.1:${port + 1}`,
    `http://127.0.0.1:${port - 1}`,
    `http://127.0.0.1:${port}/`,
    `http://127.0.0.1:${port}.evil.example`,
    `http://127.0.0.1:${port}@evil.example`,
    `http://127.0.0.1:${port}, http://evil.example`,
    `http://127.0.0.1:${port} http://evil.example`,
    `HTTP://127.0.0.1:${port}`,
    `ws://127.0.0.1:${port}`,
    "file://",
    "chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "moz-extension://00000000-0000-0000-0000-000000000000",
    `127.0.0.1:${port}`,
    "*",
  ];
}

function otherPaths(): string[] {
  const first = token.slice(0, 1) === "A" ? "B" : "A";
  return [
    "/",
    "/command",
    "//command",
    `/${token}`,
    `/${token}/`,
    `/${token}/events`,
    `/${token}/Command`,
    `/${token}/command/`,
    `/${token}//command`,
    `//${token}/command`,
    `/${token}/./command`,
    `/${token}/../${token}/command`,
    `/x/../${token}/command`,
    `/${token}/command?`,
    `/${token}/command?x=1`,
    `/${token}/command#x`,
    `/${token}/command%00`,
    `/${token}/%63ommand`,
    `/${token}/command;x`,
    `/${token}\\command`,
    `/${token.slice(1)}/command`,
    `/${token.slice(0, -1)}/command`,
    `/${token}A/command`,
    `/${first}${token.slice(1)}/command`,
    `/${token.toLowerCase()}x/command`,
    `/${[...token].reverse().join("")}x/command`,
    `/%${token.charCodeAt(0).toString(16)}${token.slice(1)}/command`,
    "/AAAAAAAAAAAAAAAAAAAAAA/command",
    "/undefined/command",
    "/__proto__/command",
    `${token}/command`,
    `http://127.0.0.1:${port}/${token}/command`,
    `http://evil.example/${token}/command`,
    "*",
  ];
}

const OTHER_METHODS = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "post", "QUERY"];
const FOREIGN_SITES = ["cross-site", "same-site", "none", "", "same-origin, cross-site", "Same-Origin", "garbage"];
const OTHER_TYPES = [
  "",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "text/plain; application/json",
  "application/jsonp",
  "application/json, text/plain",
  "text/json",
];
const OTHER_BODIES = [
  "",
  "{}",
  "null",
  "[]",
  '"stop"',
  "stop",
  "command=stop",
  '{"command":"stop"',
  '{"command":"stop"}{"command":"stop"}',
  '{"command":"Stop"}',
  '{"command":["stop"]}',
  '{"command":"stop","viewer":"v1"}',
  '{"command":"stop","and":1}',
  '{"command":"kick"}',
  '{"command":"kick","viewer":1}',
  '{"command":"kick","viewer":""}',
  '{"command":"kick","viewer":"v1"}',
  '{"command":"approve","viewer":"v1"}',
  '{"command":"approve","viewer":"v1","role":"root"}',
  '{"command":"approve","viewer":"v1","role":"view"}',
  '{"command":"approve","viewer":"v1","role":"control","mjpeg":"yes"}',
  '{"command":"shell","run":"id"}',
  '{"__proto__":{"command":"stop"}}',
  `{"command":"stop"${" ".repeat(1100)}}`,
];

function forgeries(): { name: string; parts: Parts }[] {
  const ours = ourCommand();
  const found: { name: string; parts: Parts }[] = [];
  const add = (name: string, parts: Parts) => found.push({ name, parts });
  for (const host of foreignHosts()) {
    add(`Host "${host}"`, withHeader(ours, "Host", `Host: ${host}`));
    // As rebinding makes it: name and page agree, and the browser calls it one origin.
    add(
      `Host and Origin "${host}"`,
      withHeader(withHeader(ours, "Host", `Host: ${host}`), "Origin", `Origin: http://${host}`),
    );
    add(`Host "${host}" first`, withHeader(ours, "Host", `Host: ${host}`, `Host: 127.0.0.1:${port}`));
    add(`Host "${host}" last`, withHeader(ours, "Host", `Host: 127.0.0.1:${port}`, `Host: ${host}`));
  }
  add("no Host", withHeader(ours, "Host"));
  for (const origin of foreignOrigins()) {
    add(`Origin "${origin}"`, withHeader(ours, "Origin", `Origin: ${origin}`));
    add(`Origin "${origin}" too`, withHeader(ours, "Origin", `Origin: http://127.0.0.1:${port}`, `Origin: ${origin}`));
    // Browsers that send no Sec-Fetch headers.
    add(`Origin "${origin}" alone`, withHeader(withHeader(ours, "Origin", `Origin: ${origin}`), "Sec-Fetch-Site"));
  }
  add("no Origin", withHeader(ours, "Origin"));
  add("no Origin and no Sec-Fetch-Site", withHeader(withHeader(ours, "Origin"), "Sec-Fetch-Site"));
  add("a Referer instead of an Origin", withHeader(ours, "Origin", `Referer: ${page.url}`));
  for (const site of FOREIGN_SITES) {
    add(`Sec-Fetch-Site "${site}"`, withHeader(ours, "Sec-Fetch-Site", `Sec-Fetch-Site: ${site}`));
    add(
      `Sec-Fetch-Site "${site}" too`,
      withHeader(ours, "Sec-Fetch-Site", "Sec-Fetch-Site: same-origin", `Sec-Fetch-Site: ${site}`),
    );
  }
  for (const path of otherPaths()) add(`path ${path}`, { ...ours, path });
  for (const method of OTHER_METHODS) {
    add(`method ${method}`, { ...ours, method });
    add(`method ${method} without a body`, { ...ours, method, body: "" });
    add(`method ${method} on a wrong token`, { ...ours, method, path: "/AAAAAAAAAAAAAAAAAAAAAA/command" });
  }
  for (const type of OTHER_TYPES) add(`type "${type}"`, withHeader(ours, "Content-Type", `Content-Type: ${type}`));
  add("no type", withHeader(ours, "Content-Type"));
  for (const body of OTHER_BODIES) add(`body ${body.slice(0, 60)}`, ourCommand(body));
  return found;
}

describe("a command", () => {
  test("as our own page sends it is taken, under each of this computer's names", async () => {
    for (const [host, address] of [
      [`127.0.0.1:${port}`, "127.0.0.1"],
      [`localhost:${port}`, "127.0.0.1"],
      [`[::1]:${port}`, "::1"],
    ] as const) {
      const named = withHeader(withHeader(ourCommand(), "Host", `Host: ${host}`), "Origin", `Origin: http://${host}`);
      expect(statusOf(await exchange(bytesOf(named), address)), host).toBe(204);
    }
    expect(await send(withHeader(ourCommand(), "Sec-Fetch-Site"))).toBe(204);
    expect(commands).toEqual(Array.from({ length: 4 }, () => ({ command: "invite" })));
  });

  test("with any of 300 differences is refused, and none reaches the host", { timeout: 60_000 }, async () => {
    const all = forgeries();
    expect(all.length).toBeGreaterThanOrEqual(300);
    const accepted: string[] = [];
    for (const { name, parts } of all) {
      const before = commands.length;
      const answer = await exchange(bytesOf(parts));
      // A page or a stream, as for GET, is an answer too, but no command was taken with it.
      if (statusOf(answer) === 204 || commands.length > before) accepted.push(name);
      expect(answer.toLowerCase(), name).not.toContain("access-control-");
    }
    expect(accepted).toEqual([]);
    expect(commands).toEqual([]);
    expect(await send(ourCommand())).toBe(204);
  });

  test("gets the same answer for every wrong token", async () => {
    const answers = new Set<string>();
    for (const wrong of ["x", token.slice(0, -1), `${token}x`, "AAAAAAAAAAAAAAAAAAAAAA", "a".repeat(4000)]) {
      const answer = await exchange(bytesOf({ ...ourCommand(), path: `/${wrong}/command` }));
      answers.add(answer.replace(/^Date: .*\r\n/m, ""));
    }
    expect([...answers]).toHaveLength(1);
    expect([...answers][0]).toMatch(/^HTTP\/1\.1 404 /);
  });
});

describe("the page and its stream", () => {
  const get = (path: string, ...headers: readonly string[]): Parts => ({
    method: "GET",
    path,
    headers: [`Host: 127.0.0.1:${port}`, ...headers],
    body: "",
  });

  test("carry the headers that keep other pages away", async () => {
    const answer = await exchange(bytesOf(get(`/${token}/`, "Sec-Fetch-Site: none")));
    expect(statusOf(answer)).toBe(200);
    for (const header of [
      "Cache-Control: no-store",
      "Referrer-Policy: no-referrer",
      "X-Frame-Options: DENY",
      "X-Content-Type-Options: nosniff",
      "Cross-Origin-Resource-Policy: same-origin",
    ]) {
      expect(answer).toContain(header);
    }
    const policy = /Content-Security-Policy: (.*)\r/.exec(answer)?.[1] ?? "";
    expect(policy).toMatch(/default-src 'none'.*script-src 'self'.*frame-ancestors 'none'/);
    expect(policy).not.toContain("unsafe");
    // What the policy forbids is not there either.
    expect(answer).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=/);
  });

  test("are told to nobody who comes from another page or under another name", async () => {
    for (const path of [`/${token}/`, `/${token}/events`, `/${token}`]) {
      for (const site of ["cross-site", "same-site"])
        expect(await send(get(path, `Sec-Fetch-Site: ${site}`))).toBe(403);
      for (const origin of foreignOrigins()) expect(await send(get(path, `Origin: ${origin}`)), origin).toBe(403);
      for (const host of foreignHosts()) {
        const answer = await exchange(bytesOf(withHeader(get(path), "Host", `Host: ${host}`)));
        expect([400, 403], host).toContain(statusOf(answer));
        expect(answer).not.toContain(token);
      }
    }
  });

  test("are found without the last slash of the address", async () => {
    expect(await exchange(bytesOf(get(`/${token}`)))).toContain(`Location: /${token}/\r`);
  });

  test("never lead to another file of this computer", async () => {
    for (const path of [
      "../package.json",
      "%2e%2e/package.json",
      "assets/../../package.json",
      "assets",
      "/etc/passwd",
    ]) {
      expect(await send(get(`/${token}/${path}`)), path).toBe(404);
    }
  });

  test("cannot be reached at this computer's other addresses", async () => {
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === "IPv4");
    for (const { address } of others) await expect(exchange("", address)).rejects.toThrow(/ECONNREFUSED/);
    // Loopback has more than the one address it listens on, also where there is no network.
    await expect(exchange("", "127.0.0.2")).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe("bounds", () => {
  test("a body over 1 KiB is refused, announced or not, without waiting for the rest", async () => {
    const { method, path, headers } = ourCommand();
    const head = [`${method} ${path} HTTP/1.1`, ...headers].join("\r\n");
    const announced = await exchange(`${head}\r\nContent-Length: 1000000000\r\n\r\n${"x".repeat(2000)}`);
    expect(statusOf(announced)).toBe(413);
    const chunk = `400\r\n${"x".repeat(0x400)}\r\n`;
    const unannounced = await exchange(`${head}\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${chunk}`);
    expect(statusOf(unannounced)).toBe(413);
  });

  test("a request that never ends is cut off", { timeout: 20_000 }, async () => {
    const { method, path, headers } = ourCommand();
    const startedMs = performance.now();
    await exchange([`${method} ${path} HTTP/1.1`, ...headers, "Content-Length: 20", "", "{"].join("\r\n"));
    await exchange("GET / HT");
    expect(performance.now() - startedMs).toBeLessThan(2 * 8_000);
    expect(commands).toEqual([]);
  });

  test("too many streams and connections are refused, and the streams that are open go on", async () => {
    const abort = new AbortController();
    const open = () => fetch(`${page.url}events`, { signal: abort.signal });
    const streams: Response[] = [];
    for (let at = 0; at < 8; at += 1) streams.push(await open());
    expect(streams.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect((await open()).status).toBe(503);
    page.ui.event({ event: "code", code: "7316111222333", link: "FRESH", why: "invited" });
    expect(await textUntil(streams[7], "FRESH")).toContain("For one more viewer");
    abort.abort();
  });

  test("closing ends streams and half-sent requests within a second", async () => {
    const stream = await fetch(`${page.url}events`);
    const half = connect(port, "127.0.0.1");
    await once(half, "connect");
    half.write(`POST /${token}/command HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`);
    await textUntil(stream, "sharing");
    const closedMs = performance.now();
    page.ui.event({ event: "ended", reason: "host-stopped" });
    page.ui.close();
    await Promise.all([textUntil(stream, "stopped here"), once(half, "close")]);
    expect(performance.now() - closedMs).toBeLessThan(1_000);
    await expect(exchange("")).rejects.toThrow(/ECONNREFUSED/);
  });
});

/** Reads the stream until the text is in it. The reader is given back, so that more can be read. */
async function textUntil(stream: Response | undefined, wanted: string): Promise<string> {
  const reader = stream?.body?.getReader();
  if (reader === undefined) throw new Error("no stream");
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes(wanted)) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`the stream ended after: ${text}`);
    text += decoder.decode(value, { stream: true });
  }
  reader.releaseLock();
  return text;
}
