import { describe, expect, it } from "vitest";
import { ReceiptWindow } from "../../../host-agent/core/receipt-window.ts";

const KIB = 1024;

/** `losesEvery`: of so many updates one has a packet that has to be sent again; in order, all behind it wait for it. */
type Path = { rateBps: number; delayMs: number; stalled?: boolean; losesEvery?: number; paintMs?: number };
type Outcome = { painted: number; bytes: number; worstAgeMs: number; worstInFlightBytes: number };

/**
 * A viewer behind a path of so many bytes a second, on virtual time: updates queue one behind the other, travel, and
 * are answered. The host always has something new, as with a moving picture.
 */
class Story {
  readonly window: ReceiptWindow;
  nowMs = 0;
  private readonly path: Path;
  private sequence = 0;
  private linkFreeAtMs = 0;
  private lastArrivalMs = 0;
  private lastReceiptMs = 0;
  private onTheWay: { sequence: number; bytes: number; sentMs: number; receiptMs: number; paintMs: number }[] = [];

  constructor(path: Path, isPaced = false, isRateKnown = isPaced) {
    this.path = path;
    this.window = new ReceiptWindow(() => ({
      roundTripMs: isPaced ? path.delayMs : 0,
      bytesPerMs: isRateKnown ? path.rateBps / 1000 : undefined,
    }));
  }

  change(path: Partial<Path>): void {
    Object.assign(this.path, path);
  }

  /** Runs for so long with updates of so many bytes, one each `intervalMs` at most. */
  run(durationMs: number, updateBytes: number, intervalMs = 16): Outcome {
    const outcome: Outcome = { painted: 0, bytes: 0, worstAgeMs: 0, worstInFlightBytes: 0 };
    let nextAtMs = this.nowMs;
    for (const endMs = this.nowMs + durationMs; this.nowMs < endMs; this.nowMs += 1) {
      while (this.onTheWay[0] !== undefined && this.onTheWay[0].receiptMs <= this.nowMs) {
        const [arrived] = this.onTheWay.splice(0, 1);
        if (arrived === undefined) break;
        this.window.receipt(arrived.sequence, this.nowMs, arrived.paintMs);
        outcome.painted += 1;
        outcome.bytes += arrived.bytes;
        outcome.worstAgeMs = Math.max(outcome.worstAgeMs, this.nowMs - arrived.sentMs);
      }
      if (this.nowMs >= nextAtMs && this.window.mayFit(this.nowMs)) {
        this.send(updateBytes);
        nextAtMs = this.nowMs + intervalMs;
      }
      outcome.worstInFlightBytes = Math.max(outcome.worstInFlightBytes, this.window.inFlightBytes);
    }
    return outcome;
  }

  /**
   * A display at rest: what is left to be made exact goes in the bytes to spare, while something small changes now and then.
   * @returns how long that took until it was painted, at the 95th percentile; and when the rest was, if it was
   */
  rest(durationMs: number, restBytes: number, changeEveryMs: number): { p95ChangeMs: number; exactAtMs: number } {
    const ages: number[] = [];
    let exactAtMs = Number.POSITIVE_INFINITY;
    const startMs = this.nowMs;
    let leftBytes = restBytes;
    const changes = new Map<number, number>();
    let changedAtMs: number | undefined;
    for (const endMs = startMs + durationMs; this.nowMs < endMs; this.nowMs += 1) {
      while (this.onTheWay[0] !== undefined && this.onTheWay[0].receiptMs <= this.nowMs) {
        const [arrived] = this.onTheWay.splice(0, 1);
        if (arrived === undefined) break;
        this.window.receipt(arrived.sequence, this.nowMs, arrived.paintMs);
        const changedMs = changes.get(arrived.sequence);
        if (changedMs !== undefined) ages.push(this.nowMs - changedMs);
        else if (leftBytes <= 0) exactAtMs = Math.min(exactAtMs, this.nowMs - startMs);
      }
      if ((this.nowMs - startMs) % changeEveryMs === 0) changedAtMs ??= this.nowMs;
      if (changedAtMs !== undefined && this.window.mayFit(this.nowMs)) {
        this.send(300);
        changes.set(this.sequence, changedAtMs);
        changedAtMs = undefined;
      }
      if (leftBytes > 0) {
        const bytes = Math.min(leftBytes, 85_000, this.window.spareBytes(this.nowMs));
        if (bytes > 0) this.send(bytes, true);
        leftBytes -= bytes;
      }
    }
    ages.sort((one, other) => one - other);
    return { p95ChangeMs: ages[Math.floor(ages.length * 0.95)] ?? 0, exactAtMs };
  }

