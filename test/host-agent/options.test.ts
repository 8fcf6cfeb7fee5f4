import { describe, expect, test } from "vitest";

import { type Layer, resolve } from "../../host-agent/config.ts";
import { shareOptions, shareSchema, UsageError } from "../../host-agent/options.ts";

function layer(values: Record<string, unknown>): Layer {
  return new Map(Object.entries(values).map(([name, value]) => [name, { value, from: `--${name}` }]));
}

function options(values: Record<string, unknown>) {
  return shareOptions(resolve(shareSchema, [layer(values)], [{ name: "iceServers", secret: true }]));
}

describe("sharing without a word", () => {
  test("asks about each viewer and uses the server inside, on 7440 or above", () => {
    expect(options({})).toEqual({
      server: undefined,
      port: 7440,
      moveUpIfBusy: true,
      bind: undefined,
      display: undefined,
      monitor: "all",
      capture: "auto",
      input: "auto",
      viewOnly: false,
      approve: "ask",
      once: false,
      reusable: false,
      expiresMs: undefined,
      maxFps: 60,
      quality: "auto",
      iceServers: [],
      icePolicy: "all",
      path: "auto",
      mjpeg: "ask",
      addressLimitFactor: 1,
      json: false,
      quiet: false,
      qr: true,
      logLevel: "warn",
    });
  });
});

describe("values", () => {
  test("a port that was asked for is not moved", () => {
    expect(options({ port: "8000" })).toMatchObject({ port: 8000, moveUpIfBusy: false });
  });

  test.each([
    ["30s", 30_000],
    ["10m", 600_000],
    ["2h", 7_200_000],
  ])("%s is a time", (text, ms) => {
    expect(options({ expires: text }).expiresMs).toBe(ms);
  });

  test("numbers and lists may be JSON or text", () => {
    const iceServers = [{ urls: ["stun:a.example:3478"] }];
    expect(options({ fps: 30, monitor: "2", quality: "80", iceServers: JSON.stringify(iceServers) })).toMatchObject({
      maxFps: 30,
      monitor: 2,
      quality: 80,
      iceServers,
    });
    expect(options({ iceServers }).iceServers).toEqual(iceServers);
  });

  test("a server's address loses its last slash, keeps its path, and may be a websocket's", () => {
    expect(options({ server: "https://desk.example/share/" }).server).toBe("https://desk.example/share");
    expect(options({ server: "wss://desk.example" }).server).toBe("https://desk.example");
    expect(options({ server: "ws://10.0.0.1:7440/" }).server).toBe("http://10.0.0.1:7440");
  });

  test.each(["true", "1", "yes", "on", "TRUE"])("%s switches on", (word) => {
    expect(options({ viewOnly: word }).viewOnly).toBe(true);
  });

  test.each(["false", "0", "no", "off"])("%s switches off", (word) => {
    expect(options({ viewOnly: word }).viewOnly).toBe(false);
  });
});

describe("wrong values", () => {
  test.each([
    ["fps", "0"],
    ["fps", "121"],
    ["fps", "3.5"],
    ["fps", "fast"],
    ["fps", ""],
    ["port", "65536"],
    ["port", "-1"],
    ["monitor", "none"],
    ["quality", "0"],
    ["expires", "10"],
    ["expires", "1s"],
    ["expires", "25h"],
    ["expires", "-1m"],
    ["capture", "wayland"],
    ["input", "yes"],
    ["approve", "everybody"],
    ["mjpeg", "on"],
    ["path", "turn"],
    ["server", "desk.example"],
    ["server", "ftp://desk.example"],
    ["server", "https://me:secret@desk.example"],
    ["server", "https://desk.example/#7316.abc"],
    ["bind", "not an address"],
    ["viewOnly", "maybe"],
    ["iceServers", "stun:a.example"],
    ["iceServers", '[{"urls":"http://a.example"}]'],
    ["iceServers", '[{"urls":"stun:a.example","password":"x"}]'],
    ["iceServers", JSON.stringify(Array.from({ length: 9 }, () => ({ urls: "stun:a.example" })))],
    ["logLevel", "loud"],
  ])("%s %j is refused in words", (name, value) => {
    expect(() => options({ [name]: value })).toThrow(UsageError);
    expect(() => options({ [name]: value })).toThrow(new RegExp(`^--${name}.*must `));
  });

  test("too long a list of ICE servers is counted, not cut", () => {
    const list = Array.from({ length: 9 }, () => ({ urls: "stun:a.example" }));
    expect(() => options({ iceServers: list })).toThrow(/^--iceServers: the servers must be at most 8, not 9$/);
    expect(options({ iceServers: list.slice(1) }).iceServers).toHaveLength(8);
  });

  test("a secret is not repeated", () => {
    expect(() => options({ iceServers: '[{"urls":"turn:a.example","credential":"hush"]' })).toThrow(
      /^--iceServers: must/,
    );
  });

  test("contradictions are named", () => {
    expect(() => options({ viewOnly: true, approve: "control" })).toThrow(/contradict/);
  });

  test("virtual is not yet there, and says so", () => {
    expect(() => options({ virtual: "1280x720" })).toThrow(/not yet/);
  });
});
