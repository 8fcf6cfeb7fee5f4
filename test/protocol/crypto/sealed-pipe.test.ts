import { describe, expect, it } from "vitest";
import { nodeAead } from "../../../host-agent/aead/node.ts";
import { RecordSealer } from "../../../protocol/crypto/record.ts";
import { SealedPipe, type SealedPipeOptions } from "../../../protocol/crypto/sealed-pipe.ts";
import { bindTag, type Transport, transcriptHash } from "../../../protocol/crypto/transcript.ts";
import { MAX_RECORD_BYTES, type Path } from "../../../protocol/pipe.ts";
import { MAX_MESSAGE_BYTES, UPDATE_PART } from "../../../protocol/update.ts";
import { HandCarriedPipe } from "../../support/hand-carried-pipe.ts";
import { provenPair } from "../../support/proven.ts";

const INPUT = Uint8Array.of(0x02, 7);
const PICTURE = Uint8Array.of(UPDATE_PART, 3, 1, 2, 3);
const BYE = Uint8Array.of(0x12, 1);
const RELAY: Transport = { kind: "relay", epoch: 1 };

const { host: atHost, viewer: atViewer } = provenPair();

/** One sealed end, what it hears, and the pipe inside it, which the test carries by hand. */
function end(side: "host" | "viewer", path: Path, change: Partial<SealedPipeOptions> = {}) {
  const { keys, transcript } = side === "host" ? atHost : atViewer;
  const inner = new HandCarriedPipe(path);
  const heard = {
    opened: 0,
    messages: [] as Uint8Array[],
    closed: [] as string[],
    missed: [] as number[],
    copies: [] as Uint8Array[],
  };
  const pipe = new SealedPipe(inner, {
    side,
    keys,
    transcript: transcriptHash(transcript, RELAY),
    epoch: 1,
    openAead: nodeAead,
    missedPictures: (records) => heard.missed.push(records),
    ...change,
  });
  pipe.listen({
    opened: () => heard.opened++,
    message: (bytes) => heard.messages.push(bytes),
    copy: (bytes) => heard.copies.push(bytes),
    closed: (why) => heard.closed.push(why),
  });
  return { pipe, inner, heard };
}

type End = ReturnType<typeof end>;

/** Host and viewer with the pipe inside open, their bind tags not yet carried over. */
function introduced(
  path: Path = "direct",
  change: { host?: Partial<SealedPipeOptions>; viewer?: Partial<SealedPipeOptions> } = {},
) {
  const host = end("host", path, change.host);
  const viewer = end("viewer", path, change.viewer);
  host.inner.open();
  viewer.inner.open();
  return { host, viewer };
}

/** Host and viewer that have verified each other. */
function joined(path: Path = "direct", change: Parameters<typeof introduced>[1] = {}) {
  const { host, viewer } = introduced(path, change);
  carry(host, viewer);
  carry(viewer, host);
  expect([host.pipe.state, viewer.pipe.state]).toEqual(["open", "open"]);
  return { host, viewer };
}

/** What makes of two ends those of the session's second pipe. */
function anotherPipe(): Parameters<typeof introduced>[1] {
  const second = { epoch: 2, transcript: transcriptHash(atHost.transcript, { kind: "relay", epoch: 2 }) };
  return { host: second, viewer: second };
}

/** Carries over, and takes off the record, what `from` has put on the wire. */
function carry(from: End, to: End): void {
  for (const record of from.inner.sent.splice(0)) to.inner.deliver(record);
}

/** What `from` puts on the wire for these messages. */
function records(from: End, ...messages: readonly Uint8Array[]): Uint8Array[] {
  for (const message of messages) from.pipe.send(message);
  return from.inner.sent.splice(0);
}

function expectClosed(victim: End, because: string): void {
  expect(victim.heard.closed).toEqual([expect.stringContaining(because)]);
  expect([victim.pipe.state, victim.inner.state]).toEqual(["closed", "closed"]);
}

