import { SendSchedule } from "../../host-agent/core/send-schedule.ts";
import { seededRandom } from "./seeded-random.ts";

/** Time that passes only from event to event. */
export class VirtualTime {
  nowMs = 0;
  private events: { readonly atMs: number; readonly number: number; readonly happen: () => void }[] = [];
  private count = 0;

  at(atMs: number, happen: () => void): void {
    const event = { atMs: Math.max(atMs, this.nowMs), number: this.count++, happen };
    let low = 0;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.events[middle];
      if (other !== undefined && other.atMs <= event.atMs) low = middle + 1;
      else high = middle;
    }
    this.events.splice(low, 0, event);
  }

  runUntil(endMs: number): void {
    for (let event = this.events[0]; event !== undefined && event.atMs <= endMs; event = this.events[0]) {
      this.events.shift();
      this.nowMs = event.atMs;
      event.happen();
    }
    this.nowMs = endMs;
  }
}

export type LinkSettings = {
  mbitPerSecond: number;
  /** One way, without the queue. */
  delayMs: number;
  /** What the queue in front of the link holds; more is dropped. */
  queueBytes: number;
  /** Of all packets, dropped at random. */
  loss: number;
  /** While true nothing gets through, in either direction. */
  isDown: boolean;
};

/** A bottleneck with a queue in front of it; the way back has the delay and nothing else. */
export class SimLink {
  readonly settings: LinkSettings;
  readonly time: VirtualTime;
  /** How long each packet stood in the queue, and since when. */
  readonly queued: { readonly atMs: number; readonly waitedMs: number }[] = [];
  private readonly random: () => number;
  private freeAtMs = 0;

  constructor(time: VirtualTime, settings: Partial<LinkSettings>, seed = 1) {
    this.time = time;
    this.random = seededRandom(seed);
    this.settings = { mbitPerSecond: 10, delayMs: 20, queueBytes: 500_000, loss: 0, isDown: false, ...settings };
  }

  forth(bytes: number, arrive: () => void): void {
    const { delayMs, loss, queueBytes, isDown } = this.settings;
    const bytesPerMs = (this.settings.mbitPerSecond * 1e6) / 8 / 1000;
    const { nowMs } = this.time;
    const waitedMs = Math.max(0, this.freeAtMs - nowMs);
    if (isDown || waitedMs * bytesPerMs + bytes > queueBytes) return;
    this.queued.push({ atMs: nowMs, waitedMs });
    this.freeAtMs = nowMs + waitedMs + bytes / bytesPerMs;
    if (this.random() >= loss) this.time.at(this.freeAtMs + delayMs, arrive);
  }

  back(arrive: () => void): void {
    if (!this.settings.isDown) this.time.at(this.time.nowMs + this.settings.delayMs, arrive);
  }

  /** Of the packets that came after `sinceMs`, the wait that 95 in 100 did not exceed. */
  waitP95Ms(sinceMs = 0): number {
    const waits = this.queued.filter(({ atMs }) => atMs >= sinceMs).map(({ waitedMs }) => waitedMs);
    return waits.sort((a, b) => a - b)[Math.floor(waits.length * 0.95)] ?? 0;
  }
}

const PACKET_BYTES = 1_160;
const HEADERS_BYTES = 70;
const RECEIVER_BYTES = 5_000_000;
/** What Chromium's socket on Linux holds of packets of that size, while some of them are being read. */
const SOCKET_PACKETS = 43;

/** A stream over a SimLink: the product's own sender, and a receiver that acknowledges as Chromium's does. */
export class SimStream {
  /** What came in order, as an application sees it. */
  readonly arrivals: { readonly atMs: number; readonly bytes: number }[] = [];
  /** Packets sent, repetitions included. */
  transmissions = 0;
  repetitions = 0;
  /** Arrived while the receiver read nothing, and found no room. */
  overflowed = 0;
  private readonly link: SimLink;
  private readonly turnMs: number;
  private readonly schedule: SendSchedule<undefined>;
  private readonly received = new Set<number>();
  private waitingBytes = 0;
  private nextTsn: number;
  private cumulativeTsn: number;
  private unacknowledged = 0;
  private timerMs = Number.POSITIVE_INFINITY;
  private socket: (() => void)[] | undefined;

  /** @param turnMs a busy program: it gets to its work only so often */
  constructor(link: SimLink, turnMs = 0) {
    const firstTsn = 2 ** 32 - 1_000;
    this.link = link;
    this.turnMs = turnMs;
    this.nextTsn = firstTsn;
    this.cumulativeTsn = (firstTsn - 1) >>> 0;
    this.schedule = new SendSchedule(firstTsn, 2 * link.settings.delayMs);
  }

