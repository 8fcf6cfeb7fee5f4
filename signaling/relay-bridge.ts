import { isPictureRecord } from "../protocol/crypto/record.ts";
import { RELAY_WAITING_BYTES } from "./core/limits.ts";
import { PictureLane } from "./core/picture-lane.ts";
import type { TokenBucket } from "./core/token-bucket.ts";
import type { RelaySocket } from "./endpoint.ts";
import { Outbox } from "./outbox.ts";

/** Carries sealed records between a host and its viewer, both connected. It reads one byte of each: is it a picture? */
export class RelayBridge {
  private readonly host: RelaySocket;
  private readonly viewer: RelaySocket;
  private readonly rate: TokenBucket;
  private readonly lane = new PictureLane(RELAY_WAITING_BYTES);
  private readonly outbox: Outbox;
  private refill: NodeJS.Timeout | undefined;
  private over = false;

  /** @param rate what the pictures of this room may take, shared with its other viewers */
  constructor(host: RelaySocket, viewer: RelaySocket, rate: TokenBucket) {
    this.host = host;
    this.viewer = viewer;
    this.rate = rate;
    this.outbox = new Outbox(viewer.conn, () => this.pump());
    host.emit("open");
    viewer.emit("open");
  }

  fromViewer(record: Uint8Array): void {
    this.host.emit("record", record);
  }

  /** @param settled called when a picture has left for the viewer, or been dropped */
  fromHost(record: Uint8Array, settled: (passedOn: boolean) => void): void {
    if (isPictureRecord(record)) {
      this.lane.push({ record, settled }, this.outbox.waitingBytes);
      this.pump();
    } else {
      this.viewer.emit("record", record);
      settled(true);
    }
  }

  /** Both connections end; what was handed to them before, a Bye above all, still leaves. */
  close(): void {
    this.over = true;
    clearTimeout(this.refill);
    this.lane.clear();
    this.host.disconnect(true);
    this.viewer.disconnect(true);
  }

  private pump(): void {
    clearTimeout(this.refill);
    if (this.over) return;
    for (;;) {
      const bytes = this.lane.nextBytes(this.outbox.waitingBytes);
      if (bytes === undefined) return;
      if (!this.rate.take(bytes, performance.now())) {
        this.refill = setTimeout(() => this.pump(), this.rate.waitMs(bytes));
        return;
      }
      const picture = this.lane.shift();
      if (picture === undefined) return;
      this.viewer.emit("record", picture.record);
      this.outbox.whenTaken(() => picture.settled(true));
    }
  }
}