describe("a sealed pipe opens", () => {
  it("only when the other end's bind tag has come", () => {
    const { host, viewer } = introduced();
    expect([host.pipe.state, viewer.pipe.state]).toEqual(["opening", "opening"]);
    host.pipe.send(PICTURE);
    viewer.pipe.send(INPUT);
    expect([host.inner.sent.length, viewer.inner.sent.length]).toEqual([1, 1]);
    carry(viewer, host);
    expect([host.heard.opened, viewer.heard.opened]).toEqual([1, 0]);
    expect([host.pipe.state, viewer.pipe.state]).toEqual(["open", "opening"]);
  });

  it("not between ends that see different certificates", () => {
    const other = transcriptHash(atViewer.transcript, { kind: "relay", epoch: 2 });
    const { host, viewer } = introduced("direct", { viewer: { transcript: other } });
    carry(host, viewer);
    carry(viewer, host);
    for (const one of [host, viewer]) {
      expectClosed(one, "not-authentic");
      expect(one.heard.opened).toBe(0);
    }
  });

  it("not between ends of different sessions", () => {
    const { host, viewer } = introduced("direct", { viewer: { keys: provenPair().viewer.keys } });
    carry(viewer, host);
    expectClosed(host, "not-authentic");
  });

  it("not for a mirror", () => {
    const { host } = introduced();
    carry(host, host);
    expectClosed(host, "not-authentic");
  });

  it.each([
    ["its own kind of tag", bindTag(atViewer.keys.derive("bind"), "host", transcriptHash(atViewer.transcript, RELAY))],
    ["input", INPUT],
    ["nothing", new Uint8Array()],
  ])("not for a viewer that has the keys and begins with %s", (_, first) => {
    const { host } = introduced();
    const key = atViewer.keys.data("v2h", transcriptHash(atViewer.transcript, RELAY));
    const sealer = new RecordSealer({ aead: nodeAead(key), direction: "v2h", epoch: 1, maxRecords: 9 });
    const record = sealer.seal("control", first);
    host.inner.deliver(record);
    expectClosed(host, "did not prove");
    expect(host.heard).toMatchObject({ opened: 0, messages: [] });
  });

  it("not when the pipe inside ends first", () => {
    const { host } = introduced();
    host.inner.close("the network is gone");
    expectClosed(host, "the network is gone");
    expect(host.heard.opened).toBe(0);
  });
});

