import { beforeEach, describe, expect, it } from "vitest";
import type { Purpose } from "../../../host-agent/core/choose-encoding.ts";
import { UpdateSender } from "../../../host-agent/pipeline/update-sender.ts";
import type { EncodedRect } from "../../../protocol/encoded-rect.ts";
import { encodeCopy } from "../../../protocol/encoded-rect.ts";
import { decodeMessage } from "../../../protocol/message.ts";
import { MAX_MESSAGE_BYTES } from "../../../protocol/update.ts";
import { QueuedPipe } from "../../support/queued-pipe.ts";

const SIZE = { width: 800, height: 600 };
const ROUND_TRIP_MS = 20;
const film: EncodedRect = {
  rect: { x: 0, y: 0, width: 640, height: 360 },
  encoding: "jpeg",
  data: new Uint8Array(40_000),
};
const letter: EncodedRect = {
  rect: { x: 700, y: 500, width: 9, height: 18 },
  encoding: "text",
  data: new Uint8Array(20),
};

/** The film's three parts, and then one of an update as any other. */
const IN_TURN = ["update-part", "update-part", "update-part", "update-part"];

let pipe: QueuedPipe;
let sender: UpdateSender;
let nowMs: number;

beforeEach(() => {
  nowMs = 1_000;
  pipe = new QueuedPipe();
  sender = new UpdateSender(pipe, 0, () => nowMs, undefined);
});

const sendFor = (purpose: Purpose, ...rects: EncodedRect[]) => {
  sender.begin(SIZE, purpose);
  sender.write(...rects);
  sender.end();
};
const send = (...rects: EncodedRect[]) => sendFor("fresh", ...rects);
/** All that waits leaves within so long, and its receipt comes. */
const arrive = (afterMs: number) => {
  pipe.letOut(Number.POSITIVE_INFINITY);
  nowMs += afterMs;
  sender.receipt(sender.lastSequence, nowMs, 0);
};
/** What leaves next, so many messages of it. */
const leaving = (count: number) => pipe.letOut(count).map((message) => decodeMessage(message).kind);

describe("what may wait in front of a pipe", () => {
  it("is one message where nothing is known of the path: the next picture is read when there is room for it", () => {
    send(film);
    expect(sender.hasRoom(nowMs)).toBe(false);
    expect(sender.spareBytes(nowMs)).toBe(0);
    expect(sender.hasRoomForShort).toBe(true);
    pipe.letOut(2);
    expect(pipe.unsentBytes).toBeLessThanOrEqual(MAX_MESSAGE_BYTES);
    expect(sender.hasRoom(nowMs)).toBe(true);
    expect(sender.spareBytes(nowMs)).toBeGreaterThan(0);
  });

  it("is what a quick path takes in the time that a picture needs to be read and encoded", () => {
    sender.roundTrip(ROUND_TRIP_MS, nowMs);
    send(film);
    arrive(ROUND_TRIP_MS + 10);
    // 40,000 bytes in 10 ms: 80,000 in 20.
    send(film);
    expect(sender.hasRoom(nowMs)).toBe(true);
    for (let sent = 0; sent < 2; sent++) send(film);
    expect(sender.hasRoom(nowMs)).toBe(false);
  });

  /** Two parts, the second 40 ms later; and then two more films wait. */
  const sendInParts = (meanwhile: () => void) => {
    sender.roundTrip(ROUND_TRIP_MS, nowMs);
    sender.begin(SIZE, "fresh");
    sender.write(film);
    meanwhile();
    nowMs += 40;
    sender.write(film);
    sender.end();
    arrive(ROUND_TRIP_MS + 40);
    for (let sent = 0; sent < 2; sent++) send(film);
  };
  const firstHasLeft = () => void pipe.letOut(Number.POSITIVE_INFINITY);

  it.each([
    // 80,000 bytes in 80 ms.
    ["from the first piece on, if the last waits for it", () => {}, 1_000],
    // 80,000 bytes in 40 ms: what has just left may still be on its way.
    ["from the last piece on, if the path is done with the first", firstHasLeft, 2_000],
  ])("is what the path takes of what was sent as it was encoded: %s", (_what, meanwhile, bytesPerMs) => {
    sendInParts(meanwhile);
    expect(sender.roomAtMs(nowMs)).toBeCloseTo(nowMs + pipe.unsentBytes / bytesPerMs - 20, 0);
  });

  it("tells when there is room again, by the rate of the path, if no receipt is what says so", () => {
    sender.roundTrip(ROUND_TRIP_MS, nowMs);
    expect(sender.roomAtMs(nowMs)).toBeUndefined();
    send(film);
    // The rate is not known yet.
    expect(sender.roomAtMs(nowMs)).toBe(nowMs + 20);
    arrive(ROUND_TRIP_MS + 80);
    send(film);
    const tooManyBytes = pipe.unsentBytes - MAX_MESSAGE_BYTES;
    expect(sender.roomAtMs(nowMs)).toBeCloseTo(nowMs + (80 * tooManyBytes) / 40_000, 0);
    pipe.letOut(2);
    expect(sender.roomAtMs(nowMs)).toBeUndefined();
    for (let sent = 0; sent < 3; sent++) send(film);
    nowMs += 1_000;
    // What is on its way is overdue.
    expect(sender.roomAtMs(nowMs)).toBeUndefined();
  });
});

