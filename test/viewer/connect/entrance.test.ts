import { describe, expect, it, onTestFinished, vi } from "vitest";
import { Entrance } from "../../../viewer/connect/entrance.ts";
import { SeatStore } from "../../../viewer/connect/seat-store.ts";
import { openRoom, startTestServer } from "../../signaling/running.ts";
import { linkSetting } from "../../support/link-setting.ts";
import { answerTheDoor, LINK_SECRET, RESUME_SECRET } from "./host-at-the-door.ts";

const LIMIT = { timeout: 5_000 };
const OLD_SECRET = new Uint8Array(RESUME_SECRET.length).fill(3);

/** What a tab keeps over a reload. */
function tabSeats(): SeatStore {
  const kept = new Map<string, string>();
  return new SeatStore({
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, text) => void kept.set(key, text),
    removeItem: (key) => void kept.delete(key),
  });
}

/** A page before a real server, and behind that a host that knows one secret and lets in whoever proves it. */
async function comeTo(secret: Uint8Array) {
  const server = await startTestServer();
  const host = await openRoom(server);
  const { visits } = answerTheDoor(
    host,
    ({ kind }, { meeting }) => {
      if (kind !== "introduce") return;
      meeting.send({ kind: "admitted", role: "control", path: "auto", resumeSecret: RESUME_SECRET });
    },
    secret,
  );
  const told: unknown[] = [];
  const seats = tabSeats();
  const entrance = new Entrance(linkSetting(server.url), seats, () => 0, {
    joining: (room) => told.push(`joining ${room}`),
    asking: () => told.push("asking"),
    progress: (stage) => told.push(stage),
    opened: () => told.push("opened"),
    arrivalFailed: (end) => told.push(end),
    recoveryFailed: (reason) => told.push(reason),
  });
  onTestFinished(() => entrance.close());
  return { room: host.room, visits, told, seats, entrance };
}

describe("the way to a seat", () => {
  it("leaves the seat's secret in the tab, by which a reloaded page comes back", async () => {
    const { room, visits, told, seats, entrance } = await comeTo(LINK_SECRET);
    entrance.enter({ kind: "link", room, secret: LINK_SECRET });
    await vi.waitFor(() => expect(told).toEqual([`joining ${room}`, "ways"]), LIMIT);
    expect(visits).toHaveLength(1);
    expect([entrance.room, seats.load()]).toEqual([room, { room, secret: RESUME_SECRET }]);
  });

  it("tries the seat this tab had in the room before the code or link it was given", async () => {
    const { room, visits, told, seats, entrance } = await comeTo(LINK_SECRET);
    seats.save({ room, secret: OLD_SECRET });
    entrance.enter({ kind: "link", room, secret: LINK_SECRET });
    await vi.waitFor(() => expect(told).toEqual([`joining ${room}`, "ways"]), LIMIT);
    expect(visits).toHaveLength(2);
    expect(seats.load()).toEqual({ room, secret: RESUME_SECRET });
  });

  it("uses no seat that this tab had in another room", async () => {
    const { room, visits, told, seats, entrance } = await comeTo(LINK_SECRET);
    seats.save({ room: room === "1111" ? "2222" : "1111", secret: OLD_SECRET });
    entrance.enter({ kind: "link", room, secret: LINK_SECRET });
    await vi.waitFor(() => expect(told).toContain("ways"), LIMIT);
    expect(visits).toHaveLength(1);
  });

  it("tells a reloaded page whose seat is gone that it is, and forgets it", async () => {
    const { room, told, seats, entrance } = await comeTo(RESUME_SECRET);
    seats.save({ room, secret: OLD_SECRET });
    entrance.returnToSeat();
    await vi.waitFor(
      () => expect(told).toEqual([`joining ${room}`, { kind: "join-failed", problem: "seat-lost" }]),
      LIMIT,
    );
    expect(seats.load()).toBeUndefined();
  });

  it("keeps the seat when nobody at the host has said a word about it", async () => {
    const { room, told, seats, entrance } = await comeTo(RESUME_SECRET);
    const stored = { room: room === "1111" ? "2222" : "1111", secret: RESUME_SECRET };
    seats.save(stored);
    entrance.returnToSeat();
    await vi.waitFor(() => expect(told.at(-1)).toEqual({ kind: "join-failed", problem: "no-such-room" }), LIMIT);
    expect(seats.load()).toEqual(stored);
  });

  it("begins nothing on a reload of a tab that had no seat, nor a recovery before anybody was let in", async () => {
    const { told, entrance } = await comeTo(LINK_SECRET);
    entrance.returnToSeat();
    entrance.recover();
    expect([told, entrance.isRecovering, entrance.room]).toEqual([[], false, undefined]);
  });
});
