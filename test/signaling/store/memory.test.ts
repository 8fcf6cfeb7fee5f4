import { expect, it } from "vitest";
import { MemoryRoomStore } from "../../../signaling/store/memory.ts";
import { describeRoomStore } from "../../conformance/room-store.ts";

describeRoomStore("Memory", async () => new MemoryRoomStore());

it("needs no timer while every room has its host", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();
  const store = new MemoryRoomStore();
  store.watchDeadlines(async () => {});
  const room = { state: "open", ownerHash: "abc", host: "host-1", viewers: [] } as const;
  await store.change("7316", () => ({ room, effects: [], answer: undefined }));
  expect(timers()).toBe(before);
  const left = { state: "orphaned", ownerHash: "abc", viewers: [], untilMs: Date.now() + 60_000 } as const;
  await store.change("7316", () => ({ room: left, effects: [], answer: undefined }));
  expect(timers()).toBe(before + 1);
  await store.close();
  expect(timers()).toBe(before);
});