describe("a picture that comes later than the path is long", () => {
  const LONG_MS = 80;
  /** One has come after so long; the next is on its way, and it takes another round trip for a packet that was lost. */
  const lateAfter = (tookMs: number): boolean => {
    sender.roundTrip(LONG_MS, nowMs);
    send(film);
    arrive(LONG_MS + tookMs);
    send(film);
    pipe.letOut(Number.POSITIVE_INFINITY);
    nowMs += LONG_MS + tookMs + LONG_MS;
    return sender.hasRoom(nowMs);
  };

  it("holds up the next one on a slow path, where it has queued: 40,000 bytes took 60 ms", () => {
    expect(lateAfter(60)).toBe(false);
  });

  it("does not on a quick one, where it has lost a packet: they took 10 ms", () => {
    expect(lateAfter(10)).toBe(true);
  });

  it("does over a relay, however quick that is", () => {
    pipe = new QueuedPipe("relay");
    sender = new UpdateSender(pipe, 0, () => nowMs, undefined);
    expect(lateAfter(10)).toBe(false);
  });
});

describe("an update that is broken off", () => {
  it("is not waited for: no receipt comes for it", () => {
    sender.begin(SIZE, "fresh");
    sender.write(...new Array<EncodedRect>(8).fill(film));
    sender.forget();
    sender.breakOff();
    expect(sender.stats.updates).toBe(0);
    const first = leaving(99);
    expect(first.length).toBeGreaterThan(1);
    expect(sender.hasRoom(nowMs)).toBe(true);
    send(film);
    expect(sender.lastSequence).toBe(2);
    expect(sender.moveTo(new QueuedPipe(), 0)).toEqual([film.rect]);
  });

  it("is as if it had never been begun, when nothing of it has left", () => {
    sender.begin(SIZE, "fresh");
    sender.write(letter);
    sender.breakOff();
    expect(leaving(9)).toEqual([]);
    send(letter);
    expect(sender.lastSequence).toBe(1);
  });

  it("is forgotten with its pipe: nothing more of it leaves, on that one or another", () => {
    sender.begin(SIZE, "fresh");
    sender.write(film);
    leaving(9);
    const other = new QueuedPipe();
    expect(sender.moveTo(other, 0)).toEqual([]);
    sender.write(film);
    sender.end();
    sender.breakOff();
    expect([leaving(9), other.unsentBytes, sender.stats.updates]).toEqual([[], 0, 0]);
    expect(sender.lastSequence).toBe(1);
  });
});

