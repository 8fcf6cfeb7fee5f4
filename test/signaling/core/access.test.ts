import { describe, expect, it } from "vitest";
import { accessRules, judgeAccess } from "../../../signaling/core/access.ts";

const rules = accessRules(["https://viewer.example", "desk.example"]);
const verdict = (host: string | undefined, origin?: string) => {
  const access = judgeAccess(rules, host, origin);
  return access.allowed ? "allowed" : access.why;
};

describe("the name a server is called by", () => {
  it.each([
    "127.0.0.1",
    "192.0.2.7:7440",
    "[::1]:7440",
    "[2001:db8::1]",
    "localhost",
    "LOCALHOST:80",
    "viewer.example",
    "desk.example:8443",
  ])("may be %s", (host) => expect(verdict(host)).toBe("allowed"));

  it.each([
    "evil.example",
    "viewer.example.evil.example",
    "127.0.0.1.evil.example",
    "1.2.3.999",
    "localhost.evil.example",
    "",
    undefined,
  ])("may not be %s", (host) => expect(verdict(host)).toBe("host"));
});

describe("the page a browser comes from", () => {
  it("is this very server, under http and https, with or without the default port", () => {
    expect(verdict("192.0.2.7:7440", "http://192.0.2.7:7440")).toBe("allowed");
    expect(verdict("desk.example", "https://desk.example")).toBe("allowed");
    expect(verdict("desk.example:443", "https://desk.example")).toBe("allowed");
    expect(verdict("[::1]:7440", "http://[::1]:7440")).toBe("allowed");
  });

  it("is not any page of the name it listens on", () => {
    const bound = accessRules([], "desk.local");
    expect(judgeAccess(bound, "desk.local:7440", "http://desk.local:7440").allowed).toBe(true);
    expect(judgeAccess(bound, "desk.local:7440", "http://desk.local:8000").allowed).toBe(false);
    expect(judgeAccess(accessRules([]), "", undefined).allowed).toBe(false);
  });

  it("or one that is listed", () => {
    expect(verdict("192.0.2.7:7440", "https://viewer.example")).toBe("allowed");
    expect(verdict("192.0.2.7:7440", "https://desk.example:8443")).toBe("allowed");
  });

  it.each([
    "null",
    "",
    "https://evil.example",
    "http://192.0.2.7",
    "http://192.0.2.7:7441",
    "http://viewer.example",
    "https://viewer.example:8443",
    "http://viewer.example.evil.example",
    "file://",
    "chrome-extension://192.0.2.7:7440",
  ])("and not %s", (origin) => expect(verdict("192.0.2.7:7440", origin)).toBe("origin"));

  it("is not asked for where there is no browser", () => expect(verdict("192.0.2.7:7440")).toBe("allowed"));
});
