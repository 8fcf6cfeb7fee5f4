import { describe, expect, it } from "vitest";
import { iceProblem, stunOnly } from "../../protocol/ice-server.ts";
import { decodeMeeting, encodeMeeting } from "../../protocol/meeting.ts";
import type { IceServer } from "../../protocol/signaling.ts";

const times = (count: number, server: IceServer): readonly IceServer[] => Array.from({ length: count }, () => server);
const STUN: IceServer = { urls: "stun:stun.example:3478" };
const urls = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `turn:turn.example:${1_000 + index}`);

describe("a list of STUN and TURN servers", () => {
  it.each<[string, readonly IceServer[]]>([
    ["none", []],
    ["as many as there may be", times(8, { urls: urls(2), username: "u", credential: "p" })],
    ["as many URLs as a server may have", times(2, { urls: urls(8) })],
    [
      "texts as long as they may be, in bytes",
      [{ urls: `turn:${"a".repeat(250)}`, username: "ä".repeat(127), credential: "p".repeat(255) }],
    ],
  ])("is taken and goes over the wire unchanged: %s", (_, servers) => {
    expect(iceProblem(servers)).toBeUndefined();
    const said = decodeMeeting(encodeMeeting({ kind: "ice", policy: "all", servers }));
    expect(said).toMatchObject({ kind: "ice", servers: servers.map((one) => ({ ...one, urls: [one.urls].flat() })) });
  });

  it.each<[string, readonly IceServer[], RegExp]>([
    ["a ninth server", times(9, STUN), /^be at most 8, not 9$/],
    ["a server without a URL", [{ urls: [] }], /^have 1 to 8 URLs each$/],
    ["a ninth URL", [{ urls: urls(9) }], /^have 1 to 8 URLs each$/],
    ["a seventeenth URL", [...times(2, { urls: urls(8) }), STUN], /^have at most 16 URLs in all, not 17$/],
    ["a web address", [{ urls: "http://a.example" }], /^have URLs that begin with stun:, turn: or turns:$/],
    ["STUN over TLS", [{ urls: "stuns:a.example" }], /^have URLs that begin with/],
    ["a space in a URL", [{ urls: "turn:a b" }], /^have URLs that begin with/],
    ["a long URL", [{ urls: `turn:${"a".repeat(251)}` }], /at most 255 bytes$/],
    ["a long name", [{ urls: "turn:a", username: "ä".repeat(128), credential: "p" }], /at most 255 bytes$/],
    ["a long password", [{ urls: "turn:a", username: "u", credential: "p".repeat(256) }], /at most 255 bytes$/],
    ["a line end in a password", [{ urls: "turn:a", username: "u", credential: "p\n" }], /control characters$/],
  ])("is refused in words, and none of its secrets is repeated: %s", (_, servers, problem) => {
    expect(iceProblem(servers)).toMatch(problem);
  });

  it("is left without TURN and without credentials where only STUN is wanted", () => {
    const mixed = { urls: ["stun:mixed.example", "turn:mixed.example"], username: "anna", credential: "hush" };
    const open = { urls: ["turn:open.example", "turns:open.example"] };
    expect(stunOnly([STUN, mixed, open])).toEqual([
      { urls: ["stun:stun.example:3478"] },
      { urls: ["stun:mixed.example"] },
    ]);
  });
});
