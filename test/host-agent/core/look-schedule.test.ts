import { expect, it } from "vitest";
import { LookSchedule, type Unread, type Watcher } from "../../../host-agent/core/look-schedule.ts";
import { Region } from "../../../host-agent/core/region.ts";

const FPS = 50;
const LETTER: Unread = { damage: Region.of([{ x: 0, y: 0, width: 10, height: 20 }]), knowsAll: true };
const PAGE: Unread = { damage: Region.of([{ x: 0, y: 0, width: 800, height: 600 }]), knowsAll: true };
const SOMEWHERE: Unread = { damage: Region.empty, knowsAll: false };
const NOWHERE: Unread = { damage: Region.empty, knowsAll: true };

const watcher = (but: Partial<Record<keyof Watcher, boolean>>): Watcher => {
  const { ready = false, takesShort = false, followsMoves = false } = but;
  return { ready: () => ready, takesShort: () => takesShort, followsMoves: () => followsMoves };
};
const READY = watcher({ ready: true, takesShort: true, followsMoves: true });
const BUSY = watcher({ takesShort: true, followsMoves: true });
const PAUSED = watcher({});

it("looks at nothing where nothing has changed, or nobody looks on", () => {
  const schedule = new LookSchedule(FPS);
  expect(schedule.due(0, NOWHERE, [READY])).toBeUndefined();
  expect(schedule.due(0, PAGE, [])).toBeUndefined();
  expect(schedule.due(0, PAGE, [PAUSED])).toBeUndefined();
});

it("reads at once for whoever is ready, and no more often than there are to be pictures", () => {
  const schedule = new LookSchedule(FPS);
  expect(schedule.due(0, SOMEWHERE, [BUSY, READY])?.look).toBe("read");
  expect(schedule.due(0, LETTER, [READY])?.atMs).toBeLessThan(0);
  schedule.looks("read", 1000);
  expect(schedule.due(1001, LETTER, [READY])).toEqual({ look: "read", atMs: 1020 });
});

it("asks where it has changed for whoever takes a letter, and reads that only when it is one", () => {
  const schedule = new LookSchedule(FPS);
  schedule.looks("read", 1000);
  schedule.looks("catch up", 1005);
  expect(schedule.due(1006, SOMEWHERE, [BUSY])).toEqual({ look: "catch up", atMs: 1025 });
  expect(schedule.due(1006, LETTER, [BUSY])).toBeUndefined();
});

it("follows what may be moving while nobody is ready, ten times a second", () => {
  const schedule = new LookSchedule(FPS);
  schedule.looks("read", 1000);
  expect(schedule.due(1001, PAGE, [BUSY])).toEqual({ look: "follow", atMs: 1100 });
  expect(schedule.due(1001, { ...PAGE, knowsAll: false }, [BUSY])?.look).toBe("catch up");
  for (let nowMs = 1100; nowMs < 3000; nowMs += 100) {
    schedule.looks("follow", nowMs);
    schedule.sawMove();
    schedule.looks("catch up", nowMs + 90);
    expect(schedule.due(nowMs + 91, { ...PAGE, knowsAll: false }, [BUSY])).toEqual({
      look: "follow",
      atMs: nowMs + 100,
    });
  }
});

it("follows a film four times, and again when somebody has been ready since", () => {
  const schedule = new LookSchedule(FPS);
  const looks = () => {
    let count = 0;
    for (let due = schedule.due(1000, PAGE, [BUSY]); due !== undefined; due = schedule.due(1000, PAGE, [BUSY])) {
      schedule.looks(due.look, due.atMs);
      count += 1;
    }
    return count;
  };
  schedule.looks("read", 1000);
  expect(looks()).toBe(4);
  expect(looks()).toBe(0);
  schedule.looks("read", 2000);
  expect(looks()).toBe(4);
});
