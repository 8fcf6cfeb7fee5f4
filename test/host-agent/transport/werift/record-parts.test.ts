import { describe, expect, it } from "vitest";
import { CHANNELS, counterEndOf } from "../../../../protocol/crypto/record.ts";
import { PictureOrder } from "../../../../viewer/connect/picture-order.ts";
import type { LinkSettings } from "../../../support/sim-link.ts";
import { openWeriftSim, useVirtualTime } from "../../../support/werift-sim.ts";

const RECORD_BYTES = 16_000;
const RECORDS_PER_PICTURE = 5;
const PICTURE_MS = 33;

/** A film over a path in virtual time, thirty pictures of 80,000 bytes a second, taken in order as the viewer does. */
async function film(settings: Partial<LinkSettings>, seconds: number) {
  useVirtualTime();
  const { pipe, viewer, runFor } = await openWeriftSim("tuned", { mbitPerSecond: 100, delayMs: 40, ...settings });
  const sentMs = new Map<number, number>();
  const delaysMs: number[] = [];
  const counters: number[] = [];
  let parts = 0;
  let controls = 0;
  let picturesTooEarly = 0;
  const order = new PictureOrder((record) => {
    const counter = counterEndOf(record);
    if (record[0] === CHANNELS.control) {
      controls = counter;
      return;
    }
    if (controls < Math.ceil(counter / RECORDS_PER_PICTURE)) picturesTooEarly += 1;
    counters.push(counter);
    if (counter % RECORDS_PER_PICTURE === 0) delaysMs.push(performance.now() - (sentMs.get(counter) ?? 0));
  });
  viewer.channel.onMessage.subscribe((data) => order.takeRecord(new Uint8Array(Buffer.from(data))));
  viewer.beside.onMessage.subscribe((data) => {
    parts += 1;
    order.takePart(new Uint8Array(Buffer.from(data)));
  });
  let counter = 0;
  for (let picture = 0; picture < (1000 / PICTURE_MS) * seconds; picture += 1) {
    // A cursor before each picture.
    const [high, low] = [(picture + 1) >> 8, (picture + 1) & 0xff];
    pipe?.send(Uint8Array.of(CHANNELS.control, high, low, ...new Uint8Array(30)));
    for (let record = 0; record < RECORDS_PER_PICTURE; record += 1) {
      counter += 1;
      const bytes = new Uint8Array(RECORD_BYTES).fill(counter & 0xff);
      bytes.set([CHANNELS.pictures, counter >> 8, counter & 0xff]);
      pipe?.send(bytes);
    }
    sentMs.set(counter, performance.now());
    await runFor(PICTURE_MS);
  }
  await runFor(2_000);
  const settled = delaysMs.slice(delaysMs.length / 3).sort((one, other) => one - other);
  const at = (share: number) => settled[Math.floor(settled.length * share)] ?? Number.POSITIVE_INFINITY;
  return { counters, sent: counter, parts, picturesTooEarly, p50Ms: at(0.5), p90Ms: at(0.9) };
}

/** A picture of so many bytes, the number of which nobody looks at. */
const pictureOf = (bytes: number) => Uint8Array.of(CHANNELS.pictures, 0, 1, ...new Uint8Array(bytes - 3));

it("pictures come late from the first part that leaves until the last one has come, whatever else is on its way", async () => {
  useVirtualTime();
  const { pipe, link, runFor } = await openWeriftSim("tuned", { delayMs: 20, loss: 0.03 });
  for (let count = 0; count < 100; count += 1) {
    pipe?.send(pictureOf(RECORD_BYTES));
    await runFor(20);
  }
  expect(pipe?.picturesComeLate).toBe(true);
  link.settings.loss = 0;
  await runFor(2_000);
  expect(pipe?.picturesComeLate).toBe(false);
  pipe?.send(pictureOf(3_000));
  expect(pipe?.picturesComeLate).toBe(true);
  await runFor(30);
  pipe?.send(Uint8Array.of(CHANNELS.control, 0, 1, 9));
  await runFor(20);
  expect(pipe?.picturesComeLate).toBe(false);
});

describe("a film on a path of 80 ms", () => {
  it("hardly feels that one packet in a hundred is lost: no picture waits a round trip for it", async () => {
    const { counters, sent, parts, picturesTooEarly, p50Ms, p90Ms } = await film({ loss: 0.01 }, 6);
    expect(counters).toEqual(Array.from({ length: sent }, (_, index) => index + 1));
    expect(parts).toBeGreaterThan(sent);
    expect(picturesTooEarly).toBe(0);
    expect(p50Ms).toBeLessThan(40 + 30);
    expect(p90Ms).toBeLessThan(40 + 60);
  }, 60_000);

  it("goes whole, in no parts, where nothing is lost", async () => {
    const { counters, sent, parts } = await film({}, 3);
    expect(counters).toHaveLength(sent);
    expect(parts).toBe(0);
  }, 60_000);
});
