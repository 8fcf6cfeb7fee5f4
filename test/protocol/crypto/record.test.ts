import { createDecipheriv } from "node:crypto";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { nodeAead } from "../../../host-agent/aead/node.ts";
import { utf8 } from "../../../protocol/bytes.ts";
import type { Direction } from "../../../protocol/crypto/keys.ts";
import {
  type Channel,
  isCopyRecord,
  isPictureRecord,
  MAX_RECORDS_PER_CHANNEL,
  type OpenedRecord,
  RECORD_OVERHEAD_BYTES,
  RecordOpener,
  RecordSealer,
} from "../../../protocol/crypto/record.ts";
import { bytes, HOSTILE_RUNS, hostileBytes, u32, verdict } from "../hostile-bytes.ts";

const EPOCH = 3;
const keyOf = { h2v: new Uint8Array(32).fill(1), v2h: new Uint8Array(32).fill(2) };
const aeadOf = { h2v: nodeAead(keyOf.h2v), v2h: nodeAead(keyOf.v2h) };

function sealer(direction: Direction = "h2v", change: { epoch?: number; maxRecords?: number } = {}): RecordSealer {
  const { epoch = EPOCH, maxRecords = MAX_RECORDS_PER_CHANNEL } = change;
  return new RecordSealer({ aead: aeadOf[direction], direction, epoch, maxRecords });
}

function opener(direction: Direction = "h2v", pictureGaps: "refused" | "reported" = "refused"): RecordOpener {
  return new RecordOpener({ aead: aeadOf[direction], direction, epoch: EPOCH, pictureGaps });
}

/** For comparing bytes 20,000 times. */
const latin1 = (record: Uint8Array) => Buffer.from(record).toString("latin1");

let host: RecordSealer;
let viewer: RecordOpener;
const seal = (channel: Channel, text: string) => host.seal(channel, utf8(text));
const open = (record: Uint8Array): OpenedRecord | undefined => viewer.open(record);

beforeEach(() => {
  host = sealer();
  viewer = opener();
});

describe("sealed records", () => {
  it("carry messages, each channel with counters of its own", () => {
    expect(open(seal("control", "a"))).toEqual({ channel: "control", plain: utf8("a"), missed: 0 });
    expect(open(seal("pictures", "b"))).toEqual({ channel: "pictures", plain: utf8("b"), missed: 0 });
    expect(open(seal("control", "c"))).toEqual({ channel: "control", plain: utf8("c"), missed: 0 });
    const back = sealer("v2h").seal("control", utf8("input"));
    expect(opener("v2h").open(back)?.plain).toEqual(utf8("input"));
  });

  it("are as written down, byte for byte", () => {
    seal("pictures", "first");
    const record = seal("pictures", "picture");
    const header = bytes(
      2, // channel: pictures
      ...[0, 2], // end of the counter
    );
    const beside = bytes(
      2, // protocol version
      2, // channel
      ...u32(3), // epoch
      ...[...u32(0), ...u32(2)], // counter
    );
    const nonce = bytes(
      2, // host to viewer
      ...[0, 0],
      2, // channel
      ...[...u32(0), ...u32(2)], // counter
    );
    expect(record.subarray(0, 3)).toEqual(header);
    expect(record).toHaveLength("picture".length + RECORD_OVERHEAD_BYTES);
    const openssl = createDecipheriv("chacha20-poly1305", keyOf.h2v, nonce, { authTagLength: 16 });
    openssl.setAAD(beside, { plaintextLength: "picture".length });
    openssl.setAuthTag(record.subarray(-16));
    expect(Buffer.concat([openssl.update(record.subarray(3, -16)), openssl.final()]).toString()).toBe("picture");
    expect(Buffer.from(record).toString("hex")).toBe("02000218bc85db4bddbc441ccc74aed716acd27a5a7679d3025f");
  });

  it("are told apart by a relay without a key", () => {
    expect(isPictureRecord(seal("pictures", "x"))).toBe(true);
    expect(isPictureRecord(seal("control", "x"))).toBe(false);
    expect(isPictureRecord(new Uint8Array())).toBe(false);
  });

  it("end before their counters run out", () => {
    const short = sealer("h2v", { maxRecords: 2 });
    expect(short.isSpent("control")).toBe(false);
    short.seal("control", utf8("1"));
    short.seal("control", utf8("2"));
    expect(short.isSpent("control")).toBe(true);
    expect(() => short.seal("control", utf8("3"))).toThrow("has sealed its last record");
    expect(short.isSpent("pictures")).toBe(false);
    expect(MAX_RECORDS_PER_CHANNEL).toBeLessThan(2 ** 32);
  });
});

