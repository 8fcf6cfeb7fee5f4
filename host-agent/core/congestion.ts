import { AckBunches } from "./ack-bunches.ts";
import { BestRate } from "./best-rate.ts";
import { type Delivery, PACKET_BYTES } from "./flight.ts";
import { NEARBY_MS, ReceiverSocket } from "./receiver-socket.ts";

const MIN_WINDOW_BYTES = 4 * PACKET_BYTES;
/** RFC 6928; on a short path a good part of what a browser's socket takes at once. */
const FIRST_WINDOW_BYTES = 10 * PACKET_BYTES;
const FIRST_WINDOW_NEARBY_BYTES = 32 * PACKET_BYTES;
/** On a path of next to no length, what both ends' event loops need: so much time's worth, up to as much. */
const ROOM_MS = 20;
const ROOM_BYTES = 32 * PACKET_BYTES;

/** 2 / ln 2: the smallest factor that still doubles the rate each round (BBR). */
const STARTUP_GAIN = 2.89;
const DRAIN_GAIN = 0.5;
/** Look for more, give back what that queued, and then stay: once in eight round trips. */
const CRUISE_GAINS = [1.25, 0.75, 1, 1, 1, 1, 1, 1] as const;
const MIN_STEP_MS = 5;
/** What the first step asked for has come when this one begins. */
const JUDGED_STEP = 3;
const GREW = 1.2;

/** The floor, the shortest round trip, is looked for again when it has not been seen for this long. */
const FLOOR_PERIOD_MS = 10_000;
const LOOK_MS = 200;
/** When no packet came faster than this above the floor for two round trips, and this long, there is a queue that stays. */
const STANDING_MS = 25;
const STANDING_FOR_MS = 100;
/** Doubling ends when so many packets in a row have queued for this long, and an eighth of the round trip (HyStart++). */
const STARTUP_QUEUE_MS = 15;
const JUDGED_SAMPLES = 8;
/** Radio loses one or two in a hundred; only a path that is too small loses three in ten. */
const CONGESTED_LOSS = 0.3;
const CONGESTED_LOST_BYTES = 8 * PACKET_BYTES;
/** Doubling has gone too far when one in ten is lost, and is not tried again soon: there is no queue that would show it. */
const STARTUP_LOSS = 0.1;
const ROUNDS_WITHOUT_STARTUP = 64;
/** Giving way again is put off twice as long each time that it did not help, up to this. */
const MAX_ROUNDS_BETWEEN_DRAINS = 64;

type Phase =
  | { readonly kind: "startup"; bestRate: number; flatRounds: number }
  /** Until what is on its way fits the path again. `relearns`: what comes now has queued, and shows what the path carries. */
  | { readonly kind: "drain"; readonly untilRound: number; readonly relearns: boolean }
  | { readonly kind: "cruise"; step: number; sinceMs: number; startRate: number }
  /** Half empty for a moment, to see how long the way is without a queue of ours. */
  | { readonly kind: "look"; untilMs: number | undefined; shortestMs: number };

/**
 * How much may be on its way, and how fast it leaves, for pictures of a screen: as much as the path carries and no queue in
 * it. A model of the path in the manner of BBR (draft-cardwell-iccrg-bbr-congestion-control): its rate is the best delivery
 * rate of the last rounds, its length the shortest round trip of ten seconds. Single losses are no news. What BBR lacks for
 * a screen: a queue that stays for two round trips, or a round that loses three packets in ten, is answered at
 * once by forgetting faster times, since a picture that waits in a queue is an old picture.
 */
export class Congestion {
  private phase: Phase = { kind: "startup", bestRate: 0, flatRounds: 0 };
  private readonly bunches = new AckBunches();
  private readonly best = new BestRate();
  private readonly socket = new ReceiverSocket();
  /** A good part of a window was once on its way: what came of it says something of the path. */
  private wasTested = false;
  private round = 0;
  private roundEndsAtBytes = 0;
  private roundSamples = 0;
  private roundShortestMs = Number.POSITIVE_INFINITY;
  private roundNewBytes = 0;
  private roundLostBytes = 0;
  private standingSinceMs: number | undefined;
  private nextDrainRound = 0;
  private nextStartupRound = 0;
  private roundsBetweenDrains = 1;
  private floorMs = Number.POSITIVE_INFINITY;
  private floorSeenMs = 0;
  private readonly firstRoundTripMs: number | undefined;

  /** @param firstRoundTripMs a first guess, where there is one */
  constructor(firstRoundTripMs?: number) {
    this.firstRoundTripMs = firstRoundTripMs;
  }