describe("a sealed pipe carries", () => {
  it("parts of updates as pictures and all else as control, none of it in clear", () => {
    const { host, viewer } = joined();
    const wire = records(host, PICTURE, BYE, PICTURE);
    expect(wire.map((record) => record[0])).toEqual([2, 1, 2]);
    for (const record of wire) {
      viewer.inner.deliver(record);
      expect(Buffer.from(record).includes(Buffer.from(PICTURE.subarray(1)))).toBe(false);
    }
    expect(viewer.heard.messages).toEqual([PICTURE, BYE, PICTURE]);
  });

  it("what was sent just before it was closed, and hears what came just before its end", () => {
    const { host, viewer } = joined();
    viewer.pipe.send(INPUT);
    viewer.pipe.send(BYE);
    viewer.pipe.close();
    carry(viewer, host);
    host.inner.close("the viewer closed");
    expect(host.heard.messages).toEqual([INPUT, BYE]);
    expectClosed(host, "the viewer closed");
    expectClosed(viewer, "closed here");
  });

  it("control that overtook pictures on its way", () => {
    const { host, viewer } = joined();
    const [first, second, control] = records(host, PICTURE, PICTURE, BYE);
    for (const record of [control, first, second]) viewer.inner.deliver(record ?? new Uint8Array());
    expect(viewer.heard.messages).toEqual([BYE, PICTURE, PICTURE]);
  });

  it("copies beside everything else: they overtake it, and those that others have overtaken are left out", () => {
    const { host, viewer } = joined();
    const [message] = records(viewer, INPUT);
    const copies = [1, 2, 3].map((number) => {
      viewer.pipe.sendCopy(Uint8Array.of(...INPUT, number));
      return viewer.inner.sent.pop() ?? new Uint8Array();
    });
    for (const at of [1, 0, 2]) host.inner.deliver(copies[at] ?? new Uint8Array());
    host.inner.deliver(message ?? new Uint8Array());
    expect(host.heard.copies).toEqual([Uint8Array.of(...INPUT, 2), Uint8Array.of(...INPUT, 3)]);
    expect(host.heard.messages).toEqual([INPUT]);
  });

  it("copies until their counters are used up, and everything else after that", () => {
    const { host, viewer } = joined("direct", { viewer: { maxRecords: 2 } });
    for (let copy = 0; copy < 3; copy++) viewer.pipe.sendCopy(INPUT);
    viewer.pipe.send(INPUT);
    carry(viewer, host);
    expect([host.heard.copies, host.heard.messages]).toEqual([[INPUT, INPUT], [INPUT]]);
    expect(() => viewer.pipe.sendCopy(new Uint8Array())).not.toThrow();
    expect(() => joined().viewer.pipe.sendCopy(new Uint8Array())).toThrow(RangeError);
  });

  it("no copy before the viewer's bind tag, which it may have overtaken", () => {
    const { host, viewer } = introduced();
    carry(host, viewer);
    const [tag] = viewer.inner.sent.splice(0);
    viewer.pipe.sendCopy(INPUT);
    carry(viewer, host);
    expect([host.pipe.state, host.heard.copies]).toEqual(["opening", []]);
    host.inner.deliver(tag ?? new Uint8Array());
    expect(host.heard.opened).toBe(1);
  });

  it("the largest message in the largest record", () => {
    const { host, viewer } = joined();
    const largest = new Uint8Array(MAX_MESSAGE_BYTES).fill(UPDATE_PART);
    const [record] = records(host, largest);
    expect(record).toHaveLength(MAX_RECORD_BYTES);
    viewer.inner.deliver(record ?? new Uint8Array());
    expect(viewer.heard.messages).toEqual([largest]);
  });
});