  send(bytes: number, isSpare = false): void {
    this.sequence += 1;
    this.linkFreeAtMs = Math.max(this.linkFreeAtMs, this.nowMs) + (bytes / this.path.rateBps) * 1000;
    const { delayMs, losesEvery = 0, stalled = false } = this.path;
    const againMs = losesEvery > 0 && this.sequence % losesEvery === 0 ? delayMs : 0;
    // As seen from here, where the receipt's way back is a part of the delay.
    this.lastArrivalMs = Math.max(this.lastArrivalMs, this.linkFreeAtMs + delayMs + againMs);
    this.lastReceiptMs = Math.max(this.lastReceiptMs, this.lastArrivalMs) + (this.path.paintMs ?? 0);
    const paintMs = this.lastReceiptMs - this.lastArrivalMs;
    this.window.sent({ sequence: this.sequence, bytes, sentMs: this.nowMs }, isSpare);
    const receiptMs = stalled ? Number.POSITIVE_INFINITY : this.lastReceiptMs;
    this.onTheWay.push({ sequence: this.sequence, bytes, sentMs: this.nowMs, receiptMs, paintMs });
  }
}

describe("a viewer that nothing was sent to", () => {
  it("may be sent an update of any size, and owes nothing", () => {
    const window = new ReceiptWindow();
    expect(window.mayFit(0)).toBe(true);
    expect(window.inFlightBytes).toBe(0);
  });
});

describe("what is short", () => {
  it("fits beside whatever is on its way, until four kilobytes of it are", () => {
    const window = new ReceiptWindow();
    for (let sequence = 1; sequence <= 4; sequence += 1) window.sent({ sequence, bytes: 60_000, sentMs: 0 });
    expect([window.mayFit(0), window.mayFitShort]).toEqual([false, true]);
    let sequence = 4;
    while (window.mayFitShort && sequence < 1000) window.sent({ sequence: ++sequence, bytes: 200, sentMs: 0 });
    expect(sequence).toBe(4 + 21);
    window.receipt(5, 100, 0);
    expect(window.mayFitShort).toBe(true);
  });
});

describe("a fast viewer", () => {
  it("gets every update of a moving picture", () => {
    const story = new Story({ rateBps: 18_000_000, delayMs: 3 });
    const outcome = story.run(5000, 60 * KIB);
    expect(outcome.painted).toBeGreaterThan(300);
    expect(outcome.worstAgeMs).toBeLessThan(20);
  });

  it("far away gets most of what its path carries, although receipts take long", () => {
    const story = new Story({ rateBps: 4_000_000, delayMs: 120 });
    story.run(3000, 100 * KIB);
    const outcome = story.run(5000, 100 * KIB);
    expect(outcome.bytes / 5).toBeGreaterThan(0.5 * 4_000_000);
    expect(outcome.worstAgeMs).toBeLessThan(400);
  });

  it("never has more than four updates on their way, however small they are", () => {
    const window = new ReceiptWindow();
    for (let sequence = 1; sequence <= 4; sequence += 1) {
      expect(window.mayFit(0)).toBe(true);
      window.sent({ sequence, bytes: 20, sentMs: 0 });
    }
    expect(window.mayFit(0)).toBe(false);
    window.receipt(2, 5, 0);
    expect(window.inFlightBytes).toBe(40);
    expect(window.mayFit(5)).toBe(true);
  });

  it("never has more than 2 MiB and an update on its way, however fast it is", () => {
    const story = new Story({ rateBps: 1_000_000_000, delayMs: 200 });
    const outcome = story.run(20_000, 700 * KIB);
    expect(outcome.worstInFlightBytes).toBeGreaterThan(1024 * KIB);
    expect(outcome.worstInFlightBytes).toBeLessThanOrEqual((2048 + 700) * KIB);
  });
});