describe("a letter beside a film", () => {
  it("leaves before what waits of the film's picture, and its receipt says nothing of that one", () => {
    send(film);
    expect(leaving(1)).toEqual(["update-part"]);
    send(letter);
    expect(leaving(9)).toEqual(["update-part", "short-update", "update-part"]);
    sender.receipt(2, nowMs, 0);
    expect(sender.moveTo(new QueuedPipe(), 0)).toEqual([film.rect]);
  });

  it("takes its turn while pictures that have left may still come late: it would go before those, too", () => {
    send(film);
    pipe.picturesComeLate = true;
    send(letter);
    expect(leaving(4)).toEqual(IN_TURN);
  });

  it("is not taken for seen when only the picture's receipt comes: it may have come too late to overtake that", () => {
    send(film);
    leaving(2);
    send(letter);
    expect(leaving(9)).toEqual(["update-part", "short-update"]);
    sender.receipt(1, nowMs, 0);
    expect(sender.moveTo(new QueuedPipe(), 0)).toEqual([letter.rect]);
  });

  it("lets the next letter overtake, too, wherever the first one is by then", () => {
    send(film);
    send(letter);
    send({ ...letter, rect: { ...letter.rect, x: 709 } });
    expect(leaving(9)).toEqual(["update-part", "short-update", "short-update", "update-part", "update-part"]);
  });

  it("is not lost with its pipe when the viewer says on the next one that it is painted, before the receipt is here", () => {
    send(film);
    leaving(9);
    send(letter);
    expect(sender.moveTo(new QueuedPipe(), 1)).toEqual([letter.rect]);
    send(film);
    // What the viewer says of an update that it was never sent says nothing.
    expect(sender.moveTo(new QueuedPipe(), 99)).toEqual([film.rect]);
  });

  it("is lost together with what it has overtaken when the pipe is", () => {
    send(film);
    send(letter);
    expect(sender.moveTo(new QueuedPipe(), 0)).toEqual([letter.rect, film.rect]);
  });

  it("is an update as any other where nothing waits", () => {
    send(film);
    leaving(9);
    send(letter);
    expect(leaving(9)).toEqual(["update-part"]);
  });

  it("says nothing about the path's rate: the picture's bytes came before it", () => {
    sender.roundTrip(ROUND_TRIP_MS, nowMs);
    send(film);
    send(letter);
    nowMs += ROUND_TRIP_MS + 50;
    sender.receipt(2, nowMs, 0);
    nowMs += 10;
    sender.receipt(1, nowMs, 0);
    send(film);
    const bytesPerMs = (pipe.unsentBytes - MAX_MESSAGE_BYTES) / (Number(sender.roomAtMs(nowMs)) - nowMs);
    // 40,000 bytes in 60 ms, not in 10.
    expect(bytesPerMs).toBeLessThan(1_000);
  });

  it("takes its turn over a relay, which has a queue of its own", () => {
    pipe = new QueuedPipe("relay");
    sender = new UpdateSender(pipe, 0, () => nowMs, undefined);
    send(film);
    send(letter);
    expect(leaving(9)).toEqual(IN_TURN);
  });

  it.each([
    ["a copy", encodeCopy({ x: 700, y: 500, width: 9, height: 18 }, { x: 690, y: 500 })],
    ["more than a letter", { ...letter, encoding: "exact", data: new Uint8Array(5_000) } as const],
    ["a part of the film's place", { ...letter, rect: { ...letter.rect, x: 630, y: 300 } }],
  ])("takes its turn when it is %s", (_what, rect) => {
    send(film);
    send(rect);
    expect(leaving(9)).toEqual(IN_TURN);
  });

  it("goes before a film in front of which all that waited has left while the film was encoded", () => {
    send(film);
    sendFor("refine", { ...letter, rect: { ...letter.rect, y: 400 } });
    sender.begin(SIZE, "fresh");
    leaving(9);
    sender.write(film);
    sender.end();
    send(letter);
    expect(leaving(9)).toEqual(["update-part", "short-update", "update-part", "update-part"]);
  });

  it("takes its turn when it only makes exact what was there", () => {
    send(film);
    sendFor("refine", letter);
    expect(leaving(9)).toEqual(IN_TURN);
  });
});
