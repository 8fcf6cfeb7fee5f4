import { Congestion } from "./congestion.ts";
import { Flight, PACKET_BYTES, type Packet, type Sack } from "./flight.ts";
import { LossMeter } from "./loss-meter.ts";

export type SendStep<T> =
  /** To be told by `sent`. */
  | { readonly do: "send" }
  /** To be told by `resent`. */
  | { readonly do: "resend"; readonly packet: Packet<T> }
  | { readonly do: "wait"; readonly untilMs: number }
  /** Nothing is on its way, nothing is to be sent: no timer is needed. */
  | { readonly do: "idle" };

/** Whoever has just begun to send may begin with what leaves in this time. */
const BURST_MS = 4;
/** A timer that came late is made up for, up to so much at once. */
const BURST_BYTES = 64 * PACKET_BYTES;
/** Timers count in milliseconds. */
const EARLY_MS = 0.5;

/** Which packet leaves when, over one SCTP association: what was lost first, then what is new, spread over the round trip. */
export class SendSchedule<T> {
  private readonly flight: Flight<T>;
  private readonly congestion: Congestion;
  private readonly loss = new LossMeter();
  private probes: Packet<T>[] = [];
  /** When the next packet may leave, by the pace; in the past after a pause, or when the timer was late. */
  private dueMs = Number.NEGATIVE_INFINITY;
  /** Only the pace keeps packets back: the time that passes until they are let go is theirs. */
  private isPaced = false;
  /** What the receiver has room for, beyond what it has acknowledged. */
  private receiverBytes = Number.POSITIVE_INFINITY;

  /** @param firstTsn the TSN of the next new packet. @param roundTripMs a first guess, where there is one */
  constructor(firstTsn: number, roundTripMs?: number) {
    this.flight = new Flight(firstTsn, roundTripMs);
    this.congestion = new Congestion(roundTripMs);
  }

  get inFlightBytes(): number {
    return this.flight.inFlightBytes;
  }

  /** All that was sent has come. */
  get isEmpty(): boolean {
    return this.flight.isEmpty;
  }

  /** This packet and all before it have come. */
  hasCome(tsn: number): boolean {
    return this.flight.hasCome(tsn);
  }

  /** The path loses packets again and again. */
  get isLossy(): boolean {
    return this.loss.isLossy;
  }

  get timeoutMs(): number {
    return this.flight.patienceMs;
  }

  /** @param hasNew whether there is a new packet to send */
  next(nowMs: number, hasNew: boolean): SendStep<T> {
    this.probes.push(...this.flight.overdue(nowMs));
    const probe = this.probes.shift();
    if (probe !== undefined) return { do: "resend", packet: probe };
    const lost = this.flight.firstLost;
    const inFlightBytes = this.flight.inFlightBytes;
    if (lost === undefined && !hasNew) {
      if (inFlightBytes < this.congestion.windowBytes) this.flight.markAppLimited();
      return this.waitOrIdle();
    }
    // A receiver without room is asked again by one packet at a time (RFC 9260, section 6.1, A).
    const windowBytes = Math.min(
      this.congestion.windowBytes,
      lost === undefined ? Math.max(1, this.receiverBytes) : Number.POSITIVE_INFINITY,
    );
    if (inFlightBytes >= windowBytes) return this.waitOrIdle();
    if (this.dueMs > nowMs + EARLY_MS) {
      this.isPaced = true;
      return { do: "wait", untilMs: Math.min(this.dueMs, this.flight.deadlineMs ?? this.dueMs) };
    }
    return lost === undefined ? { do: "send" } : { do: "resend", packet: lost };
  }

  private waitOrIdle(): SendStep<T> {
    this.isPaced = false;
    const { deadlineMs } = this.flight;
    return deadlineMs === undefined ? { do: "idle" } : { do: "wait", untilMs: deadlineMs };
  }

  sent(tsn: number, bytes: number, content: T, nowMs: number): void {
    this.flight.sent(tsn, bytes, content, nowMs);
    this.pace(bytes, nowMs);
  }

  resent(packet: Packet<T>, nowMs: number): void {
    this.flight.resent(packet, nowMs);
    this.pace(packet.bytes, nowMs);
  }

  private pace(bytes: number, nowMs: number): void {
    const rate = this.congestion.paceBytesPerMs;
    const creditMs = Math.min(this.isPaced ? Number.POSITIVE_INFINITY : BURST_MS, BURST_BYTES / rate);
    this.dueMs = Math.max(this.dueMs, nowMs - creditMs) + bytes / rate;
  }

  /** @param receiverBytes the advertised receiver window (a_rwnd) */
  sack(sack: Sack, receiverBytes: number, nowMs: number): void {
    this.receiverBytes = receiverBytes;
    const news = this.flight.sack(sack, nowMs);
    if (news === undefined) return;
    this.loss.add(news.newBytes, news.lostBytes, nowMs);
    this.congestion.delivered(news);
  }
}