  get windowBytes(): number {
    const rate = this.best.bytesPerMs;
    if (rate === 0) return this.firstWindowBytes;
    const pathBytes = rate * this.floorMs;
    return Math.min(this.windowFor(rate, pathBytes), this.socket.limitBytes(this.floorMs, pathBytes));
  }

  private windowFor(rate: number, pathBytes: number): number {
    const roomBytes = Math.max(pathBytes, Math.min(ROOM_BYTES, rate * ROOM_MS));
    const bunchBytes = this.bunches.largestBytes;
    switch (this.phase.kind) {
      case "startup":
        return Math.max(this.firstWindowBytes, 2 * pathBytes) + bunchBytes;
      case "cruise":
        return Math.max(MIN_WINDOW_BYTES, pathBytes + roomBytes + bunchBytes);
      case "drain":
        return Math.max(MIN_WINDOW_BYTES, pathBytes);
      case "look":
        return Math.max(MIN_WINDOW_BYTES, pathBytes / 2);
    }
  }

  /** Infinite while nothing at all is known. */
  get paceBytesPerMs(): number {
    const rate = this.best.bytesPerMs;
    if (rate === 0) return this.firstPaceBytesPerMs;
    // The first words are few and small: that they needed a round trip says nothing of what the path carries.
    if (this.phase.kind === "startup" && !this.wasTested)
      return Math.max(STARTUP_GAIN * rate, this.firstPaceBytesPerMs);
    // However little came through last: four packets, not one, are what finds out that there is more.
    return Math.max(gainIn(this.phase) * rate, MIN_WINDOW_BYTES / (this.floorMs + 100));
  }

  private get firstPaceBytesPerMs(): number {
    const roundTripMs = Number.isFinite(this.floorMs) ? this.floorMs : this.firstRoundTripMs;
    if (roundTripMs === undefined) return Number.POSITIVE_INFINITY;
    return (STARTUP_GAIN * this.firstWindowBytes) / Math.max(roundTripMs, 1);
  }

  private get firstWindowBytes(): number {
    const nearby = Math.min(this.floorMs, this.firstRoundTripMs ?? Number.POSITIVE_INFINITY) < NEARBY_MS;
    return nearby ? FIRST_WINDOW_NEARBY_BYTES : FIRST_WINDOW_BYTES;
  }

  delivered(news: Delivery): void {
    const { nowMs, roundTripMs } = news;
    this.roundNewBytes += news.newBytes;
    this.roundLostBytes += news.lostBytes;
    this.socket.heard(news);
    if (roundTripMs !== undefined) this.roundTrip(roundTripMs, news);
    if (news.rate !== undefined) this.rate(news.rate, nowMs);
    this.bunches.delivered(news.newBytes, this.best.bytesPerMs, this.round, nowMs);
    if (news.totalBytesAtSending >= this.roundEndsAtBytes) this.endRound(news);
    const standingMs = nowMs - (this.standingSinceMs ?? nowMs);
    if (this.phase.kind !== "startup" && standingMs > Math.max(STANDING_FOR_MS, 2 * this.floorMs))
      this.giveWay("queue");
    this.move(news, nowMs);
  }

  private roundTrip(roundTripMs: number, { nowMs, rate }: Delivery): void {
    this.roundSamples += 1;
    this.roundShortestMs = Math.min(this.roundShortestMs, roundTripMs);
    if (roundTripMs <= this.floorMs + STANDING_MS) {
      this.standingSinceMs = undefined;
      this.roundsBetweenDrains = 1;
    } else this.standingSinceMs ??= nowMs;
    if (this.phase.kind === "look") this.phase.shortestMs = Math.min(this.phase.shortestMs, roundTripMs);
    const stale = nowMs - this.floorSeenMs > FLOOR_PERIOD_MS;
    // A sender that has little to send makes no queue: its round trips are as good as a look.
    if (roundTripMs <= this.floorMs || (stale && rate?.isAppLimited === true)) {
      this.floorMs = roundTripMs;
      this.floorSeenMs = nowMs;
    } else if (stale && this.phase.kind === "cruise") {
      this.phase = { kind: "look", untilMs: undefined, shortestMs: Number.POSITIVE_INFINITY };
    }
  }

  private rate({ bytesPerMs, isAppLimited }: { bytesPerMs: number; isAppLimited: boolean }, nowMs: number): void {
    if (isAppLimited && bytesPerMs < this.best.bytesPerMs) return;
    if (!isAppLimited && bytesPerMs * this.floorMs >= this.firstWindowBytes / 4) this.wasTested = true;
    if (this.phase.kind === "drain" && this.phase.relearns) this.best.forget();
    this.best.add(bytesPerMs, this.round, nowMs);
  }