  /** Infinity: a sender that always has more. */
  push(bytes: number): void {
    this.waitingBytes += bytes;
    this.pump();
  }

  /** The receiver has other work to do: what comes in this time waits in its socket, as far as there is room. */
  receiverSleeps(forMs: number): void {
    this.socket ??= [];
    this.link.time.at(this.link.time.nowMs + forMs, () => {
      const { socket = [] } = this;
      this.socket = undefined;
      for (const read of socket) read();
    });
  }

  get isTimerArmed(): boolean {
    return this.timerMs !== Number.POSITIVE_INFINITY;
  }

  /** @returns what came between two times, in Mbit/s */
  rateBetween(startMs: number, endMs: number): number {
    const bytes = this.arrivals
      .filter(({ atMs }) => atMs >= startMs && atMs < endMs)
      .reduce((sum, arrival) => sum + arrival.bytes, 0);
    return (bytes * 8) / 1000 / (endMs - startMs);
  }

  private pump(): void {
    for (;;) {
      const { nowMs } = this.link.time;
      const step = this.schedule.next(nowMs, this.waitingBytes > 0);
      switch (step.do) {
        case "send": {
          const bytes = Math.min(PACKET_BYTES, this.waitingBytes);
          this.waitingBytes -= bytes;
          const tsn = this.nextTsn;
          this.nextTsn = (tsn + 1) >>> 0;
          this.schedule.sent(tsn, bytes, undefined, nowMs);
          this.transmit(tsn, bytes);
          break;
        }
        case "resend":
          this.schedule.resent(step.packet, nowMs);
          this.repetitions += 1;
          this.transmit(step.packet.tsn, step.packet.bytes);
          break;
        case "wait":
          return this.wakeAt(step.untilMs);
        case "idle":
          this.timerMs = Number.POSITIVE_INFINITY;
          return;
      }
    }
  }

  private wakeAt(untilMs: number): void {
    // As Node does: whole milliseconds, and never before the next.
    const { nowMs } = this.link.time;
    const atMs = this.turnAfter(nowMs + Math.max(1, Math.trunc(untilMs - nowMs)));
    this.timerMs = atMs;
    this.link.time.at(atMs, () => {
      if (this.timerMs === atMs) this.pump();
    });
  }

  private turnAfter(atMs: number): number {
    return this.turnMs === 0 ? atMs : Math.ceil(atMs / this.turnMs) * this.turnMs;
  }

  private transmit(tsn: number, bytes: number): void {
    this.transmissions += 1;
    this.link.forth(bytes + HEADERS_BYTES, () => {
      if (this.socket === undefined) this.receive(tsn, bytes);
      else if (this.socket.length < SOCKET_PACKETS) this.socket.push(() => this.receive(tsn, bytes));
      else this.overflowed += 1;
    });
  }

  private receive(tsn: number, bytes: number): void {
    const isNext = tsn === (this.cumulativeTsn + 1) >>> 0;
    const distance = (tsn - this.cumulativeTsn) >>> 0;
    if (distance > 0 && distance < 2 ** 31 && !this.received.has(tsn)) {
      this.received.add(tsn);
      this.arrivals.push({ atMs: this.link.time.nowMs, bytes });
    }
    while (this.received.delete((this.cumulativeTsn + 1) >>> 0)) this.cumulativeTsn = (this.cumulativeTsn + 1) >>> 0;
    this.unacknowledged += 1;
    if (!isNext || this.received.size > 0 || this.unacknowledged >= 2 || bytes < PACKET_BYTES) this.acknowledge();
    else {
      const { cumulativeTsn } = this;
      this.link.time.at(this.link.time.nowMs + 200, () => {
        if (this.unacknowledged > 0 && this.cumulativeTsn === cumulativeTsn) this.acknowledge();
      });
    }
  }

  private acknowledge(): void {
    this.unacknowledged = 0;
    const { cumulativeTsn } = this;
    const gaps: [number, number][] = [];
    for (const offset of [...this.received].map((tsn) => (tsn - cumulativeTsn) >>> 0).sort((a, b) => a - b)) {
      const last = gaps.at(-1);
      if (last !== undefined && last[1] === offset - 1) last[1] = offset;
      else gaps.push([offset, offset]);
    }
    this.link.back(() =>
      this.link.time.at(this.turnAfter(this.link.time.nowMs), () => {
        this.schedule.sack({ cumulativeTsn, gaps }, RECEIVER_BYTES, this.link.time.nowMs);
        this.pump();
      }),
    );
  }
}