describe("a viewer far away, on a path that keeps its queues short by itself", () => {
  const film = (path: Path, isPaced: boolean) => {
    const story = new Story(path, isPaced);
    story.send(500);
    story.run(1000, 500, 250);
    story.run(2000, 60 * KIB, 33);
    return story.run(5000, 60 * KIB, 33);
  };

  it.each([80, 150, 300])("gets thirty pictures a second, %i ms there and back", (delayMs) => {
    const path = { rateBps: 6_000_000, delayMs };
    expect(film(path, true).painted).toBeGreaterThan(5 * 28);
    if (delayMs >= 150) expect(film(path, false).painted).toBeLessThan(5 * 28);
  });

  it("gets them also on a slow one, where they are small", () => {
    const path = { rateBps: 625_000, delayMs: 150, paintMs: 10 };
    const smallFilm = (isPaced: boolean) => {
      const story = new Story(path, isPaced, true);
      story.run(1000, 500, 250);
      return story.run(5000, 12_000, 33).painted;
    };
    expect(smallFilm(true)).toBeGreaterThan(5 * 28);
    expect(smallFilm(false)).toBeLessThan(5 * 25);
  });

  it.each([3, 2])(
    "gets them also where one of %i loses a packet, which takes a round trip more and is no queue",
    (n) => {
      const path = { rateBps: 6_000_000, delayMs: 80, losesEvery: n, paintMs: 25 };
      const outcome = film(path, true);
      expect(outcome.painted).toBeGreaterThan(5 * 29);
      expect(outcome.worstAgeMs).toBeLessThan(2 * 80 + 60);
      expect(film(path, false).painted).toBeLessThan(5 * 26);
    },
  );

  it("is not flooded when the path becomes slow after all, and soon sees the newest picture again", () => {
    const story = new Story({ rateBps: 10_000_000, delayMs: 80 }, true);
    story.run(3000, 60 * KIB, 33);
    story.change({ rateBps: 500_000 });
    expect(story.run(1000, 60 * KIB, 33).worstInFlightBytes).toBeLessThanOrEqual(10 * 60 * KIB);
    story.run(2000, 60 * KIB, 33);
    expect(story.run(5000, 60 * KIB, 33).worstAgeMs).toBeLessThan(700);
  });

  it("is not sent less because receipts come together, or its pictures are decoded side by side", () => {
    const window = new ReceiptWindow(() => ({ roundTripMs: 80, bytesPerMs: 25_000 }));
    window.sent({ sequence: 1, bytes: 100, sentMs: 0 });
    window.receipt(1, 85, 5);
    for (const sequence of [2, 3, 4]) window.sent({ sequence, bytes: 80 * KIB, sentMs: 100 });
    for (const sequence of [2, 3, 4]) window.receipt(sequence, 320, 120);
    expect(window.spareBytes(320)).toBeGreaterThanOrEqual(64 * KIB);
  });

  it("is sent less when a picture waits there for those before it", () => {
    const window = new ReceiptWindow(() => ({ roundTripMs: 80, bytesPerMs: 25_000 }));
    window.sent({ sequence: 1, bytes: 100, sentMs: 0 });
    window.receipt(1, 85, 5);
    for (const sequence of [2, 3]) window.sent({ sequence, bytes: 10 * KIB, sentMs: 100 });
    window.receipt(2, 300, 100);
    expect(window.spareBytes(300)).toBe(64 * KIB);
    window.receipt(3, 301, 401);
    expect(window.spareBytes(301)).toBe(32 * KIB);
  });

  it.each([10, 80])(
    "sees the newest picture also when it is slow to paint, for however long, %i ms away",
    (delayMs) => {
      const story = new Story({ rateBps: 20_000_000, delayMs, paintMs: 100 }, true);
      for (let minute = 0; minute < 3; minute++) expect(story.run(60_000, 60 * KIB, 33).worstAgeMs).toBeLessThan(700);
    },
  );
});

