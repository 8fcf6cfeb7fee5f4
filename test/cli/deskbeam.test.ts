import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { FIRST_LINE, PROGRAM, PROGRAM_FILE } from "../support/program.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

let home: string;
let running: ChildProcess[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "deskbeam-cli-"));
});
afterEach(async () => {
  for (const child of running) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  running = [];
  rmSync(home, { recursive: true, force: true });
});

function start(args: readonly string[], environment: Record<string, string> = {}) {
  const { PATH = "" } = process.env;
  const child = spawn(PROGRAM[0], [...PROGRAM.slice(1), ...args], { env: { PATH, HOME: home, ...environment } });
  running.push(child);
  return child;
}

async function run(args: readonly string[], environment: Record<string, string> = {}) {
  const child = start(args, environment);
  child.stdin.end();
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text) => (stdout += text));
  child.stderr.on("data", (text) => (stderr += text));
  const [code] = await once(child, "close");
  return { code, stdout, stderr };
}

/** Everything on standard output until the pattern is in it; the vitest limit ends a wait in vain. */
async function outputUntil(child: ReturnType<typeof start>, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (piece) => {
      text += String(piece);
      if (pattern.test(text)) resolve(text);
    });
    child.once("exit", (code) => reject(new Error(`the program ended with ${code} after: ${text}`)));
  });
}

/** What the pattern matches on standard output, once it does. */
async function lineOf(child: ReturnType<typeof start>, pattern: RegExp): Promise<string> {
  return pattern.exec(await outputUntil(child, pattern))?.[0] ?? "";
}

describe("the built program", () => {
  test("is what package.json names, and starts with a line that lets the system run it", () => {
    const { bin, scripts } = z
      .object({ bin: z.object({ deskbeam: z.string() }), scripts: z.object({ start: z.string() }) })
      .parse(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")));
    expect(join(ROOT, bin.deskbeam)).toBe(PROGRAM_FILE);
    expect(FIRST_LINE).toBe("#!/usr/bin/env -S node --max-semi-space-size=4 --v8-pool-size=1 --no-memory-reducer");
    expect(scripts.start, "npm start tells Node the same").toBe(
      `${FIRST_LINE.replace("#!/usr/bin/env -S ", "")} ${bin.deskbeam}`,
    );
    const { stdout } = spawnSync(PROGRAM_FILE, ["--version"], { encoding: "utf8" });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test("prints its version and help", async () => {
    expect(await run(["--version"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    const help = await run(["--help"]);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help.stdout).toContain("Examples:");
    expect(help.stdout).toMatch(/share .*serve .*doctor/s);
  });

  test.each([["share"], ["serve"]])("%s --help names its flags", async (command) => {
    const { code, stdout } = await run([command, "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("--ice-servers");
    expect(stdout).toContain("DESKBEAM_FLAG_NAME");
  });
});

const NINE_SERVERS = JSON.stringify(Array.from({ length: 9 }, () => ({ urls: "stun:a.example" })));

describe("wrong usage ends with 2, the reason, and what to do", () => {
  test.each([
    ["an unknown flag", ["--fsp", "3"], /--fsp.*--fps/s],
    ["an unknown command", ["shair"], /"shair".*share/s],
    ["a word too many", ["serve", "now"], /too many arguments for .serve./],
    ["a value that is wrong", ["--fps", "fast"], /--fps "fast": must be a whole number/],
    ["a value that is missing", ["--fps"], /--fps/],
    ["an unknown flag of serve", ["serve", "--display", ":0"], /--display/],
    ["serve with half of TLS", ["serve", "--tls-cert", "/dev/null"], /--tls-key/],
    ["flags that would do nothing", ["--server", "http://a.example", "--port", "80"], /--port/],
    [
      "a credential for all to read",
      ["--ice-servers", '[{"urls":"turn:a","username":"u","credential":"hush"}]'],
      /DESKBEAM_ICE_SERVERS_FILE/,
    ],
    [
      "more STUN servers than a session is told of",
      ["--ice-servers", NINE_SERVERS],
      /--ice-servers: .*at most 8, not 9/,
    ],
    ["the same for serve", ["serve", "--ice-servers", NINE_SERVERS], /--ice-servers: .*at most 8, not 9/],
    ["doctor", ["doctor"], /not yet/],
    ["--virtual", ["--virtual", "1280x720"], /not yet/],
    ["serve --redis-url", ["serve", "--redis-url", "redis://a"], /the relay inside a server only joins ends/],
  ])("%s", async (_, args, reason) => {
    const { code, stdout, stderr } = await run(args);
    expect(stderr).toMatch(/^deskbeam: .+\n {2}.+\n$/);
    expect(stderr).toMatch(reason);
    expect(stderr).not.toContain("hush");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  test("a wrong variable, unless a flag counts more", async () => {
    const wrong = await run(["serve", "--port", "0"], { DESKBEAM_LOG_LEVEL: "loud" });
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('DESKBEAM_LOG_LEVEL "loud"') });
    const other = await run(["serve", "--log-level", "silly"], { DESKBEAM_LOG_LEVEL: "loud" });
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('--log-level "silly"') });
  });

  test("a wrong line in the configuration file, unless the environment counts more", async () => {
    const folder = join(home, ".config/deskbeam");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "config.json"), '{"serve": {"mjpeg": "maybe"}}');
    const wrong = await run(["serve"]);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining(`"mjpeg" in ${folder}/config.json`) });
    const other = await run(["serve"], { DESKBEAM_MJPEG: "perhaps" });
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('DESKBEAM_MJPEG "perhaps"') });
  });
});

