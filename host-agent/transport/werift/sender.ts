import type { RTCDataChannel } from "werift";
import { SendSchedule } from "../../core/send-schedule.ts";
import { acknowledgeRightly } from "./acknowledge.ts";
import { type Association, associationOf, type Chunk, IMMEDIATE, type ReceivedSack } from "./association.ts";
import { handOutAll } from "./hand-out.ts";
import { takeDirectly } from "./incoming.ts";

/*
 * werift 0.25.2 has an SCTP sender of its own, and on a bad link it is a slow one: a time-out of a second at least, after
 * which the window is one packet; four packets a burst; a window that any lost packet halves. Here
 * core/send-schedule.ts takes its place.
 */
/** However little is in it, a packet takes this much of a socket's buffer, at least. */
const SMALL_PACKET_BYTES = 256;
/** RFC 9260's floor is a second; a time-out for what is rarely sent (resets of streams) goes by the path's own. */
const MIN_RTO_S = 0.2;
const MAX_GUESS_S = 0.4;

export type SenderEvents = {
  /** All that was handed over has left: more may be handed over now, from within this call. */
  readonly hungry: () => void;
  /** All that was handed over has been acknowledged. */
  readonly acknowledged: () => void;
};

/** Sends what an open, reliable data channel is given: in time, at the path's pace, and again where it was lost. */
export class Sender {
  private readonly association: Association;
  private readonly schedule: SendSchedule<Chunk>;
  private readonly events: SenderEvents;
  private readonly isAnswered: (message: Uint8Array) => boolean;
  private readonly waiting: Chunk[] = [];
  private isPumping = false;
  private timerDueMs = Number.POSITIVE_INFINITY;

  /**
   * Once for a connection, and before anything was sent over it.
   * @param isAnswered whether the other side says something as soon as it has dealt with this message
   */
  constructor(channel: RTCDataChannel, events: SenderEvents, isAnswered: (message: Uint8Array) => boolean) {
    const association = associationOf(channel);
    // Of the check that ICE ended with: a repeated one would be a bad guess, and none is better than a bad one.
    const roundTripS = channel.sctp.dtlsTransport.iceTransport.connection.nominated?.rtt ?? MAX_GUESS_S;
    this.association = association;
    this.events = events;
    this.isAnswered = isAnswered;
    this.schedule = new SendSchedule(association.localTsn, roundTripS < MAX_GUESS_S ? roundTripS * 1000 : undefined);
    association.transmit = async () => this.pump();
    association.receiveSackChunk = async (sack) => this.sacked(sack);
    takeDirectly(association);
    handOutAll(association);
    acknowledgeRightly(association);
  }

  /** Bytes handed over that have not left yet. */
  get unsentBytes(): number {
    return this.waiting.reduce((sum, chunk) => sum + chunk.bookSize, 0);
  }

  get isAllAcknowledged(): boolean {
    return this.waiting.length === 0 && this.schedule.isEmpty;
  }

  /** The path loses packets again and again. */
  get isLossy(): boolean {
    return this.schedule.isLossy;
  }

  /** This packet and all before it have come. */
  hasCome(tsn: number): boolean {
    return this.schedule.hasCome(tsn);
  }

  /**
   * What the channels are given from within this call leaves in one go, as one message would.
   * @returns the TSN of its last packet
   */
  together(give: () => void): number {
    const wasPumping = this.isPumping;
    this.isPumping = true;
    try {
      give();
    } finally {
      this.isPumping = wasPumping;
    }
    const lastTsn = (this.association.localTsn - 1) >>> 0;
    this.pump();
    return lastTsn;
  }

  private pump(): void {
    const { association, schedule, waiting } = this;
    // werift believes that all has been sent; otherwise each message would wait for all others to leave.
    waiting.push(...association.outboundQueue.splice(0));
    if (this.isPumping || association.isStopped) return;
    this.isPumping = true;
    try {
      for (;;) {
        if (waiting.length === 0) this.events.hungry();
        const nowMs = performance.now();
        const step = schedule.next(nowMs, waiting.length > 0);
        if (step.do === "wait" || step.do === "idle") {
          this.wakeAt(step.do === "wait" ? step.untilMs : Number.POSITIVE_INFINITY, nowMs);
          break;
        }
        if (step.do === "resend") {
          schedule.resent(step.packet, nowMs);
          this.transmit(step.packet.content, IMMEDIATE);
        } else {
          const chunk = waiting.shift();
          if (chunk === undefined) throw new Error("the schedule sends what is not there");
          if (waiting.length === 0) this.events.hungry();
          const isAlone = schedule.isEmpty;
          schedule.sent(chunk.tsn, Math.max(chunk.bookSize, SMALL_PACKET_BYTES), chunk, nowMs);
          // To a lone packet that is answered, the acknowledgement rides with the answer. If that takes long, a probe asks.
          const isHurried = waiting.length === 0 && !(isAlone && this.isAnswered(chunk.userData));
          this.transmit(chunk, isHurried ? IMMEDIATE : 0);
        }
      }
    } finally {
      this.isPumping = false;
    }
    association.flightSize = schedule.inFlightBytes;
    if (this.isAllAcknowledged) this.events.acknowledged();
  }

  private transmit(chunk: Chunk, flag: number): void {
    chunk.flags |= flag;
    this.association.sendChunk(chunk).catch(() => {
      // Expected: the connection is ending below us. To the schedule it is a lost packet.
    });
  }

  private sacked(sack: ReceivedSack): void {
    this.schedule.sack(sack, sack.advertisedRwnd, performance.now());
    this.association.rto = Math.max(MIN_RTO_S, this.schedule.timeoutMs / 1000);
    this.pump();
  }

  /** One timer, which may fire for nothing: moving it with every packet would cost more. Infinity: none. */
  private wakeAt(untilMs: number, nowMs: number): void {
    if (this.timerDueMs <= untilMs && untilMs !== Number.POSITIVE_INFINITY) return;
    clearTimeout(this.association.timer3Handle);
    this.association.timer3Handle = undefined;
    this.timerDueMs = untilMs;
    if (untilMs === Number.POSITIVE_INFINITY) return;
    this.association.timer3Handle = setTimeout(() => {
      this.timerDueMs = Number.POSITIVE_INFINITY;
      this.association.timer3Handle = undefined;
      // After what has arrived while this process was busy: a late reader is no lost packet.
      setImmediate(() => this.pump());
    }, untilMs - nowMs);
  }
}
