import { describe, expect, it } from "vitest";
import { MAX_ROOM_VIEWERS, ROOM_GRACE_MS } from "../../../protocol/signaling.ts";
import { DEFAULT_LIMITS, ROOM_NUMBER_REST_MS } from "../../../signaling/core/limits.ts";
import {
  dismissViewer,
  expireRoom,
  joinRoom,
  leaveRoom,
  openRoom,
  type Room,
  roomDeadlineMs,
  routeSignal,
} from "../../../signaling/core/rooms.ts";

const nonce = new Uint8Array(16);
const opened = (viewers: readonly string[] = []): Room => ({
  state: "open",
  ownerHash: "owner",
  host: "host",
  viewers,
});
const orphaned = (viewers: readonly string[] = []): Room => ({
  state: "orphaned",
  ownerHash: "owner",
  viewers,
  untilMs: 100,
});
const resting: Room = { state: "resting", ownerHash: "owner", untilMs: 100 };
const knock = (socket: string) => ({ socket, nonce, from: "192.0.2.7" });

describe("opening a room", () => {
  const asOwner = { number: "7316", socket: "host-2", ownerHash: "owner" };
  const asStranger = { number: "7316", socket: "thief", ownerHash: "other" };

  it("takes a free number", () => {
    const { room, answer, effects } = openRoom(undefined, asOwner);
    expect(answer).toEqual({ ok: true, room: "7316", viewers: [] });
    expect(room).toEqual({ state: "open", ownerHash: "owner", host: "host-2", viewers: [] });
    expect(effects).toEqual([]);
  });

  it.each([opened(["anna"]), orphaned(["anna"]), resting])(
    "refuses a stranger whatever state it is in: $state",
    (room) => {
      const decision = openRoom(room, asStranger);
      expect(decision).toEqual({ room, effects: [], answer: { ok: false, error: "room-taken" } });
    },
  );

  it("gives a room back to its owner with the viewers that waited, names them, and tells them", () => {
    const { room, effects, answer } = openRoom(orphaned(["anna", "ben"]), asOwner);
    expect(answer).toEqual({ ok: true, room: "7316", viewers: ["anna", "ben"] });
    expect(room).toEqual({ state: "open", ownerHash: "owner", host: "host-2", viewers: ["anna", "ben"] });
    expect(effects).toEqual(
      ["anna", "ben"].map((socket) => ({
        do: "tell",
        socket,
        notice: { event: "room.host", payload: { present: true } },
      })),
    );
  });

  it("lets the owner take over from its own dead connection, which is then closed", () => {
    const { room, effects, answer } = openRoom(opened(), asOwner);
    expect(answer.ok).toBe(true);
    expect(room).toMatchObject({ host: "host-2" });
    expect(effects).toContainEqual({ do: "disconnect", socket: "host" });
  });

  it("does not name a viewer that left while the host was away", () => {
    const { room } = leaveRoom(orphaned(["anna", "ben"]), "anna", 0);
    expect(openRoom(room, asOwner).answer).toEqual({ ok: true, room: "7316", viewers: ["ben"] });
  });

  it("does not disconnect a host that opens its own room twice", () => {
    expect(openRoom(opened(), { ...asOwner, socket: "host" }).effects).toEqual([]);
  });

  it("gives a resting number to nobody but its owner", () => {
    expect(openRoom(resting, asOwner).answer).toEqual({ ok: true, room: "7316", viewers: [] });
  });
});

