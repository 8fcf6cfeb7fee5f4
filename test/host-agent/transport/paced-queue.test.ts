import { describe, expect, it } from "vitest";
import { nodeAead } from "../../../host-agent/aead/node.ts";
import { PacedQueue } from "../../../host-agent/transport/paced-queue.ts";
import { isPictureRecord, RECORD_OVERHEAD_BYTES, RecordOpener, RecordSealer } from "../../../protocol/crypto/record.ts";

const aead = nodeAead(new Uint8Array(32));

/** A queue of sealed records in front of a transport that takes `takes` bytes at once and drains when told to. */
function queueOf(takes: number) {
  const sealer = new RecordSealer({ aead, direction: "h2v", epoch: 1, maxRecords: 1_000 });
  const opener = new RecordOpener({ aead, direction: "h2v", epoch: 1, pictureGaps: "refused" });
  const carried: string[] = [];
  let bufferedBytes = 0;
  const queue = new PacedQueue({
    isPicture: isPictureRecord,
    hasRoom: () => bufferedBytes < takes,
    send: (record) => {
      bufferedBytes += record.length;
      // The viewer's end: a record out of its channel's order throws here.
      carried.push(Buffer.from(opener.open(record)?.plain ?? "").toString());
    },
  });
  const push = (channel: "control" | "pictures", text: string) => {
    queue.push(sealer.seal(channel, Buffer.from(text)));
  };
  const drain = () => {
    bufferedBytes = 0;
    queue.feed();
  };
  return { queue, push, drain, carried };
}

describe("the queue in front of a data channel", () => {
  it("lets control overtake pictures, and nothing overtake its own kind", () => {
    const { push, drain, carried, queue } = queueOf(1);
    for (const text of ["p1", "p2", "p3"]) push("pictures", text);
    push("control", "c1");
    push("control", "c2");
    push("pictures", "p4");
    expect(carried).toEqual(["p1"]);
    while (queue.unsentBytes > 0) drain();
    expect(carried).toEqual(["p1", "c1", "c2", "p2", "p3", "p4"]);
  });

  it("counts what waits, to the last byte", () => {
    const { push, drain, queue } = queueOf(1);
    push("pictures", "gone at once");
    push("pictures", "p");
    push("control", "c");
    expect(queue.unsentBytes).toBe(2 * (1 + RECORD_OVERHEAD_BYTES));
    drain();
    expect(queue.unsentBytes).toBe(1 + RECORD_OVERHEAD_BYTES);
    drain();
    expect(queue.unsentBytes).toBe(0);
  });

  it("hands a transport nothing that it would not send now, however small", () => {
    const { push, drain, carried } = queueOf(1);
    for (let count = 0; count < 40; count++) push("control", `${count}`);
    expect(carried).toHaveLength(1);
    drain();
    expect(carried).toHaveLength(2);
  });

  it("at the end drops the pictures and gives away the last words", () => {
    const { push, carried, queue } = queueOf(1);
    for (const text of ["p1", "p2", "p3"]) push("pictures", text);
    push("control", "bye");
    queue.flushControl();
    expect(carried).toEqual(["p1", "bye"]);
    expect(queue.unsentBytes).toBe(0);
  });
});
