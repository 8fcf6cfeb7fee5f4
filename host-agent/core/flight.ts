import { SmoothedRoundTrip } from "./smoothed-round-trip.ts";

/** What werift puts into one. */
export const PACKET_BYTES = 1_160;

/** What a receiver says it has (RFC 9260, section 3.3.4). Gaps are counted from the cumulative TSN, both ends included. */
export type Sack = { readonly cumulativeTsn: number; readonly gaps: readonly (readonly [number, number])[] };

export type Packet<T> = {
  readonly tsn: number;
  readonly bytes: number;
  readonly content: T;
  /** Counts transmissions, repeated ones too: which packet left before which. */
  order: number;
  /** Of the transmission before, if there was one. */
  previousOrder: number;
  sentMs: number;
  transmissions: number;
  /** What had been delivered, and when, as it left: two such points give a rate. */
  deliveredBytes: number;
  deliveredMs: number;
  firstSentMs: number;
  isAppLimited: boolean;
};

/** What one SACK tells a congestion controller. */
export type Delivery = {
  readonly nowMs: number;
  readonly newBytes: number;
  /** Found lost since the last delivery, but for what a silence has swallowed. */
  readonly lostBytes: number;
  readonly totalBytes: number;
  readonly inFlightBytes: number;
  /** Of the youngest packet that came, unless it had been sent more than once. */
  readonly roundTripMs: number | undefined;
  /** `totalBytes` as it was when the youngest packet that came had left: rounds are counted by it. */
  readonly totalBytesAtSending: number;
  /** Absent where it would say nothing. A sender without enough to send shows its own rate, not the path's. */
  readonly rate: { readonly bytesPerMs: number; readonly isAppLimited: boolean } | undefined;
};

/** A packet is lost when this many that left later have come (RFC 9260, section 7.2.4), unless the path reorders. */
const REORDERING_PACKETS = 3;
const MAX_REORDERING_PACKETS = 192;
/** A packet is lost when one that left later has come, and this many round trips have passed (RFC 9002, section 6.1.2). */
const REORDERING_ROUND_TRIPS = 9 / 8;
/** Silence is asked about after two round trips, not below this: both ends have other work to do. */
const MIN_PROBE_MS = 40;
/** The classic retransmission time-out, from the second question on. */
const MIN_TIMEOUT_MS = 200;
/** A question a second costs nothing, and a path that is back is found at once. */
const MAX_TIMEOUT_MS = 1_000;
const FIRST_ROUND_TRIP_MS = 500;

/**
 * The packets that are on their way, and what is known of them. Loss is found by time and order of sending (RACK-TLP,
 * RFC 8985, in the form of RFC 9002), so that a lost repetition or a lost last packet costs two round trips and never
 * empties the window; rates are sampled as in draft-cheng-iccrg-delivery-rate-estimation.
 */
export class Flight<T> {
  /** In the order of their last transmission. */
  private readonly flying = new Map<number, Packet<T>>();
  private readonly lost = new Map<number, Packet<T>>();
  private gapEnds = new Map<number, number>();
  private cumulativeTsn: number;
  private newestTsn: number;
  private nextOrder = 0;
  private newestDeliveredOrder = -1;
  private reorderingPackets = REORDERING_PACKETS;
  private lossDueMs: number | undefined;
  /** When something was last sent, or last heard of. */
  private stirredMs = 0;
  private probes = 0;
  private readonly roundTrip: SmoothedRoundTrip;
  private deliveredBytes = 0;
  private deliveredMs = 0;
  private firstSentMs = 0;
  /** Packets show a sender's own rate until more than this has come: then the first that left behind the last gap is there. */
  private appLimitedUntilBytes = -1;
  private lostBytes = 0;
  inFlightBytes = 0;

  /** @param firstTsn the TSN of the next new packet. @param roundTripMs a first guess */
  constructor(firstTsn: number, roundTripMs = FIRST_ROUND_TRIP_MS) {
    this.cumulativeTsn = (firstTsn - 1) >>> 0;
    this.newestTsn = this.cumulativeTsn;
    this.roundTrip = new SmoothedRoundTrip(roundTripMs);
  }

