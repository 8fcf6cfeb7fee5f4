import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { InputEvent } from "../../../protocol/input.ts";
import { decodeMessage, type Message } from "../../../protocol/message.ts";
import type { Path } from "../../../protocol/pipe.ts";
import { InputLane } from "../../../viewer/connect/input-lane.ts";
import { memoryPipePair } from "../../support/memory-pipe.ts";
import { keyEvent } from "../../support/strokes.ts";

const stroke = keyEvent("KeyA", true);
const listener = { opened: () => {}, closed: () => {} };

/** A lane over an open pipe, and what came out at its far end. Nothing is held, so nothing but strokes is said. */
async function openLane(path: Path) {
  const [near, far] = memoryPipePair(path);
  const heard: Message[] = [];
  const copies: Message[] = [];
  near.listen({ ...listener, message: () => {} });
  far.listen({
    ...listener,
    message: (bytes) => heard.push(decodeMessage(bytes)),
    copy: (bytes) => copies.push(decodeMessage(bytes)),
  });
  await vi.advanceTimersByTimeAsync(0);
  const nothingHeld = () => ({ buttons: [], codes: [] });
  const lane = new InputLane(nothingHeld, () => performance.now());
  lane.carry(near, true);
  const said = { kind: "input", firstSequence: 1, events: [stroke] };
  return { lane, heard, copies, said };
}

describe("input that packets may lose", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each(["direct", "turn"] as const)(
    "a stroke is said again three times over %s, beside what waits its turn, if nobody answers",
    async (path) => {
      const { lane, heard, copies, said } = await openLane(path);
      lane.add(stroke);
      await vi.advanceTimersByTimeAsync(35);
      expect(copies).toEqual([said, said, said]);
      await vi.advanceTimersByTimeAsync(10_000);
      expect([heard, copies.length]).toEqual([[said], 3]);
      lane.close();
    },
  );

  it("a stroke is not said again once it is acknowledged, nor once the lane is closed", async () => {
    const { lane, heard, copies, said } = await openLane("direct");
    lane.add(stroke);
    await vi.advanceTimersByTimeAsync(15);
    lane.acknowledged(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect([heard, copies]).toEqual([[said], [said]]);
    lane.add(keyEvent("KeyA", false));
    lane.close();
    await vi.advanceTimersByTimeAsync(1000);
    expect([heard.length, copies.length]).toEqual([2, 1]);
  });

  it("a stroke behind one that is not acknowledged is said again at once", async () => {
    const { lane, heard, copies, said } = await openLane("direct");
    lane.add(stroke);
    await vi.advanceTimersByTimeAsync(100);
    copies.length = 0;
    const release = keyEvent("KeyA", false);
    lane.add(release);
    await vi.advanceTimersByTimeAsync(1);
    const both = { ...said, events: [stroke, release] };
    expect([heard.at(-1), copies]).toEqual([both, [both]]);
    await vi.advanceTimersByTimeAsync(20);
    expect(copies).toEqual([both, both, both]);
    lane.close();
  });

  it.each<{ what: string; path: Path; event: InputEvent }>([
    { what: "a stroke through the server", path: "relay", event: stroke },
    { what: "a move of the pointer", path: "direct", event: { kind: "move", at: { x: 1, y: 1 } } },
  ])("$what is said once", async ({ path, event }) => {
    const { lane, heard, copies } = await openLane(path);
    lane.add(event);
    await vi.advanceTimersByTimeAsync(1000);
    expect([heard.length, copies.length]).toEqual([1, 0]);
    lane.close();
  });
});
