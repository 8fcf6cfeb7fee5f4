import { expect, it, onTestFinished } from "vitest";
import { MemoryRoomStore } from "../../../signaling/store/memory.ts";
import { describeRoomStore } from "../../conformance/room-store.ts";

describeRoomStore("Memory", async () => new MemoryRoomStore());

it("needs no timer while every room has its host", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();
  const store = new MemoryRoomStore();
  onTestFinished(store.watchDeadlines(async () => {}));
  const here = { state: "open", ownerHash: "abc", host: "host-1", viewers: [] } as const;
  const away = { state: "orphaned", ownerHash: "abc", viewers: [], untilMs: Date.now() + 60_000 } as const;
  for (const { room, running } of [
    { room: here, running: 0 },
    { room: away, running: 1 },
    { room: here, running: 0 },
  ]) {
    await store.change("7316", () => ({ room, effects: [], answer: undefined }));
    expect(timers() - before).toBe(running);
  }
  await store.change("7316", () => ({ room: away, effects: [], answer: undefined }));
  await store.close();
  expect(timers()).toBe(before);
});