describe("a slow viewer", () => {
  it("sees the newest picture, not a queue of old ones", () => {
    const story = new Story({ rateBps: 250_000, delayMs: 20 });
    story.send(500);
    story.run(60, 500);
    story.run(3000, 50 * KIB);
    const outcome = story.run(5000, 50 * KIB);
    // One update takes 205 ms to cross; a second one behind it would make that 410.
    expect(outcome.worstAgeMs).toBeLessThan(300);
    expect(outcome.bytes / 5).toBeGreaterThan(0.8 * 250_000);
  });

  it("is not flooded when a film begins, because the first picture took long", () => {
    const story = new Story({ rateBps: 625_000, delayMs: 80 });
    story.send(300 * KIB);
    // Letters tell how long the path itself is.
    story.run(2000, 200, 250);
    expect(story.run(1000, 80 * KIB, 33).worstInFlightBytes).toBeLessThanOrEqual((128 + 80) * KIB);
  });

  it("gets a film as fast as its path carries it, also after a pause of the path", () => {
    const film = (isRateKnown: boolean) => {
      const story = new Story({ rateBps: 625_000, delayMs: 82, paintMs: 5 }, false, isRateKnown);
      story.run(2000, 200, 250);
      story.change({ delayMs: 600 });
      story.run(2000, 23_000, 33);
      story.change({ delayMs: 82 });
      story.run(2000, 23_000, 33);
      return story.run(5000, 23_000, 33);
    };
    const outcome = film(true);
    expect(outcome.bytes / 5).toBeGreaterThan(0.9 * 625_000);
    expect(outcome.worstAgeMs).toBeLessThanOrEqual(200);
    // Beside letters every such picture would seem to have queued, and nothing would ever allow a second one.
    expect(film(false).bytes / 5).toBeLessThan(0.65 * 625_000);
  });

  it("gets scrolled text as fast as its path carries it, also where one update takes a tenth of a second", () => {
    const story = new Story({ rateBps: 625_000, delayMs: 82 }, false, true);
    story.run(2000, 200, 250);
    story.run(2000, 60_000, 50);
    const outcome = story.run(5000, 60_000, 50);
    expect(outcome.bytes / 5).toBeGreaterThan(0.85 * 625_000);
    expect(outcome.worstAgeMs).toBeLessThanOrEqual(400);
  });

  /** 10 bytes/ms; a short update has shown how long the path is: 100 ms. */
  function knownPath() {
    const window = new ReceiptWindow(() => ({ roundTripMs: 0, bytesPerMs: 10 }));
    window.sent({ sequence: 1, bytes: 20, sentMs: 0 });
    window.receipt(1, 100, 0);
    return window;
  }

  it("is given the time that an update takes by its own length, before it is overdue and before it is late", () => {
    const window = knownPath();
    // 32 ms by itself.
    window.sent({ sequence: 2, bytes: 340, sentMs: 100 });
    expect(window.mayFit(100 + 160 + 32)).toBe(true);
    expect(window.mayFit(100 + 160 + 33)).toBe(false);
    window.receipt(2, 100 + 160 + 32, 0);
    expect(window.spareBytes(400)).toBe(64 * KIB);
  });

  it("is given a quarter of a second of it at the most: behind what takes longer others wait", () => {
    const window = knownPath();
    window.sent({ sequence: 2, bytes: 10_000, sentMs: 100 });
    expect(window.mayFit(100 + 160 + 250)).toBe(true);
    expect(window.mayFit(100 + 160 + 251)).toBe(false);
    window.receipt(2, 100 + 400 + 250, 0);
    // Two and a half times as late as it may be: not more than half at once.
    expect(window.spareBytes(600)).toBe(32 * KIB);
  });

  it("is given it once: what made the shortest round trip may have been as long", () => {
    const window = new ReceiptWindow(() => ({ roundTripMs: 0, bytesPerMs: 10 }));
    window.sent({ sequence: 1, bytes: 400, sentMs: 0 });
    window.receipt(1, 140, 0);
    window.sent({ sequence: 2, bytes: 400, sentMs: 200 });
    expect(window.mayFit(200 + 200)).toBe(true);
    expect(window.mayFit(200 + 201)).toBe(false);
  });

  it("that becomes slow in mid-stream is not flooded before the first late receipt tells", () => {
    const story = new Story({ rateBps: 10_000_000, delayMs: 10 });
    story.run(3000, 60 * KIB, 40);
    story.change({ rateBps: 100_000 });
    const outcome = story.run(500, 60 * KIB, 40);
    expect(outcome.painted).toBe(0);
    expect(outcome.worstInFlightBytes).toBe(2 * 60 * KIB);
  });

  it("that becomes slow in mid-stream soon sees the newest picture again", () => {
    const story = new Story({ rateBps: 10_000_000, delayMs: 10 });
    story.run(3000, 60 * KIB);
    story.change({ rateBps: 500_000 });
    story.run(1000, 60 * KIB);
    const settled = story.run(5000, 60 * KIB);
    expect(settled.worstAgeMs).toBeLessThan(300);
  });

  it("is judged once for receipts that one pause held up together", () => {
    const window = new ReceiptWindow();
    window.sent({ sequence: 1, bytes: 50 * KIB, sentMs: 0 });
    window.receipt(1, 10, 0);
    for (const sequence of [2, 3, 4, 5]) window.sent({ sequence, bytes: 50 * KIB, sentMs: 20 });
    for (const sequence of [2, 3, 4, 5]) window.receipt(sequence, 300, 0);
    window.sent({ sequence: 6, bytes: 50 * KIB, sentMs: 301 });
    expect(window.mayFit(301)).toBe(true);
    window.sent({ sequence: 7, bytes: 100 * KIB, sentMs: 302 });
    expect(window.mayFit(302)).toBe(false);
  });

  it("that becomes fast again gets more again", () => {
    const story = new Story({ rateBps: 500_000, delayMs: 10 });
    story.run(5000, 60 * KIB);
    story.change({ rateBps: 10_000_000 });
    story.run(2000, 60 * KIB);
    const outcome = story.run(2000, 60 * KIB);
    expect(outcome.painted).toBeGreaterThan(100);
  });
});