describe("a record is refused", () => {
  it("a second time", () => {
    const first = seal("control", "1");
    const second = seal("control", "2");
    open(first);
    expect(verdict(() => open(first))).toBe("out-of-order");
    open(second);
  });

  it("out of order or after a gap, in either channel", () => {
    for (const channel of ["control", "pictures"] as const) {
      seal(channel, "1");
      const second = seal(channel, "2");
      expect(verdict(() => open(second))).toBe("out-of-order");
    }
  });

  it("after a gap in control even where pictures may be missing", () => {
    viewer = opener("h2v", "reported");
    seal("control", "1");
    expect(verdict(() => open(seal("control", "2")))).toBe("out-of-order");
  });

  it("from the mirror", () => {
    const own = sealer("v2h").seal("control", utf8("mine"));
    expect(verdict(() => open(own))).toBe("not-authentic");
  });

  it("on another channel than it was sealed for", () => {
    const picture = seal("pictures", "1");
    picture[0] = 1;
    expect(verdict(() => open(picture))).toBe("not-authentic");
    const control = seal("control", "1");
    control[0] = 2;
    expect(verdict(() => opener().open(control))).toBe("not-authentic");
    control[0] = 3;
    expect(verdict(() => opener().open(control))).toBe("unknown-type");
    control[0] = 0;
    expect(verdict(() => opener().open(control))).toBe("unknown-type");
  });

  it("as a picture from a viewer, who has none to send", () => {
    expect(() => sealer("v2h").seal("pictures", utf8("x"))).toThrow("no pictures go v2h");
    const record = sealer("v2h").seal("control", utf8("x"));
    record[0] = 2;
    expect(verdict(() => opener("v2h").open(record))).toBe("unknown-type");
  });

  it("from another pipe of the session", () => {
    const other = sealer("h2v", { epoch: EPOCH + 1 }).seal("control", utf8("x"));
    expect(verdict(() => open(other))).toBe("not-authentic");
  });

  it("of another version of the protocol", () => {
    const aead = nodeAead(keyOf.h2v);
    const nonce = bytes(2, 0, 0, 1, ...u32(0), ...u32(1));
    const sealedAs = (version: number) => {
      const text = aead.seal(nonce, bytes(version, 1, ...u32(EPOCH), ...u32(0), ...u32(1)), utf8("x"));
      return bytes(1, 0, 1, ...text);
    };
    expect(opener().open(sealedAs(2))?.plain).toEqual(utf8("x"));
    expect(verdict(() => opener().open(sealedAs(1)))).toBe("not-authentic");
  });

  it("when cut anywhere", () => {
    const record = seal("control", "words");
    for (let length = 0; length < RECORD_OVERHEAD_BYTES; length++) {
      expect(verdict(() => opener().open(record.subarray(0, length)))).toBe("truncated");
    }
    for (let length = RECORD_OVERHEAD_BYTES; length < record.length; length++) {
      expect(verdict(() => opener().open(record.subarray(0, length)))).toBe("not-authentic");
    }
  });
});

describe("copies of what a viewer said", () => {
  const say = sealer("v2h");
  const copies = ["1", "2", "3", "4"].map((text) => say.seal("copies", utf8(text)));
  const copy = (index: number) => copies[index] ?? new Uint8Array();

  it("may be missing; one that comes late, or again, is not opened; and control counts by itself", () => {
    const host = opener("v2h");
    expect(host.open(copy(1))).toEqual({ channel: "copies", plain: utf8("2"), missed: 1 });
    expect(host.open(copy(0))).toBeUndefined();
    expect(host.open(copy(1))).toBeUndefined();
    expect(host.open(sealer("v2h").seal("control", utf8("x")))?.missed).toBe(0);
    expect(host.open(copy(3))?.plain).toEqual(utf8("4"));
    expect(host.open(copy(2))).toBeUndefined();
  });

  it("are told by their first byte, and believed no sooner than others", () => {
    expect(copies.map((record) => [...record.subarray(0, 3)])).toEqual([
      [3, 0, 1],
      [3, 0, 2],
      [3, 0, 3],
      [3, 0, 4],
    ]);
    expect(copies.every(isCopyRecord)).toBe(true);
    expect([isCopyRecord(seal("control", "x")), isCopyRecord(new Uint8Array())]).toEqual([false, false]);
    expect(verdict(() => opener("v2h").open(copy(0).with(2, 9)))).toBe("not-authentic");
    expect(verdict(() => opener("v2h").open(copy(0).with(0, 1)))).toBe("not-authentic");
    expect(verdict(() => opener("v2h").open(copy(0).subarray(0, 10)))).toBe("truncated");
  });

  it("go one way only", () => {
    expect(() => sealer("h2v").seal("copies", utf8("x"))).toThrow("no copies go h2v");
    expect(verdict(() => opener("h2v").open(copy(0)))).toBe("unknown-type");
  });

  it("open each once and never back in time, in whatever order they come", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: copies.length - 1 }), { minLength: 1, maxLength: 8 }), (order) => {
        const host = opener("v2h");
        let newest = -1;
        for (const index of order) {
          const opened = host.open(copy(index));
          if (index <= newest) expect(opened).toBeUndefined();
          else expect(opened).toEqual({ channel: "copies", plain: utf8(`${index + 1}`), missed: index - newest - 1 });
          newest = Math.max(newest, index);
        }
      }),
      { numRuns: HOSTILE_RUNS },
    );
  });

  it("go on past the end of their sixteen bits", () => {
    const host = opener("v2h");
    const long = sealer("v2h");
    for (let counter = 1; counter <= 0x10002; counter++) {
      const record = long.seal("copies", utf8(`${counter}`));
      if (counter % 0x7000 === 0) expect(host.open(record)?.plain).toEqual(utf8(`${counter}`));
      if (counter === 0x10002) expect(host.open(record)?.plain).toEqual(utf8(`${counter}`));
    }
  });
});

