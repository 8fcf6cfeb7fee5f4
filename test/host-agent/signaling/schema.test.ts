import { describe, expect, it } from "vitest";
import { readIce } from "../../../host-agent/signaling/schema.ts";
import { MAX_ICE_SERVERS } from "../../../protocol/ice-server.ts";
import type { IceServer } from "../../../protocol/signaling.ts";

const TURN: IceServer = { urls: ["turn:turn.example"], username: "u", credential: "p" };
const times = (count: number): readonly IceServer[] => Array.from({ length: count }, () => TURN);

describe("the ICE servers that a server hands out", () => {
  it("are taken as many as a viewer can be told of, and fields of a newer server are passed over", () => {
    const host = times(MAX_ICE_SERVERS);
    const answer = { ok: true, stunPort: 3478, host, viewer: [{ ...TURN, region: "north" }] };
    expect(readIce(answer)).toEqual({ stunPort: 3478, host, viewer: [TURN] });
  });

  it.each<[string, readonly IceServer[]]>([
    ["one more", times(MAX_ICE_SERVERS + 1)],
    ["one without a URL", [{ urls: [] }]],
    ["one of another scheme", [{ urls: "https://a.example" }]],
    ["a user name that no message can carry", [{ ...TURN, username: "u".repeat(256) }]],
  ])("are not taken with %s: every viewer would take the host's word for a broken protocol", (_, viewer) => {
    expect(readIce({ ok: true, host: [TURN], viewer })).toBeUndefined();
  });
});