  /** A new packet has left. TSNs follow one another. */
  sent(tsn: number, bytes: number, content: T, nowMs: number): void {
    this.newestTsn = tsn;
    this.launch({ tsn, bytes, content, transmissions: 0, ...NOWHERE }, nowMs);
  }

  /** A lost packet, or one of `overdue`, has left again. */
  resent(packet: Packet<T>, nowMs: number): void {
    this.lost.delete(packet.tsn);
    if (this.flying.delete(packet.tsn)) this.inFlightBytes -= packet.bytes;
    this.launch(packet, nowMs);
  }

  private launch(packet: Packet<T>, nowMs: number): void {
    if (this.flying.size === 0) {
      this.firstSentMs = nowMs;
      this.deliveredMs = nowMs;
    }
    packet.previousOrder = packet.order;
    packet.order = this.nextOrder;
    packet.sentMs = nowMs;
    packet.transmissions += 1;
    packet.deliveredBytes = this.deliveredBytes;
    packet.deliveredMs = this.deliveredMs;
    packet.firstSentMs = this.firstSentMs;
    packet.isAppLimited = this.deliveredBytes <= this.appLimitedUntilBytes;
    this.nextOrder += 1;
    this.stirredMs = nowMs;
    this.inFlightBytes += packet.bytes;
    this.flying.set(packet.tsn, packet);
  }

  /** Nothing more to send, and the window is not full: what is on its way now cannot show what the path carries. */
  markAppLimited(): void {
    this.appLimitedUntilBytes = this.deliveredBytes + this.inFlightBytes;
  }

  /** The first packet to send again. */
  get firstLost(): Packet<T> | undefined {
    for (const packet of this.lost.values()) return packet;
    return undefined;
  }

  get isEmpty(): boolean {
    return this.flying.size === 0 && this.lost.size === 0;
  }

  /** This packet and all before it. */
  hasCome(tsn: number): boolean {
    return !isAfter(tsn, this.cumulativeTsn);
  }

  /** Undefined for a SACK that is old, or that acknowledges what was never sent. */
  sack({ cumulativeTsn, gaps }: Sack, nowMs: number): Delivery | undefined {
    if (isAfter(this.cumulativeTsn, cumulativeTsn) || isAfter(cumulativeTsn, this.newestTsn)) return undefined;
    const before = this.deliveredBytes;
    let youngest: Packet<T> | undefined;
    const came = (first: number, last: number) => {
      for (let tsn = first; !isAfter(tsn, last); tsn = (tsn + 1) >>> 0) {
        const packet = this.take(tsn, nowMs);
        if (packet !== undefined && packet.order > (youngest?.order ?? -1)) youngest = packet;
      }
    };
    came((this.cumulativeTsn + 1) >>> 0, cumulativeTsn);
    this.cumulativeTsn = cumulativeTsn;
    const gapEnds = new Map<number, number>();
    let previousEnd = 0;
    for (const [start, end] of gaps) {
      const first = (cumulativeTsn + start) >>> 0;
      const last = (cumulativeTsn + end) >>> 0;
      // Rising, and of packets that exist: what a peer may make us count is bounded by what is on its way.
      if (start <= previousEnd || end < start || isAfter(last, this.newestTsn)) break;
      previousEnd = end;
      // A block mostly repeats what the last SACK said of it.
      const known = this.gapEnds.get(first);
      came(known === undefined ? first : (known + 1) >>> 0, last);
      gapEnds.set(first, last);
    }
    this.gapEnds = gapEnds;
    if (youngest === undefined) return undefined;
    return this.judge(youngest, this.deliveredBytes - before, nowMs);
  }

  private take(tsn: number, nowMs: number): Packet<T> | undefined {
    const packet = this.flying.get(tsn);
    if (packet === undefined) {
      const given = this.lost.get(tsn);
      if (given === undefined) return undefined;
      // Given up too early: it had only been overtaken.
      this.lost.delete(tsn);
      this.deliveredBytes += given.bytes;
      this.deliveredMs = nowMs;
      this.reorderingPackets = Math.min(MAX_REORDERING_PACKETS, this.reorderingPackets * 2);
      return undefined;
    }
    this.flying.delete(tsn);
    this.inFlightBytes -= packet.bytes;
    this.deliveredBytes += packet.bytes;
    this.deliveredMs = nowMs;
    // It was the copy before that came.
    const isSoonerThanAny = nowMs - packet.sentMs < this.roundTrip.shortestMs;
    if (packet.transmissions > 1 && isSoonerThanAny) packet.order = packet.previousOrder;
    return packet;
  }

