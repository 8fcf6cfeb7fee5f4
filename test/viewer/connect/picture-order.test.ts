import { describe, expect, it } from "vitest";
import { CHANNELS } from "../../../protocol/crypto/record.ts";
import { partsOf } from "../../../protocol/record-parts.ts";
import { PictureOrder } from "../../../viewer/connect/picture-order.ts";
import { verdict } from "../../protocol/hostile-bytes.ts";

function record(channel: number, counter: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length).fill(counter & 0xff);
  bytes.set([channel, (counter >> 8) & 0xff, counter & 0xff]);
  return bytes;
}
const control = (counter: number) => record(CHANNELS.control, counter, 30);
const picture = (counter: number, length = 3_000) => record(CHANNELS.pictures, counter, length);

/** What was delivered, as "c1" and "p2". */
function listening() {
  const heard: string[] = [];
  const order = new PictureOrder((one) => {
    heard.push(`${one[0] === CHANNELS.pictures ? "p" : "c"}${((one[1] ?? 0) << 8) | (one[2] ?? 0)}`);
  });
  /** In parts, but for those that are lost. */
  const beside = (counter: number, afterControl: number, ...lost: readonly number[]) => {
    for (const [index, part] of partsOf(picture(counter), afterControl).entries()) {
      if (!lost.includes(index)) order.takePart(part);
    }
  };
  return { order, heard, beside };
}

describe("records of the ordered channel alone", () => {
  it("come as they are, at once", () => {
    const { order, heard } = listening();
    for (const one of [control(1), picture(1), control(2), picture(2), picture(3)]) order.takeRecord(one);
    expect(heard).toEqual(["c1", "p1", "c2", "p2", "p3"]);
  });

  it("are handed on where one is said twice: the seal refuses it", () => {
    const { order, heard } = listening();
    for (const one of [picture(1), picture(2), picture(1)]) order.takeRecord(one);
    expect(heard).toEqual(["p1", "p2", "p1"]);
  });
});

describe("pictures in parts", () => {
  it("come in their order, whichever is complete first", () => {
    const { order, heard, beside } = listening();
    order.takeRecord(control(1));
    beside(2, 1);
    beside(3, 1, 0);
    expect(heard).toEqual(["c1"]);
    beside(1, 1, 2);
    expect(heard).toEqual(["c1", "p1", "p2", "p3"]);
  });

  it("follow those that came whole before, and those that come whole again follow them", () => {
    const { order, heard, beside } = listening();
    order.takeRecord(control(1));
    beside(2, 1);
    order.takeRecord(picture(4));
    order.takeRecord(picture(1));
    expect(heard).toEqual(["c1", "p1", "p2"]);
    beside(3, 1);
    expect(heard).toEqual(["c1", "p1", "p2", "p3", "p4"]);
  });

  it("wait for the control records that were sent before them, and for no others", () => {
    const { order, heard, beside } = listening();
    beside(1, 1);
    beside(2, 3);
    expect(heard).toEqual([]);
    order.takeRecord(control(1));
    expect(heard).toEqual(["c1", "p1"]);
    order.takeRecord(control(2));
    order.takeRecord(control(3));
    expect(heard).toEqual(["c1", "p1", "c2", "c3", "p2"]);
  });

  it("go on where the counters begin anew", () => {
    const { order, heard, beside } = listening();
    for (let counter = 1; counter < 0xffff; counter += 1) order.takeRecord(picture(counter % 0x10000, 3));
    for (let counter = 1; counter <= 0xffff; counter += 1) order.takeRecord(control(counter % 0x10000));
    order.takeRecord(control(0));
    heard.length = 0;
    beside(1, 0);
    beside(0, 0xffff);
    beside(0xffff, 0);
    expect(heard).toEqual(["p65535", "p0", "p1"]);
  });

  it("come once: what is late or said twice is passed over", () => {
    const { order, heard, beside } = listening();
    order.takeRecord(control(1));
    for (const counter of [1, 1, 2, 1, 2]) beside(counter, 1);
    beside(4, 1);
    beside(4, 1);
    beside(3, 1);
    expect(heard).toEqual(["c1", "p1", "p2", "p3", "p4"]);
  });

  it("are held up to a bound where one never comes", () => {
    const { order, heard } = listening();
    order.takeRecord(control(1));
    let held = 0;
    const said = verdict(() => {
      for (let counter = 2; counter < 10_000; counter += 1) {
        for (const part of partsOf(picture(counter, 16_000), 1)) order.takePart(part);
        held += 1;
      }
    });
    expect([said, held]).toEqual(["too-large", 4_194]);
    expect(heard).toEqual(["c1"]);
  });

  it("count no more when they have come, in parts or whole", () => {
    const { order, heard } = listening();
    const [rounds, bytes] = [4_600, 16_000];
    order.takeRecord(control(1));
    for (let round = 0; round < rounds; round += 1) {
      const first = 4 * round + 1;
      for (const part of partsOf(picture(first + 1, bytes), 1)) order.takePart(part);
      // Begun in parts, and then sent whole: no honest host does it.
      for (const part of partsOf(picture(first, bytes), 1).slice(3)) order.takePart(part);
      for (const late of [3, 2, 0]) order.takeRecord(picture(first + late, bytes));
    }
    // 74 MB of each kind.
    expect(heard).toHaveLength(1 + 4 * rounds);
  });

  it("are bounded also where each is begun, and none completed", () => {
    const { order } = listening();
    const said = verdict(() => {
      for (let counter = 1; counter < 10_000; counter += 1) {
        for (const part of partsOf(picture(counter, 16_000), 1).slice(0, 1)) order.takePart(part);
      }
    });
    expect(said).toBe("too-large");
  });
});