describe("through a relay that drops pictures", () => {
  it("gaps in the pictures are reported, and never go backwards", () => {
    viewer = opener("h2v", "reported");
    const pictures = ["1", "2", "3", "4", "5"].map((text) => seal("pictures", text));
    const arrived = (index: number) => pictures[index] ?? new Uint8Array();
    expect(open(arrived(1))).toEqual({ channel: "pictures", plain: utf8("2"), missed: 1 });
    expect(open(arrived(2))?.missed).toBe(0);
    expect(open(arrived(4))?.missed).toBe(1);
    // Counted on, these would be record 65,540 and 65,541.
    expect(verdict(() => open(arrived(3)))).toBe("not-authentic");
    expect(verdict(() => opener("h2v", "reported").open(arrived(4).with(1, 1)))).toBe("not-authentic");
  });

  it("counters go on past the end of their sixteen bits", () => {
    viewer = opener("h2v", "reported");
    for (let counter = 1; counter < 0xffff; counter++) host.seal("pictures", utf8("x"));
    const [last, over, next] = ["last", "over", "next"].map((text) => seal("pictures", text));
    if (last === undefined || over === undefined || next === undefined) throw new Error("three were sealed");
    expect([last, over, next].map((record) => [...record.subarray(0, 3)])).toEqual([
      [2, 0xff, 0xff],
      [2, 0, 0],
      [2, 0, 1],
    ]);
    expect(open(last)).toEqual({ channel: "pictures", plain: utf8("last"), missed: 0xfffe });
    expect(open(next)).toEqual({ channel: "pictures", plain: utf8("next"), missed: 1 });
    expect(verdict(() => open(over))).toBe("not-authentic");
  });
});

describe("whoever sits on the pipe", () => {
  it("makes no record of their own and turns none into another", () => {
    const valid = [seal("control", "a message"), seal("pictures", "a picture"), seal("control", "")];
    const known = new Set(valid.slice(0, 2).map(latin1));
    fc.assert(
      fc.property(hostileBytes(valid), (record) => {
        // A fresh opener waits for the first record of each channel: those two open, nothing else does.
        const outcome = verdict(() => opener().open(record));
        expect(outcome === "accepted").toBe(known.has(latin1(record)));
      }),
      { numRuns: HOSTILE_RUNS },
    );
  });

  it("can drop, repeat and reorder as they like: what opens is what the rules let through", () => {
    const channels: readonly Channel[] = ["control", "pictures", "pictures", "control", "pictures", "control"];
    const records = channels.map((channel, index) => ({ channel, record: seal(channel, `${index}`) }));
    const number = records.map(({ channel }, at) => channels.slice(0, at + 1).filter((one) => one === channel).length);
    const order = fc.array(fc.nat({ max: records.length - 1 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(order, fc.constantFrom("refused", "reported"), (indices, gaps) => {
        const victim = opener("h2v", gaps);
        const last = { control: 0, pictures: 0, copies: 0 };
        for (const index of indices) {
          const sent = records[index];
          const counter = number[index];
          if (sent === undefined || counter === undefined) throw new Error("an index outside the list");
          const missed = counter - last[sent.channel] - 1;
          const mayMiss = sent.channel === "pictures" && gaps === "reported";
          if (missed < 0 || (missed > 0 && !mayMiss)) {
            // A picture from before looks like one from far ahead, until its key is tried.
            expect(verdict(() => victim.open(sent.record))).toBe(mayMiss ? "not-authentic" : "out-of-order");
            return;
          }
          const found = victim.open(sent.record);
          expect(`${found?.channel} ${Buffer.from(found?.plain ?? "")} ${found?.missed}`).toBe(
            `${sent.channel} ${index} ${missed}`,
          );
          last[sent.channel] = counter;
        }
      }),
      { numRuns: HOSTILE_RUNS },
    );
  });
});