describe("what is not urgent", () => {
  it("is there within 200 ms on a fast path, a film's last picture at 720p", () => {
    const story = new Story({ rateBps: 20_000_000, delayMs: 10 });
    story.run(2000, 60 * KIB, 33);
    const { exactAtMs, p95ChangeMs } = story.rest(1000, 1_200_000, 125);
    expect(exactAtMs).toBeLessThan(200);
    expect(p95ChangeMs).toBeLessThan(20);
  });

  it("delays nothing that is by more than 80 ms at 5 Mbit/s, and yet comes", () => {
    const story = new Story({ rateBps: 625_000, delayMs: 80 });
    story.run(5000, 20 * KIB, 33);
    story.run(1000, 300, 125);
    const { exactAtMs, p95ChangeMs } = story.rest(10_000, 1_200_000, 125);
    expect(p95ChangeMs).toBeLessThan(160);
    // A quarter of a window in flight at a time cannot fill the path; a third of it is what this is worth.
    expect(exactAtMs).toBeLessThan((1_200_000 / 625_000) * 1000 * 3);
  });

  it("gets more of a path that turns out to carry more, also when nothing else is sent", () => {
    const story = new Story({ rateBps: 200_000, delayMs: 10 });
    story.run(3000, 30 * KIB);
    story.change({ rateBps: 20_000_000 });
    const slowBytes = story.window.spareBytes(story.nowMs + 1000);
    story.run(1000, 300, 125);
    story.rest(1000, 1_200_000, 125);
    expect(story.window.spareBytes(story.nowMs + 1000)).toBeGreaterThan(slowBytes * 4);
  });

  it("waits for a receipt when two updates are on their way, or a quarter of what may be", () => {
    const window = new ReceiptWindow();
    expect(window.spareBytes(0)).toBe(64 * KIB);
    window.sent({ sequence: 1, bytes: 100, sentMs: 0 });
    expect(window.spareBytes(0)).toBe(64 * KIB);
    window.sent({ sequence: 2, bytes: 100, sentMs: 0 });
    expect(window.spareBytes(0)).toBe(0);
    expect(window.mayFit(0)).toBe(true);
    window.receipt(2, 5, 0);
    window.sent({ sequence: 3, bytes: 64 * KIB + 1, sentMs: 5 });
    expect(window.spareBytes(5)).toBe(0);
    window.receipt(3, 10, 0);
    expect(window.spareBytes(10)).toBe(64 * KIB);
  });
});

