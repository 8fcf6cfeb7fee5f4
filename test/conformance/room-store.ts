import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { Decision, Room } from "../../signaling/core/rooms.ts";
import { LOOK_EVERY_MS } from "../../signaling/store/deadline-watch.ts";
import type { RoomStore } from "../../signaling/store/driver.ts";

const FIND_LIMIT_MS = 10_000;

/** What every store of rooms must do. Run it for a driver with a function that makes an empty store. */
export function describeRoomStore(name: string, create: () => Promise<RoomStore>): void {
  describe(`${name} as a store of rooms`, () => {
    let store: RoomStore;
    beforeEach(async () => {
      store = await create();
    });
    afterEach(async () => {
      await store.close();
    });

    it("knows nothing of a number nobody took", async () => {
      expect(await store.read("7316")).toBeUndefined();
      const seen = await store.change("7316", (room) => ({ room, effects: [], answer: room }));
      expect(seen.answer).toBeUndefined();
    });

    it("gives back every kind of room as it was written", async () => {
      const rooms: Room[] = [
        open("host-1", ["viewer-1", "viewer-2"]),
        { state: "orphaned", ownerHash: "abc", viewers: ["viewer-1"], untilMs: 1_234 },
        { state: "resting", ownerHash: "abc", untilMs: 5_678 },
      ];
      for (const room of rooms) {
        await store.change("7316", () => become(room));
        expect(await store.read("7316")).toEqual(room);
      }
    });

    it("forgets a room that a decision leaves undefined", async () => {
      await store.change("7316", () => become({ state: "resting", ownerHash: "abc", untilMs: 10 }));
      await store.change("7316", () => become(undefined));
      expect(await store.read("7316")).toBeUndefined();
      expect(await store.due(1_000_000)).toEqual([]);
    });

    it("returns the decision with its effects and its answer", async () => {
      const room = open("host-1", []);
      const effects = [{ do: "disconnect", socket: "host-0" }] as const;
      const decision = await store.change("7316", () => ({ room, effects, answer: "yes" }));
      expect(decision).toEqual({ room, effects, answer: "yes" });
    });

    it("loses no change when many come at once", async () => {
      await store.change("7316", () => become(open("host-1", [])));
      const names = Array.from({ length: 50 }, (_, index) => `viewer-${index}`);
      await Promise.all(
        names.map((name) =>
          store.change("7316", (room) => {
            if (room?.state !== "open") throw new Error("the room is gone");
            return become({ ...room, viewers: [...room.viewers, name] });
          }),
        ),
      );
      const room = await store.read("7316");
      expect(room?.state === "open" && new Set(room.viewers)).toEqual(new Set(names));
    });

    it("writes nothing when a decision throws", async () => {
      const room = open("host-1", []);
      await store.change("7316", () => become(room));
      const failing = store.change("7316", () => {
        throw new Error("no");
      });
      await expect(failing).rejects.toThrow("no");
      expect(await store.read("7316")).toEqual(room);
    });

    it("finds the rooms whose deadline has come, and no others", async () => {
      await store.change("1000", () => become(open("host-1", [])));
      await store.change("2000", () => become({ state: "orphaned", ownerHash: "a", viewers: [], untilMs: 50 }));
      await store.change("3000", () => become({ state: "resting", ownerHash: "a", untilMs: 60 }));
      expect(await store.due(49)).toEqual([]);
      expect(await store.due(50)).toEqual(["2000"]);
      expect(new Set(await store.due(60))).toEqual(new Set(["2000", "3000"]));
    });

    it("gives a room that opens again no deadline any more", async () => {
      await store.change("2000", () => become({ state: "orphaned", ownerHash: "a", viewers: [], untilMs: 50 }));
      await store.change("2000", () => become(open("host-2", [])));
      expect(await store.due(1_000)).toEqual([]);
    });

    it("has overdue rooms looked for: of each deadline it is told once it is over", async () => {
      const looks = new Looks(store);
      const soonMs = Date.now() + 50;
      await store.change("3000", () => become({ state: "resting", ownerHash: "a", untilMs: soonMs + 1_500 }));
      await store.change("2000", () => become({ state: "orphaned", ownerHash: "a", viewers: [], untilMs: soonMs }));
      expect(await looks.found()).toBe("2000");
      expect(await looks.found()).toBe("3000");
    });

    it("has them looked for also where they were there before anybody looked", async () => {
      await store.change("2000", () => become({ state: "resting", ownerHash: "a", untilMs: Date.now() - 1 }));
      expect(await new Looks(store).found()).toBe("2000");
    });

    it("has them found within a second of a clock that was set forward, or stood still while the machine slept", async () => {
      const looks = new Looks(store);
      const inAnHourMs = Date.now() + 3_600_000;
      await store.change("2000", () => become({ state: "resting", ownerHash: "a", untilMs: inAnHourMs }));
      vi.useFakeTimers({ toFake: ["Date"], now: inAnHourMs });
      onTestFinished(() => {
        vi.useRealTimers();
      });
      expect(await looks.found()).toBe("2000");
    });

    it("has no second look begun while one goes on, and another one after that", async () => {
      let looks = 0;
      let endLook = () => {};
      const firstLook = new Promise<void>((resolve) => {
        endLook = resolve;
      });
      onTestFinished(
        store.watchDeadlines(() => {
          looks += 1;
          return firstLook;
        }),
      );
      for (const number of ["2000", "3000"]) {
        await store.change(number, () => become({ state: "resting", ownerHash: "a", untilMs: Date.now() }));
        await pause(1.5 * LOOK_EVERY_MS);
      }
      expect(looks).toBe(1);
      endLook();
      await vi.waitFor(() => expect(looks).toBeGreaterThan(1), FIND_LIMIT_MS);
    });

    it("has nobody look any more who has said so", async () => {
      let looks = 0;
      const end = store.watchDeadlines(async () => {
        looks += 1;
      });
      await store.change("2000", () => become({ state: "resting", ownerHash: "a", untilMs: Date.now() }));
      end();
      await store.change("3000", () => become({ state: "resting", ownerHash: "a", untilMs: Date.now() }));
      await pause(1.5 * LOOK_EVERY_MS);
      expect(looks).toBe(0);
    });
  });
}

/** Looks as a server does: what is due is taken away, and named here. */
class Looks {
  private readonly numbers: string[] = [];

  constructor(store: RoomStore) {
    const end = store.watchDeadlines(async () => {
      for (const number of await store.due(Date.now())) {
        await store.change(number, () => become(undefined));
        this.numbers.push(number);
      }
    });
    onTestFinished(end);
  }

  /** The next room that was found overdue. */
  found(): Promise<string> {
    return vi.waitFor(() => {
      const number = this.numbers.shift();
      if (number === undefined) throw new Error("no room was found overdue");
      return number;
    }, FIND_LIMIT_MS);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const open = (host: string, viewers: readonly string[]): Room => ({ state: "open", ownerHash: "abc", host, viewers });
const become = (room: Room | undefined): Decision<void> => ({ room, effects: [], answer: undefined });
