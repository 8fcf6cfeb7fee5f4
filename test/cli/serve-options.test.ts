import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readCommandLine } from "../../cli/command-line.ts";
import type { ServeOptions } from "../../cli/serve-options.ts";

const SECRET = "a-shared-secret-of-two";
const URLS = "turn:turn.example:3478,turns:turn.example:5349?transport=tcp";

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "serve-options-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function serve(args: readonly string[], environment: Record<string, string> = {}, home = "/nowhere"): ServeOptions {
  const invocation = readCommandLine(["serve", ...args], { environment, homeFolder: home, version: "0.0.0" });
  if (invocation.command !== "serve") throw new Error(invocation.command);
  return invocation.options;
}

describe("where serve answers STUN", () => {
  it("is port 3478, or nowhere when another program has it", () => {
    expect(serve([]).stun).toEqual({ port: 3478, doWithoutIfBusy: true });
  });

  it("is the port that was asked for, and no other", () => {
    expect(serve(["--stun-port", "3480"]).stun).toEqual({ port: 3480, doWithoutIfBusy: false });
    expect(serve(["--stun-port", "3478"]).stun).toEqual({ port: 3478, doWithoutIfBusy: false });
    expect(serve([], { DESKBEAM_STUN_PORT: "0" }).stun).toEqual({ port: 0, doWithoutIfBusy: false });
  });

  it("is nowhere with off", () => {
    expect(serve(["--stun-port", "off"]).stun).toBeUndefined();
  });

  it.each(["on", "-1", "65536", "3478.5", "0x10"])("is never %s", (port) => {
    expect(() => serve([`--stun-port=${port}`])).toThrow(/--stun-port.*must be off or a whole number from 0 to 65535/);
  });
});

describe("the TURN servers that serve makes passwords for", () => {
  it("are none unless they are named", () => {
    expect(serve([]).turn).toBeUndefined();
  });

  it("come with their secret, out of the environment or a file of its own", () => {
    const expected = { urls: URLS.split(","), secret: SECRET, ttlS: 600 };
    expect(serve([], { DESKBEAM_TURN_URLS: URLS, DESKBEAM_TURN_SECRET: SECRET }).turn).toEqual(expected);
    const file = join(temporaryFolder(), "secret");
    writeFileSync(file, `${SECRET}\n`);
    expect(serve(["--turn-urls", URLS], { DESKBEAM_TURN_SECRET_FILE: file }).turn).toEqual(expected);
    const home = temporaryFolder();
    mkdirSync(join(home, ".config/deskbeam"), { recursive: true });
    const written = { serve: { "turn-urls": URLS.split(","), "turn-secret": SECRET, "turn-ttl": 600 } };
    writeFileSync(join(home, ".config/deskbeam/config.json"), JSON.stringify(written));
    expect(serve([], {}, home).turn).toEqual(expected);
  });

  it("take a password for as long as is said, in seconds or as a time", () => {
    const environment = { DESKBEAM_TURN_URLS: URLS, DESKBEAM_TURN_SECRET: SECRET };
    const ttlS = (text: string) => serve(["--turn-ttl", text], environment).turn?.ttlS;
    expect(["60", "3600", "15m", "24h"].map(ttlS)).toEqual([60, 3_600, 900, 86_400]);
    for (const wrong of ["59", "25h", "soon", "-600", "1.5h"]) {
      expect(() => serve([`--turn-ttl=${wrong}`], environment), wrong).toThrow(/--turn-ttl.*must be a time/);
    }
  });

  it("never take their secret from the command line, and no message repeats it", () => {
    expect(() => serve(["--turn-secret", SECRET])).toThrow(/unknown option '--turn-secret'/);
    const short = { DESKBEAM_TURN_URLS: URLS, DESKBEAM_TURN_SECRET: "hush" };
    expect(() => serve([], short)).toThrow(/^DESKBEAM_TURN_SECRET: must have 16 characters or more/);
  });

  it("count among the servers of --ice-servers, of which no session can be told more than eight", () => {
    const list = (count: number) => JSON.stringify(Array.from({ length: count }, () => ({ urls: "stun:a.example" })));
    const environment = { DESKBEAM_TURN_URLS: URLS, DESKBEAM_TURN_SECRET: SECRET };
    expect(serve(["--ice-servers", list(7)], environment).iceServers).toHaveLength(7);
    expect(() => serve(["--ice-servers", list(8)], environment)).toThrow(
      /--ice-servers and --turn-urls .* must be at most 8, not 9/,
    );
    const nine = Array.from({ length: 9 }, (_, index) => `turn:turn.example:${index + 1}`).join();
    expect(() => serve([], { ...environment, DESKBEAM_TURN_URLS: nine })).toThrow(/1 to 8 URLs each/);
  });

  it("are wrong without their secret, and it without them", () => {
    expect(() => serve(["--turn-urls", URLS])).toThrow(/belong together, and one is missing/);
    expect(() => serve([], { DESKBEAM_TURN_SECRET: SECRET })).toThrow(/belong together, and one is missing/);
  });

  it.each(["stun:a.example", "http://a.example", "turn:", "turn:a.example?transport=sctp", "turn:a b"])(
    "are never %s",
    (url) => {
      expect(() => serve([`--turn-urls=${url}`], { DESKBEAM_TURN_SECRET: SECRET })).toThrow(
        /must be TURN servers such as/,
      );
    },
  );
});

