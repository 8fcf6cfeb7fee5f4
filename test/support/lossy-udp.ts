import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { seededRandom } from "./seeded-random.ts";

export type LossySettings = {
  /** One way, both ways. */
  readonly delayMs: number;
  /** Of all datagrams, both ways. */
  readonly loss: number;
  /** Towards the viewer; undefined: no limit. */
  readonly mbitPerSecond?: number;
  /** What waits in front of the limited link; more is dropped. */
  readonly queueBytes?: number;
  readonly seed?: number;
};

type OnItsWay = { readonly atMs: number; readonly datagram: Buffer };
/** IP and UDP. */
const HEADERS_BYTES = 28;

/**
 * A bad line between a host's UDP socket and a viewer's, on this machine: a datagram that comes to one door leaves by the
 * other, later or never. What is dropped follows from the seed and the order of datagrams.
 */
export class LossyUdp {
  /** How long each datagram to the viewer stood in the queue. */
  readonly waitedMs: number[] = [];
  dropped = 0;
  private readonly hostDoor: Socket;
  private readonly viewerDoor: Socket;
  private readonly settings: LossySettings;
  private readonly random: () => number;
  private hostPort: number | undefined;
  private viewerPort: number | undefined;
  private freeAtMs = 0;
  private readonly lines: { readonly toViewer: Line; readonly toHost: Line };

  private constructor(settings: LossySettings, hostDoor: Socket, viewerDoor: Socket) {
    this.settings = settings;
    this.random = seededRandom(settings.seed ?? 1);
    this.hostDoor = hostDoor;
    this.viewerDoor = viewerDoor;
    const out = (door: Socket, port: () => number | undefined) => (datagram: Buffer) => {
      const to = port();
      if (to !== undefined) door.send(datagram, to, "127.0.0.1");
    };
    this.lines = {
      toViewer: new Line(out(viewerDoor, () => this.viewerPort)),
      toHost: new Line(out(hostDoor, () => this.hostPort)),
    };
    hostDoor.on("message", (datagram) => this.toViewer(datagram));
    viewerDoor.on("message", (datagram, from: RemoteInfo) => {
      this.viewerPort = from.port;
      if (!this.isLost()) this.lines.toHost.carry(datagram, performance.now() + settings.delayMs);
    });
  }

  static async open(settings: LossySettings): Promise<LossyUdp> {
    return new LossyUdp(settings, await door(), await door());
  }

  /** The host's candidate, as the viewer is to be told it. */
  candidateForViewer(candidate: string): string {
    const parts = candidate.split(" ");
    this.hostPort = Number(parts[5]);
    parts[4] = "127.0.0.1";
    parts[5] = String(this.viewerDoor.address().port);
    return parts.join(" ");
  }

  close(): void {
    for (const line of Object.values(this.lines)) line.close();
    this.hostDoor.close();
    this.viewerDoor.close();
  }

  private isLost(): boolean {
    const lost = this.random() < this.settings.loss;
    if (lost) this.dropped += 1;
    return lost;
  }

  private toViewer(datagram: Buffer): void {
    const { delayMs, mbitPerSecond, queueBytes = Number.POSITIVE_INFINITY } = this.settings;
    const nowMs = performance.now();
    const bytesPerMs = mbitPerSecond === undefined ? Number.POSITIVE_INFINITY : (mbitPerSecond * 1e6) / 8 / 1000;
    const bytes = datagram.length + HEADERS_BYTES;
    const waitedMs = Math.max(0, this.freeAtMs - nowMs);
    if (this.isLost()) return;
    if (waitedMs > 0 && waitedMs * bytesPerMs + bytes > queueBytes) {
      this.dropped += 1;
      return;
    }
    this.waitedMs.push(waitedMs);
    this.freeAtMs = nowMs + waitedMs + bytes / bytesPerMs;
    this.lines.toViewer.carry(datagram, this.freeAtMs + delayMs);
  }
}

/** First in, first out, each at its time. */
class Line {
  private readonly onItsWay: OnItsWay[] = [];
  private timer: NodeJS.Timeout | undefined;
  private readonly arrive: (datagram: Buffer) => void;

  constructor(arrive: (datagram: Buffer) => void) {
    this.arrive = arrive;
  }

  carry(datagram: Buffer, atMs: number): void {
    this.onItsWay.push({ atMs, datagram });
    this.timer ??= this.wakeAt(atMs);
  }

  close(): void {
    clearTimeout(this.timer);
    this.onItsWay.length = 0;
  }

  private wakeAt(atMs: number): NodeJS.Timeout {
    return setTimeout(() => this.deliver(), atMs - performance.now());
  }

  private deliver(): void {
    this.timer = undefined;
    const nowMs = performance.now();
    for (let first = this.onItsWay[0]; first !== undefined; first = this.onItsWay[0]) {
      if (first.atMs > nowMs + 0.5) {
        this.timer = this.wakeAt(first.atMs);
        return;
      }
      this.onItsWay.shift();
      this.arrive(first.datagram);
    }
  }
}

async function door(): Promise<Socket> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return socket;
}
