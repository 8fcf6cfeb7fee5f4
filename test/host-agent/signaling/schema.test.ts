import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ZodError } from "zod";
import { readIce, readOpen } from "../../../host-agent/signaling/schema.ts";
import { MAX_ICE_SERVERS } from "../../../protocol/ice-server.ts";
import { type IceServer, MAX_ROOM_VIEWERS } from "../../../protocol/signaling.ts";

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

describe("the answer to an opened room", () => {
  const opened = { ok: true, room: "7316", stunPort: 3478 };
  const named = (count: number) => Array.from({ length: count }, (_, viewer) => `viewer-${viewer}`);

  it("names who is in it, or does not say, as older servers do; fields of a newer one are passed over", () => {
    expect(readOpen({ ...opened, viewers: named(2), region: "north" })).toEqual({ ...opened, viewers: named(2) });
    expect(readOpen({ ...opened, viewers: named(MAX_ROOM_VIEWERS) })).toMatchObject({
      viewers: named(MAX_ROOM_VIEWERS),
    });
    expect(readOpen({ ...opened, viewers: [] })).toEqual({ ...opened, viewers: [] });
    expect(readOpen(opened)).toEqual(opened);
  });

  it.each<[string, unknown]>([
    ["one viewer more than a room holds", named(MAX_ROOM_VIEWERS + 1)],
    ["a viewer without a name", [""]],
    ["a name that is no socket's", ["v".repeat(65)]],
    ["a number among the names", ["anna", 7]],
    ["a name alone", "anna"],
    ["null", null],
  ])("is none with %s", (_, viewers) => {
    expect(() => readOpen({ ...opened, viewers })).toThrow(ZodError);
  });

  it("is read or refused whatever it is, and never as more than it may be", () => {
    const anything = fc.oneof(
      fc.anything(),
      fc.record({
        ok: fc.constant(true),
        room: fc.string(),
        viewers: fc.oneof(fc.anything(), fc.array(fc.anything())),
      }),
      fc.record({ ok: fc.constant(true), room: fc.string(), viewers: fc.array(fc.string({ maxLength: 70 })) }),
    );
    fc.assert(
      fc.property(anything, (answer) => {
        try {
          const read = readOpen(answer);
          if (!read.ok) return;
          for (const viewer of read.viewers ?? []) {
            expect(viewer).toBeTypeOf("string");
            expect(viewer.length).toBeGreaterThan(0);
            expect(viewer.length).toBeLessThanOrEqual(64);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(ZodError);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