describe("a sealed pipe closes", () => {
  it.each([
    ["a picture", PICTURE],
    ["nothing", new Uint8Array()],
  ])("on a copy of %s", (_, copied) => {
    const { host } = joined();
    const key = atViewer.keys.data("v2h", transcriptHash(atViewer.transcript, RELAY));
    const sealer = new RecordSealer({ aead: nodeAead(key), direction: "v2h", epoch: 1, maxRecords: 9 });
    host.inner.deliver(sealer.seal("copies", copied));
    expectClosed(host, "does not belong there");
    expect(host.heard.copies).toEqual([]);
  });

  type Attack = (wire: readonly Uint8Array[], from: "host" | "viewer") => Uint8Array[];
  const attacks: Record<string, Attack> = {
    "a replayed record": ([one = BYE]) => [one, one],
    "a dropped record": ([, two = BYE]) => [two],
    "two records in the wrong order": ([one = BYE, two = BYE]) => [two, one],
    "a changed record": ([one = BYE]) => [one.with(20, (one[20] ?? 0) ^ 1)],
    "a record cut short": ([one = BYE]) => [one.subarray(0, -1)],
    "a record that was made longer": ([one = BYE]) => [Uint8Array.of(...one, 0)],
    "a record put on the other channel": ([one = BYE]) => [one.with(0, 2)],
    "a record with another number": ([one = BYE]) => [one.with(2, 9)],
    "a record of another pipe": (_, from) => records(joined("direct", anotherPipe())[from], INPUT),
    "a message in clear": () => [BYE],
    "an empty record": () => [new Uint8Array()],
    "a record without end": () => [new Uint8Array(MAX_RECORD_BYTES + 1)],
  };
  for (const [what, attack] of Object.entries(attacks)) {
    it(`on ${what}, from either side, and hears nothing more`, () => {
      for (const [from, to] of [
        ["host", "viewer"],
        ["viewer", "host"],
      ] as const) {
        const ends = joined();
        const wire = records(ends[from], INPUT, INPUT, INPUT);
        const carried = attack(wire, from);
        for (const record of [...carried, ...wire]) ends[to].inner.deliver(record);
        expectClosed(ends[to], "");
        expect(ends[to].heard.messages.length).toBeLessThan(carried.length);
      }
    });
  }

  it("on a replay of the bind tag", () => {
    const { host, viewer } = introduced();
    const [tag = BYE] = viewer.inner.sent;
    host.inner.deliver(tag);
    host.inner.deliver(tag);
    expectClosed(host, "out-of-order");
    expect(viewer.heard.opened).toBe(0);
  });

  it("on a message sealed on a channel that is not its own, which only a broken host does", () => {
    for (const [channel, plain] of [
      ["pictures", BYE],
      ["control", PICTURE],
      ["pictures", new Uint8Array()],
      ["control", new Uint8Array()],
    ] as const) {
      const transcript = transcriptHash(atHost.transcript, RELAY);
      const viewer = end("viewer", "direct");
      viewer.inner.open();
      const aead = nodeAead(atHost.keys.data("h2v", transcript));
      const sealer = new RecordSealer({ aead, direction: "h2v", epoch: 1, maxRecords: 9 });
      viewer.inner.deliver(sealer.seal("control", bindTag(atHost.keys.derive("bind"), "host", transcript)));
      expect(viewer.pipe.state).toBe("open");
      viewer.inner.deliver(sealer.seal(channel, plain));
      expectClosed(viewer, "does not belong there");
    }
  });

  it("when its keys are used up, before a nonce could come twice", () => {
    const { host } = joined("direct", { host: { maxRecords: 3 } });
    expect(records(host, BYE, BYE, BYE)).toHaveLength(2); // the bind tag was the first
    expectClosed(host, "keys are used up");
  });
});

describe("a sealed pipe through a relay", () => {
  it("says before the next picture how many were dropped", () => {
    const { host, viewer } = joined("relay");
    const wire = records(host, PICTURE, PICTURE, PICTURE, BYE, PICTURE);
    const order: string[] = [];
    for (const at of [0, 3, 4]) {
      viewer.inner.deliver(wire[at] ?? BYE);
      order.push(`${viewer.heard.messages.length} heard, ${viewer.heard.missed.join()} missed`);
    }
    expect(order).toEqual(["1 heard,  missed", "2 heard,  missed", "3 heard, 2 missed"]);
    viewer.inner.deliver(wire[1] ?? BYE);
    expectClosed(viewer, "not-authentic");
  });

  it("does without no control message", () => {
    const { host, viewer } = joined("relay");
    const [, second = BYE] = records(host, BYE, BYE);
    viewer.inner.deliver(second);
    expectClosed(viewer, "out-of-order");
  });

  it("stays silent when it was closed over the news of a gap", () => {
    const viewer: End = end("viewer", "relay", { missedPictures: () => viewer.pipe.close() });
    const host = end("host", "relay");
    host.inner.open();
    viewer.inner.open();
    carry(host, viewer);
    carry(viewer, host);
    const [, second = BYE] = records(host, PICTURE, PICTURE);
    viewer.inner.deliver(second);
    expectClosed(viewer, "closed here");
    expect(viewer.heard.messages).toEqual([]);
  });

  it("elsewhere misses no picture", () => {
    const { host, viewer } = joined("direct");
    const [, second = BYE] = records(host, PICTURE, PICTURE);
    viewer.inner.deliver(second);
    expectClosed(viewer, "out-of-order");
    expect(viewer.heard.missed).toEqual([]);
  });
});

it("a sealed pipe says of late pictures what the pipe inside says", () => {
  const { host } = introduced();
  expect(host.pipe.picturesComeLate).toBe(false);
  host.inner.picturesComeLate = true;
  expect(host.pipe.picturesComeLate).toBe(true);
});