describe("joining a room", () => {
  it("knocks at the host with the viewer's nonce and address", () => {
    const { room, effects, answer } = joinRoom(opened(), knock("anna"), 4);
    expect(answer).toEqual({ ok: true });
    expect(room).toEqual(opened(["anna"]));
    const payload = { viewer: "anna", nonce, from: "192.0.2.7" };
    expect(effects).toEqual([{ do: "tell", socket: "host", notice: { event: "room.knock", payload } }]);
  });

  it("answers the same for a room that never was, one whose host is away and one that is over", () => {
    const answers = [undefined, orphaned(), resting].map((room) => joinRoom(room, knock("anna"), 4));
    for (const { answer, effects } of answers) {
      expect(answer).toEqual({ ok: false, error: "no-such-room" });
      expect(effects).toEqual([]);
    }
  });

  it("refuses one viewer too many, but lets one that is inside knock again", () => {
    const full = opened(["anna", "ben"]);
    expect(joinRoom(full, knock("carl"), 2)).toEqual({ room: full, effects: [], answer: { ok: false, error: "busy" } });
    expect(joinRoom(full, knock("anna"), 2).answer).toEqual({ ok: true });
  });

  it("lets no more in than a host can be told of", () => {
    expect(DEFAULT_LIMITS.viewersPerRoom).toBeLessThanOrEqual(MAX_ROOM_VIEWERS);
  });
});

describe("signals", () => {
  const room = opened(["anna", "ben"]);

  it("go from a viewer to the host, and from the host to the viewer it names", () => {
    expect(routeSignal(room, "anna", "host")).toEqual({ socket: "host", as: "anna" });
    expect(routeSignal(room, "host", "ben")).toEqual({ socket: "ben", as: "host" });
  });

  it("never go from viewer to viewer, to or from a stranger, or past an absent host", () => {
    expect(routeSignal(room, "anna", "ben")).toBeUndefined();
    expect(routeSignal(room, "stranger", "host")).toBeUndefined();
    expect(routeSignal(room, "host", "stranger")).toBeUndefined();
    expect(routeSignal(room, "host", "host")).toBeUndefined();
    expect(routeSignal(orphaned(["anna"]), "anna", "host")).toBeUndefined();
    expect(routeSignal(undefined, "anna", "host")).toBeUndefined();
  });

  it("reach a dismissed viewer no more, and only the host dismisses", () => {
    const without = dismissViewer(room, "host", "anna").room;
    expect(routeSignal(without, "host", "anna")).toBeUndefined();
    expect(routeSignal(without, "anna", "host")).toBeUndefined();
    expect(dismissViewer(room, "ben", "anna").room).toBe(room);
  });
});

describe("leaving", () => {
  it("tells the host when a viewer goes", () => {
    const { room, effects } = leaveRoom(opened(["anna", "ben"]), "anna", 0);
    expect(room).toEqual(opened(["ben"]));
    const notice = { event: "room.left", payload: { viewer: "anna" } };
    expect(effects).toEqual([{ do: "tell", socket: "host", notice }]);
  });

  it("keeps the room for its host for the time of grace, and tells the viewers", () => {
    const { room, effects } = leaveRoom(opened(["anna"]), "host", 5_000);
    expect(room).toEqual({ state: "orphaned", ownerHash: "owner", viewers: ["anna"], untilMs: 5_000 + ROOM_GRACE_MS });
    const notice = { event: "room.host", payload: { present: false } };
    expect(effects).toEqual([{ do: "tell", socket: "anna", notice }]);
  });

  it("changes nothing when the connection that went was replaced before", () => {
    const room = openRoom(opened(), { number: "7316", socket: "host-2", ownerHash: "owner" }).room;
    expect(leaveRoom(room, "host", 0)).toEqual({ room, effects: [], answer: undefined });
  });
});

describe("time", () => {
  it("ends an orphaned room and its pictures, then keeps its number from strangers for a day", () => {
    expect(expireRoom(orphaned(), 99).room).toEqual(orphaned());
    const over = expireRoom(orphaned(["anna"]), 100);
    expect(over.room).toEqual({ state: "resting", ownerHash: "owner", untilMs: 100 + ROOM_NUMBER_REST_MS });
    expect(over.effects).toEqual([{ do: "end-pictures" }]);
    expect(expireRoom(over.room, 99 + ROOM_NUMBER_REST_MS).room).toEqual(over.room);
    expect(expireRoom(over.room, 100 + ROOM_NUMBER_REST_MS).room).toBeUndefined();
  });

  it("does not touch a room whose host is here", () => {
    expect(roomDeadlineMs(opened())).toBeUndefined();
    expect(expireRoom(opened(), Number.MAX_SAFE_INTEGER).room).toEqual(opened());
  });
});