describe("an update that overtakes others", () => {
  it("is painted by itself: what it has overtaken is still on its way", () => {
    const window = new ReceiptWindow();
    for (const sequence of [1, 2, 3]) window.sent({ sequence, bytes: 1000, sentMs: 0 });
    window.sent({ sequence: 4, bytes: 10, sentMs: 5, overtakes: 2 });
    expect(window.inFlight.map(({ sequence }) => sequence)).toEqual([1, 4, 2, 3]);
    expect(window.receipt(4, 20, 0)).toMatchObject({ sequence: 4 });
    expect(window.inFlight.map(({ sequence }) => sequence)).toEqual([2, 3]);
    window.receipt(3, 30, 0);
    expect(window.inFlight).toEqual([]);
  });

  it("is on its way until its own receipt comes: perhaps it did not overtake, and comes later", () => {
    const window = new ReceiptWindow();
    for (const sequence of [1, 2]) window.sent({ sequence, bytes: 1000, sentMs: 0 });
    window.sent({ sequence: 3, bytes: 10, sentMs: 5, overtakes: 1 });
    window.receipt(2, 20, 0);
    expect(window.inFlight.map(({ sequence }) => sequence)).toEqual([3]);
    window.sent({ sequence: 4, bytes: 1000, sentMs: 20 });
    window.receipt(4, 30, 0);
    expect(window.inFlight).toEqual([]);
  });

  it("does not hide that what it has overtaken is overdue", () => {
    const window = new ReceiptWindow();
    window.sent({ sequence: 1, bytes: 1000, sentMs: 0 });
    window.receipt(1, 10, 0);
    window.sent({ sequence: 2, bytes: 1000, sentMs: 10 });
    expect(window.mayFit(80)).toBe(true);
    window.sent({ sequence: 3, bytes: 10, sentMs: 80, overtakes: 1 });
    expect(window.mayFit(81)).toBe(false);
  });

  it("is no reason to have more on its way, nor to judge by what comes next only", () => {
    const window = new ReceiptWindow();
    window.sent({ sequence: 1, bytes: 100, sentMs: 0 });
    window.receipt(1, 10, 0);
    window.sent({ sequence: 2, bytes: 200 * KIB, sentMs: 10 });
    window.sent({ sequence: 3, bytes: 50, sentMs: 10, overtakes: 1 });
    window.receipt(3, 20, 0);
    // As late as that: half as much may be on its way now.
    window.receipt(2, 1_000, 0);
    expect(window.spareBytes(1_000)).toBe(32 * KIB);
  });
});

describe("a viewer that has stalled", () => {
  it("holds a bounded amount and gets nothing more", () => {
    const story = new Story({ rateBps: 10_000_000, delayMs: 10 });
    story.run(1000, 30 * KIB);
    story.change({ stalled: true });
    story.run(100, 30 * KIB);
    const heldBytes = story.window.inFlightBytes;
    const outcome = story.run(10_000, 30 * KIB);
    expect(heldBytes).toBeLessThanOrEqual(4 * 30 * KIB);
    expect(outcome).toEqual({ painted: 0, bytes: 0, worstAgeMs: 0, worstInFlightBytes: heldBytes });
  });
});

describe("receipts that make no sense", () => {
  it("change nothing: never sent, twice, out of order", () => {
    const window = new ReceiptWindow();
    window.sent({ sequence: 1, bytes: 100, sentMs: 0 });
    window.sent({ sequence: 2, bytes: 200, sentMs: 1 });
    window.receipt(99, 5, 0);
    expect(window.inFlightBytes).toBe(300);
    window.receipt(2, 6, 0);
    window.receipt(1, 7, 0);
    window.receipt(2, 8, 0);
    expect(window.inFlightBytes).toBe(0);
    expect(window.mayFit(9)).toBe(true);
  });
});
