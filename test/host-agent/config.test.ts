import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";

import {
  configPaths,
  environmentLayer,
  environmentName,
  fileLayer,
  flagName,
  resolve,
} from "../../host-agent/config.ts";
import { UsageError } from "../../host-agent/options.ts";

const OPTIONS = [
  { name: "fps", secret: false },
  { name: "noQr", secret: false },
  { name: "iceServers", secret: true },
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "deskbeam-config-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("names", () => {
  test("one name gives the flag and its environment twin", () => {
    expect(flagName("noQr")).toBe("no-qr");
    expect(environmentName("iceServers")).toBe("DESKBEAM_ICE_SERVERS");
  });

  test("the home folder's file counts before the system's", () => {
    expect(configPaths("/home/anna")).toEqual(["/home/anna/.config/deskbeam/config.json", "/etc/deskbeam/config.json"]);
  });
});

describe("the environment", () => {
  test("gives values, and an empty variable none", () => {
    const layer = environmentLayer(OPTIONS, { DESKBEAM_FPS: "30", DESKBEAM_NO_QR: "", OTHER: "x" });
    expect([...layer]).toEqual([["fps", { value: "30", from: "DESKBEAM_FPS" }]]);
  });

  test("a secret may stand in a file", () => {
    const path = write("ice", "[]\n");
    const layer = environmentLayer(OPTIONS, { DESKBEAM_ICE_SERVERS_FILE: path });
    expect(layer.get("iceServers")).toEqual({ value: "[]", from: "DESKBEAM_ICE_SERVERS_FILE" });
  });

  test("only a secret may", () => {
    expect(environmentLayer(OPTIONS, { DESKBEAM_FPS_FILE: write("fps", "30") }).size).toBe(0);
  });

  test("a secret's file that is not there is named", () => {
    const DESKBEAM_ICE_SERVERS_FILE = join(folder, "none");
    expect(() => environmentLayer(OPTIONS, { DESKBEAM_ICE_SERVERS_FILE })).toThrow(/DESKBEAM_ICE_SERVERS_FILE.*none/);
  });

  test("a secret set twice is refused", () => {
    const twice = { DESKBEAM_ICE_SERVERS: "[]", DESKBEAM_ICE_SERVERS_FILE: write("ice", "[]") };
    expect(() => environmentLayer(OPTIONS, twice)).toThrow(/both set/);
  });
});

describe("a configuration file", () => {
  test("speaks to each command apart, in the flags' names", () => {
    const path = write("config.json", '{"share": {"fps": 30, "no-qr": true}, "serve": {"fps": 1}}');
    const layer = fileLayer(path, "share", OPTIONS);
    expect(layer.get("fps")).toEqual({ value: 30, from: `"fps" in ${path}` });
    expect(layer.get("noQr")?.value).toBe(true);
  });

  test("that is not there says nothing", () => {
    expect(fileLayer(join(folder, "none.json"), "share", OPTIONS).size).toBe(0);
  });

  test.each([
    ["not JSON", "{"],
    ["no object", "[]"],
    ["an unknown command", '{"shared": {}}'],
    ["an unknown option", '{"share": {"fsp": 30}}'],
    ["an option in the variable's spelling", '{"share": {"noQr": true}}'],
  ])("with %s is refused by its name", (_, text) => {
    const path = write("config.json", text);
    expect(() => fileLayer(path, "share", OPTIONS)).toThrow(UsageError);
    expect(() => fileLayer(path, "share", OPTIONS)).toThrow(path);
  });

  test("that cannot be read is refused by its name", () => {
    const path = join(folder, "folder.json");
    mkdirSync(path);
    expect(() => fileLayer(path, "share", OPTIONS)).toThrow(path);
  });
});

describe("the layers together", () => {
  const schema = z.object({
    fps: z.string().regex(/^\d+$/, "must be a number").default("60"),
    noQr: z.string().optional(),
  });
  const given = (from: string, value: string) => new Map([["fps", { value, from }]]);

  test("the first that has a value wins, and the default comes last", () => {
    const noQr = new Map([["noQr", { value: "1", from: "DESKBEAM_NO_QR" }]]);
    expect(resolve(schema, [given("--fps", "1"), given("DESKBEAM_FPS", "2"), noQr], OPTIONS)).toEqual({
      fps: "1",
      noQr: "1",
    });
    expect(resolve(schema, [new Map(), given("DESKBEAM_FPS", "2")], OPTIONS)).toEqual({ fps: "2" });
    expect(resolve(schema, [], OPTIONS)).toEqual({ fps: "60" });
  });

  test("a wrong value is blamed on where it came from", () => {
    expect(() => resolve(schema, [given("DESKBEAM_FPS", "x")], OPTIONS)).toThrow('DESKBEAM_FPS "x": must be a number');
  });
});