  private judge(youngest: Packet<T>, newBytes: number, nowMs: number): Delivery {
    const roundTripMs = youngest.transmissions === 1 ? nowMs - youngest.sentMs : undefined;
    if (roundTripMs !== undefined) this.roundTrip.measured(roundTripMs);
    this.newestDeliveredOrder = Math.max(this.newestDeliveredOrder, youngest.order);
    this.findLost(nowMs);
    // After a silence everything is lost, and that says nothing about how much the path carries.
    if (this.probes > 0) this.lostBytes = 0;
    this.probes = 0;
    this.stirredMs = nowMs;
    this.firstSentMs = youngest.sentMs;
    const spanMs = Math.max(youngest.sentMs - youngest.firstSentMs, nowMs - youngest.deliveredMs);
    const bytesPerMs = (this.deliveredBytes - youngest.deliveredBytes) / spanMs;
    // A span shorter than any round trip was squeezed together on its way, or by this machine.
    const isSound = spanMs > 0 && spanMs >= this.roundTrip.shortestMs;
    const { lostBytes } = this;
    this.lostBytes = 0;
    return {
      nowMs,
      newBytes,
      lostBytes,
      roundTripMs,
      totalBytes: this.deliveredBytes,
      inFlightBytes: this.inFlightBytes,
      totalBytesAtSending: youngest.deliveredBytes,
      rate: isSound ? { bytesPerMs, isAppLimited: youngest.isAppLimited } : undefined,
    };
  }

  private findLost(nowMs: number): void {
    const patienceMs = this.roundTrip.usualMs * REORDERING_ROUND_TRIPS;
    this.lossDueMs = undefined;
    for (const packet of this.flying.values()) {
      if (packet.order >= this.newestDeliveredOrder) break;
      const overtaken = this.newestDeliveredOrder - packet.order >= this.reorderingPackets;
      if (!overtaken && packet.sentMs + patienceMs > nowMs) {
        this.lossDueMs = packet.sentMs + patienceMs;
        break;
      }
      this.flying.delete(packet.tsn);
      this.inFlightBytes -= packet.bytes;
      this.lostBytes += packet.bytes;
      this.lost.set(packet.tsn, packet);
    }
  }

  /** When `overdue` is to be asked, unless a SACK comes first. */
  get deadlineMs(): number | undefined {
    if (this.lossDueMs !== undefined) return this.lossDueMs;
    return this.flying.size === 0 ? undefined : this.stirredMs + this.patienceMs;
  }

  /** The time-out of now, in ms: doubled by each question that nobody answered. */
  get patienceMs(): number {
    const firstMs = Math.max(this.roundTrip.longestMs, MIN_PROBE_MS);
    if (this.probes === 0) return firstMs;
    const doubledMs = Math.max(firstMs, MIN_TIMEOUT_MS / 2) * 2 ** this.probes;
    return Math.min(doubledMs, Math.max(firstMs, MAX_TIMEOUT_MS));
  }

  /**
   * What is to be sent once more because nothing was heard: the answer tells what became of all the others. One packet
   * the first time, two from then on, whatever the window says. The last ones: all others had left before them, so the
   * answer means the same whether it is to the first copy or to the second.
   */
  overdue(nowMs: number): readonly Packet<T>[] {
    if (nowMs < (this.deadlineMs ?? Number.POSITIVE_INFINITY)) return [];
    if (this.lossDueMs !== undefined) {
      this.findLost(nowMs);
      return [];
    }
    this.probes += 1;
    return [...this.flying.values()].slice(-Math.min(2, this.probes));
  }
}

const NOWHERE = {
  order: 0,
  previousOrder: 0,
  sentMs: 0,
  deliveredBytes: 0,
  deliveredMs: 0,
  firstSentMs: 0,
  isAppLimited: false,
};

/** TSNs count modulo 2^32 (RFC 9260, section 1.6). */
function isAfter(tsn: number, other: number): boolean {
  const distance = (tsn - other) >>> 0;
  return distance !== 0 && distance < 2 ** 31;
}
