import { type Delivery, PACKET_BYTES } from "./flight.ts";

/**
 * Chromium's UDP socket has room for 64 KiB, and what Linux keeps beside each packet counts too: 57 packets are there, 43
 * while some of them are being read.
 */
const SOCKET_BYTES = 40 * PACKET_BYTES;
/** Radio loses one or two in a row, a socket without room all that come. */
const OVERFLOW_BYTES = 4 * PACKET_BYTES;
/** Of a longer path a good part of what is on its way is not in the socket yet, and comes no faster than the path is. */
export const NEARBY_MS = 10;
/** Whoever sends for so long without a pause may be held back by the limit. */
const BUSY_MS = 500;
const GROWTH = 1.5;
const WARY_MS = 60_000;

/**
 * The socket of a browser nearby that is busy and reads late: what finds no room is lost. It is the end of a picture, mostly,
 * which nothing follows that would tell, so that the picture comes 40 ms late. No more is sent at once than there is room
 * for, unless that is a brake: acknowledgements that come in bunches (ack-bunches.ts) need more, and where nothing is lost by
 * it they get it.
 */
export class ReceiverSocket {
  private bytes = SOCKET_BYTES;
  private busySinceMs: number | undefined;
  private waryUntilMs = Number.NEGATIVE_INFINITY;

  heard({ nowMs, lostBytes, inFlightBytes }: Pick<Delivery, "nowMs" | "lostBytes" | "inFlightBytes">): void {
    if (lostBytes >= OVERFLOW_BYTES) {
      this.bytes = SOCKET_BYTES;
      this.waryUntilMs = nowMs + WARY_MS;
    }
    if (inFlightBytes === 0 || nowMs < this.waryUntilMs) this.busySinceMs = undefined;
    else this.busySinceMs ??= nowMs;
    if (nowMs - (this.busySinceMs ?? nowMs) < BUSY_MS) return;
    this.bytes *= GROWTH;
    this.busySinceMs = nowMs;
  }

  /**
   * How much may be on its way at most; infinite on longer paths.
   * @param floorMs the shortest round trip. @param pathBytes what the path carries in it
   */
  limitBytes(floorMs: number, pathBytes: number): number {
    return floorMs < NEARBY_MS ? Math.max(this.bytes, pathBytes) : Number.POSITIVE_INFINITY;
  }
}