describe("what serve relays", () => {
  const BOTH = { DESKBEAM_RELAY_URL: "https://relay.example:7450/", DESKBEAM_RELAY_SECRET: SECRET };

  it("is all that comes to it, or nothing", () => {
    expect(serve([]).relay).toEqual({ at: "here" });
    expect(serve(["--relay", "off"]).relay).toEqual({ at: "nowhere" });
  });

  it("is left to another process that shares its secret", () => {
    const apart = { at: "apart", url: "https://relay.example:7450", secret: SECRET };
    expect(serve([], BOTH).relay).toEqual(apart);
    const file = join(temporaryFolder(), "secret");
    writeFileSync(file, `${SECRET}\n`);
    const byFlag = ["--relay-url", "https://RELAY.example:7450/desk/"];
    expect(serve(byFlag, { DESKBEAM_RELAY_SECRET_FILE: file }).relay).toEqual({
      ...apart,
      url: "https://relay.example:7450/desk",
    });
  });

  it("is all that it does with only, also where the environment names the other's address", () => {
    for (const environment of [{ DESKBEAM_RELAY_SECRET: SECRET }, BOTH]) {
      expect(serve(["--relay", "only"], environment).relay).toEqual({ at: "only-here", secret: SECRET });
    }
  });

  it("needs the secret, and the secret needs something to be for", () => {
    expect(() => serve(["--relay", "only"])).toThrow(/--relay only needs the secret/);
    expect(() => serve(["--relay-url", "https://relay.example"])).toThrow(/belong together, and one is missing/);
    expect(() => serve([], { DESKBEAM_RELAY_SECRET: SECRET })).toThrow(/belong together, and one is missing/);
    expect(() => serve(["--relay", "off"], BOTH)).toThrow(/contradict each other/);
  });

  it("never takes the secret from the command line, and no message repeats it", () => {
    expect(() => serve(["--relay-secret", SECRET])).toThrow(/unknown option '--relay-secret'/);
    const short = { ...BOTH, DESKBEAM_RELAY_SECRET: "hush" };
    expect(() => serve([], short)).toThrow(/^DESKBEAM_RELAY_SECRET: must have 16 characters or more/);
  });

  it.each(["relay.example", "ws://relay.example", "https://a:b@relay.example", "https://relay.example/?x", "https://"])(
    "is never left to %s",
    (url) => {
      expect(() => serve(["--relay-url", url], { DESKBEAM_RELAY_SECRET: SECRET })).toThrow(
        /--relay-url.*must be an address such as https:\/\/relay\.example\.org/,
      );
    },
  );
});

describe("the Redis in which serve shares rooms", () => {
  const RELAY = { DESKBEAM_RELAY_URL: "https://relay.example:7450", DESKBEAM_RELAY_SECRET: SECRET };
  const REDIS = "redis://:hush@redis.example:6379/2";

  it("is none unless it is named, by a flag, the environment or a file", () => {
    expect(serve([]).redisUrl).toBeUndefined();
    expect(serve(["--redis-url", "rediss://redis.example"], RELAY).redisUrl).toBe("rediss://redis.example");
    expect(serve([], { ...RELAY, DESKBEAM_REDIS_URL: REDIS }).redisUrl).toBe(REDIS);
    const file = join(temporaryFolder(), "redis_url");
    writeFileSync(file, `${REDIS}\n`);
    expect(serve(["--relay", "off"], { DESKBEAM_REDIS_URL_FILE: file })).toMatchObject({
      redisUrl: REDIS,
      relay: { at: "nowhere" },
      mjpeg: false,
    });
  });

  it("goes with no relay and no pictures inside the server, and the message says why and what to do", () => {
    const environment = { DESKBEAM_REDIS_URL: REDIS };
    expect(() => serve([], environment)).toThrow(
      expect.objectContaining({
        name: "UsageError",
        message: expect.stringMatching(
          /--redis-url .* the relay inside a server only joins ends that came to the same one/,
        ),
        hint: expect.stringMatching(/--relay-url .* --relay off/),
      }),
    );
    expect(serve([], { ...environment, ...RELAY }).mjpeg).toBe(false);
    expect(() => serve(["--mjpeg", "on"], { ...environment, ...RELAY })).toThrow(
      /--redis-url .* unsealed pictures \(--mjpeg on\)/,
    );
    // For a relay it has no meaning, as much that a shared environment says.
    expect(serve(["--relay", "only"], { ...environment, ...RELAY }).relay.at).toBe("only-here");
  });

  it("keeps its password off the command line and out of every message", () => {
    expect(() => serve(["--redis-url", REDIS], RELAY)).toThrow(/--redis-url holds a credential/);
    expect(() => serve([], { ...RELAY, DESKBEAM_REDIS_URL: "http://:hush@redis.example" })).toThrow(
      /^DESKBEAM_REDIS_URL: must be an address such as redis:\/\//,
    );
  });

  it.each([
    "redis.example:6379",
    "http://a",
    "redis://",
    "redis://a/x",
    "redis://a?password=b",
    "redis://a#b",
    "/run/redis",
  ])("is never %s", (url) => {
    expect(() => serve(["--redis-url", url], RELAY)).toThrow(/--redis-url: must be an address such as/);
  });
});

it("the help of serve says how STUN is switched off and where the secret goes", () => {
  const help = readCommandLine(["serve", "--help"], { environment: {}, homeFolder: "/nowhere", version: "0.0.0" });
  expect(help).toMatchObject({
    command: "print",
    text: expect.stringMatching(/--stun-port <N\|off>[\s\S]*--turn-urls <LIST>[\s\S]*DESKBEAM_TURN_SECRET/),
  });
});