  /** What every packet of this round has waited in a queue, as far as there were enough of them to tell; else 0. */
  private get queueMs(): number {
    return this.roundSamples < JUDGED_SAMPLES ? 0 : this.roundShortestMs - this.floorMs;
  }

  private endRound(news: Delivery): void {
    const { phase } = this;
    const loss = this.roundLostBytes / (this.roundLostBytes + this.roundNewBytes);
    const isLossy = (most: number) => this.roundLostBytes >= CONGESTED_LOST_BYTES && loss > most;
    if (phase.kind === "startup") {
      if (this.best.bytesPerMs >= 1.25 * phase.bestRate) {
        phase.bestRate = this.best.bytesPerMs;
        phase.flatRounds = 0;
      } else if (news.rate?.isAppLimited !== true) phase.flatRounds += 1;
      if (isLossy(STARTUP_LOSS)) this.nextStartupRound = this.round + ROUNDS_WITHOUT_STARTUP;
      if (phase.flatRounds >= 3 || isLossy(STARTUP_LOSS)) this.drain(false);
    } else if (isLossy(CONGESTED_LOSS)) this.giveWay("loss");
    this.round += 1;
    this.roundEndsAtBytes = news.totalBytes;
    this.roundSamples = 0;
    this.roundShortestMs = Number.POSITIVE_INFINITY;
    this.roundNewBytes = 0;
    this.roundLostBytes = 0;
  }

  /** The path carries less than it did. */
  private giveWay(because: "queue" | "loss"): void {
    if (this.round < this.nextDrainRound) return;
    // The latest rate is that of an overrun path, which is the path's own.
    if (because === "loss") this.best.forgetAllButLatest();
    this.drain(because === "queue");
    // A queue that does not go away when we give way is not ours: giving way for ever would be the end of us.
    this.roundsBetweenDrains = Math.min(MAX_ROUNDS_BETWEEN_DRAINS, this.roundsBetweenDrains * 2);
    this.nextDrainRound = this.round + this.roundsBetweenDrains;
  }

  private drain(relearns: boolean): void {
    this.phase = { kind: "drain", untilRound: this.round + 3, relearns };
  }

  private move({ inFlightBytes }: Delivery, nowMs: number): void {
    const { phase } = this;
    const pathBytes = this.best.bytesPerMs * this.floorMs;
    switch (phase.kind) {
      case "startup":
        // A round may be long: what its first packets say is enough to stop doubling.
        if (this.queueMs > STARTUP_QUEUE_MS + this.floorMs / 8) this.drain(false);
        return;
      case "drain":
        if (inFlightBytes <= this.windowBytes || this.round >= phase.untilRound)
          this.cruise(phase.relearns ? 2 : 0, nowMs);
        return;
      case "look":
        if (phase.untilMs === undefined) {
          if (inFlightBytes <= this.windowBytes) phase.untilMs = nowMs + LOOK_MS + this.floorMs;
          return;
        }
        if (nowMs < phase.untilMs) return;
        if (phase.shortestMs !== Number.POSITIVE_INFINITY) this.floorMs = phase.shortestMs;
        this.floorSeenMs = nowMs;
        this.cruise(2, nowMs);
        return;
      case "cruise": {
        const elapsedMs = nowMs - phase.sinceMs;
        const givenBack = phase.step === 1 && inFlightBytes <= pathBytes;
        if (elapsedMs < Math.max(MIN_STEP_MS, this.floorMs) && !givenBack) return;
        phase.sinceMs = nowMs;
        phase.step = (phase.step + 1) % CRUISE_GAINS.length;
        if (phase.step === 0) phase.startRate = this.best.bytesPerMs;
        // All that was asked for came: the path has more, and a quarter at a time would take too long.
        if (
          phase.step === JUDGED_STEP &&
          this.best.bytesPerMs >= GREW * phase.startRate &&
          this.round >= this.nextStartupRound
        ) {
          this.phase = { kind: "startup", bestRate: 0, flatRounds: 0 };
        }
      }
    }
  }

  private cruise(step: number, sinceMs: number): void {
    this.phase = { kind: "cruise", step, sinceMs, startRate: this.best.bytesPerMs };
  }
}

function gainIn(phase: Phase): number {
  switch (phase.kind) {
    case "startup":
      return STARTUP_GAIN;
    case "cruise":
      return CRUISE_GAINS[phase.step] ?? 1;
    case "drain":
      return DRAIN_GAIN;
    case "look":
      return 1;
  }
}
