import { describe, expect, it } from "vitest";
import { nodeAead } from "../../../host-agent/aead/node.ts";
import { UpdateTrace } from "../../../host-agent/pipeline/update-trace.ts";

/** A trace whose clock stands until it is told how long something took. */
function stage() {
  const lines: string[] = [];
  let nowMs = 100;
  const trace = new UpdateTrace(
    () => nowMs,
    (line) => lines.push(line),
  );
  const took = (ms: number) => {
    nowMs += ms;
  };
  return { trace, took, lines };
}

describe("the trace of updates", () => {
  it("tells what each stage took, from the first news of a change on", () => {
    const { trace, took, lines } = stage();
    trace.began();
    took(1);
    trace.began();
    took(0.5);
    trace.ended("event");
    took(2);
    trace.ended("grab");
    took(0.25);
    trace.ended("compare");
    trace.ended("plan");
    took(3);
    trace.ended("encode");
    took(4);
    trace.ended("send");
    trace.sent({ sequence: 7, rects: 9, bytes: 61_000, unsentBytes: 1_200 });
    expect(lines).toEqual([
      "update 7: event 1.50, grab 2.00, compare 0.25, plan 0.00, encode 3.00, send 4.00 ms (0.00 to seal); 9 rects, 61000 B, 1200 B queued",
    ]);
  });

  it("does not count the rest between two updates, nor one update's stages for the next", () => {
    const { trace, took, lines } = stage();
    trace.began();
    took(1);
    trace.ended("event");
    trace.sent({ sequence: 1, rects: 1, bytes: 10, unsentBytes: 0 });
    took(5_000);
    trace.ended("plan");
    took(2);
    trace.ended("encode");
    trace.sent({ sequence: 2, rects: 1, bytes: 20, unsentBytes: 0 });
    expect(lines[1]).toBe("update 2: encode 2.00 ms (0.00 to seal); 1 rects, 20 B, 0 B queued");
  });

  it("seals as the AEAD that it times, and opens what that sealed", () => {
    const { trace } = stage();
    const key = new Uint8Array(32).fill(7);
    const nonce = new Uint8Array(12).fill(1);
    const aad = Uint8Array.of(1, 2);
    const [plain, timed] = [nodeAead(key), trace.timed(nodeAead)(key)];
    const sealed = timed.seal(nonce, aad, Uint8Array.of(5, 6, 7));
    expect(sealed).toEqual(plain.seal(nonce, aad, Uint8Array.of(5, 6, 7)));
    expect(timed.open(nonce, aad, sealed)).toEqual(Uint8Array.of(5, 6, 7));
  });

  it("tells when the viewer says that it is painted", () => {
    const { trace, lines } = stage();
    trace.painted(7, 14.2, 3.14);
    expect(lines).toEqual(["update 7: painted 14.2 ms after it was sent, 3.1 of decoding"]);
  });
});