describe("share", () => {
  const TEST_CARD = ["--capture", "test-card", "--input", "none", "--port", "0", "--bind", "127.0.0.1"];

  test("with --json prints an event per line, takes commands, and outlives the end of its input", async () => {
    const child = start([...TEST_CARD, "--json"]);
    const errors: string[] = [];
    child.stderr.on("data", (text) => errors.push(String(text)));
    const ready: unknown = JSON.parse(await lineOf(child, /^.*\n/));
    expect(ready).toMatchObject({ event: "ready", capture: "test-card", input: "none", mjpeg: null });
    child.stdin.end("what?\n");
    await expect.poll(() => errors.join("")).toMatch(/not a command: what\?/);
    expect(errors.join("")).toMatch(/this network only.*deskbeam serve.*--server/s);
    expect(child.exitCode).toBeNull();
    child.kill("SIGINT");
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
  });

  test("with --json ends with 0 on the command stop", async () => {
    const child = start([...TEST_CARD, "--json"]);
    await lineOf(child, /"ready"/);
    child.stdin.write('{"command":"stop"}\n');
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
  });

  test("on a terminal shows link, code and QR code, and a single key ends it", async () => {
    // `script` runs it on a terminal of its own.
    const command = [...PROGRAM, ...TEST_CARD].map((word) => `'${word}'`).join(" ");
    const { PATH = "" } = process.env;
    const environment = { PATH, HOME: home, TERM: "xterm", SHELL: "/bin/sh", COLUMNS: "100" };
    const child = spawn("script", ["-qefc", `stty cols 100 rows 60; exec ${command}`, "/dev/null"], {
      env: environment,
    });
    running.push(child);
    const text = await outputUntil(child, /q quit/);
    expect(text).toMatch(/Link .*http:\/\/127\.0\.0\.1:\d+\/#\d+\.[\w-]{22}/);
    expect(text).toMatch(/Code .*\d{4,6} · \d{3} \d{3} \d{3}/);
    expect(text).toMatch(/[█▀▄]{10}/);
    expect(text).toContain("this network only");
    child.stdin.write("q");
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
  });

  test("with a display that cannot be opened ends with 1, the reason and what to do", async () => {
    const { code, stderr } = await run(["--display", ":64999", "--port", "0", "--bind", "127.0.0.1"]);
    expect(stderr).toMatch(/deskbeam: .*:64999.*\n {2}.+\n$/);
    expect(code).toBe(1);
  });
});

describe("serve", () => {
  test("says where it is, answers there, and ends with 0 within 2 s of SIGTERM", async () => {
    const child = start(["serve", "--port", "0", "--bind", "127.0.0.1", "--log-level", "error"]);
    const address = await lineOf(child, /http:\/\/127\.0\.0\.1:\d+/);
    const health = await fetch(`${address}/healthz`);
    expect(health.status).toBe(200);
    const askedAtMs = performance.now();
    child.kill("SIGTERM");
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
    expect(performance.now() - askedAtMs).toBeLessThan(2000);
  });

  test("with --relay only says so, is healthy, has no page, and ends as quickly", async () => {
    const args = ["serve", "--relay", "only", "--port", "0", "--bind", "127.0.0.1", "--log-level", "error"];
    const child = start(args, { DESKBEAM_RELAY_SECRET: "a-secret-of-the-two" });
    const address = await lineOf(child, /http:\/\/127\.0\.0\.1:\d+/);
    const statusOf = async (path: string) => (await fetch(address + path)).status;
    expect([await statusOf("/healthz"), await statusOf("/"), await statusOf("/config.json")]).toEqual([200, 404, 404]);
    child.kill("SIGTERM");
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
  });

  test("with --relay only and no secret ends with 2, the reason and what to do", async () => {
    const { code, stderr } = await run(["serve", "--relay", "only"]);
    expect(stderr).toMatch(/^deskbeam: --relay only needs the secret.+\n {2}.+DESKBEAM_RELAY_SECRET.+\n$/);
    expect(code).toBe(2);
  });

  test("ends with 1, the reason and what to do when its port is busy", async () => {
    const other = createServer();
    await once(other.listen(0, "127.0.0.1"), "listening");
    const address = other.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const { code, stdout, stderr } = await run([
      "serve",
      "--port",
      String(port),
      "--bind",
      "127.0.0.1",
      "--log-level",
      "error",
    ]);
    other.close();
    expect(stderr).toContain(String(port));
    expect(stderr).toMatch(/deskbeam: .+\n {2}.+\n$/);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });

  test("ends with 1 too when the port it was to answer STUN on is busy", async () => {
    const other = createSocket("udp4").bind(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address();
    const address = ["--port", "0", "--bind", "127.0.0.1", "--log-level", "error"];
    const { code, stdout, stderr } = await run(["serve", ...address, "--stun-port", String(port)]);
    other.close();
    expect(stderr).toMatch(
      new RegExp(`^deskbeam: UDP port ${port} is in use by another program.\\n  .+--stun-port off.\\n$`),
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });

  test("goes on without STUN when another program has the port that is STUN's everywhere", async () => {
    const other = createSocket("udp4").bind(3478, "127.0.0.1");
    // Somebody else may have it already, which is as good.
    await once(other, "listening").catch(() => undefined);
    const child = start(["serve", "--port", "0", "--bind", "127.0.0.1"]);
    let log = "";
    child.stderr.on("data", (text) => (log += String(text)));
    const address = await lineOf(child, /http:\/\/127\.0\.0\.1:\d+/);
    other.close();
    expect(await (await fetch(`${address}/config.json`)).json()).not.toHaveProperty("stunPort");
    await expect.poll(() => log).toMatch(/UDP port 3478 is in use by another program\. STUN is off here/);
  });
});
