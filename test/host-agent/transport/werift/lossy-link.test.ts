import { describe, expect, it } from "vitest";
import { MAX_RECORD_BYTES } from "../../../../protocol/pipe.ts";
import type { LinkSettings } from "../../../support/sim-link.ts";
import { openWeriftSim, type SenderKind, useVirtualTime } from "../../../support/werift-sim.ts";

const STREAMED_MS = 3_000;
/** A record is cut into packets of 1,160 bytes, and what is left over. */
const PACKET_BYTES = MAX_RECORD_BYTES / Math.ceil(MAX_RECORD_BYTES / 1_160);

/** werift itself at both ends, in virtual time: no figure here depends on the machine. */
async function streamed(kind: SenderKind, settings: Partial<LinkSettings>) {
  useVirtualTime();
  const sim = await openWeriftSim(kind, settings);
  sim.stream();
  await sim.runFor(STREAMED_MS);
  return {
    mbitPerSecond: (sim.receivedBytes() * 8) / 1000 / STREAMED_MS,
    waitP95Ms: sim.link.waitP95Ms(),
    perPacket: sim.transmissions() / Math.max(1, sim.receivedBytes() / PACKET_BYTES),
  };
}

describe("werift with our sender, against werift as it is", () => {
  it("carries at least four times as much at 80 ms and 1 % loss", async () => {
    const link = { mbitPerSecond: 40, delayMs: 40, loss: 0.01 };
    const stock = await streamed("stock", link);
    const tuned = await streamed("tuned", link);
    expect(tuned.mbitPerSecond).toBeGreaterThan(4 * stock.mbitPerSecond);
    expect(tuned.mbitPerSecond).toBeGreaterThan(0.6 * 40);
  }, 60_000);

  it("fills 5 Mbit/s at 40 ms without the queue that werift stands in, or what it loses by overrunning it", async () => {
    const link = { mbitPerSecond: 5, delayMs: 20, queueBytes: 100_000 };
    const stock = await streamed("stock", link);
    const tuned = await streamed("tuned", link);
    expect(tuned.waitP95Ms).toBeLessThanOrEqual(60);
    expect(stock.waitP95Ms).toBeGreaterThan(2 * tuned.waitP95Ms);
    expect(tuned.mbitPerSecond).toBeGreaterThan(0.85 * 5);
    expect(tuned.mbitPerSecond).toBeGreaterThanOrEqual(0.95 * stock.mbitPerSecond);
    // What had left and had not been delivered when time was up: a message in parts, a window.
    expect(tuned.perPacket).toBeLessThan(1.05);
  });
});

it.each([
  ["a message", 1],
  ["a picture, whose acknowledgement nobody hurries,", 2],
])("%s that is lost alone comes within 200 ms, not after werift's second", async (_, channel) => {
  useVirtualTime();
  const { pipe, link, receivedBytes, runFor } = await openWeriftSim("tuned", { delayMs: 20 });
  pipe?.send(new Uint8Array(MAX_RECORD_BYTES));
  await runFor(1_000);
  expect(receivedBytes()).toBe(MAX_RECORD_BYTES);
  link.settings.isDown = true;
  pipe?.send(new Uint8Array(50).fill(channel));
  await runFor(10);
  link.settings.isDown = false;
  await runFor(190);
  expect(receivedBytes()).toBe(MAX_RECORD_BYTES + 50);
});
