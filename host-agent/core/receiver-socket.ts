import { PACKET_BYTES } from "./flight.ts";

/**
 * Chromium's UDP socket has room for 64 KiB, and what Linux keeps beside each packet counts too: 57 packets are there, 43
 * while some of them are being read.
 */
const SOCKET_BYTES = 40 * PACKET_BYTES;
/** Radio loses one or two in a row, a socket without room all that come. */
const OVERFLOW_BYTES = 4 * PACKET_BYTES;
/** Of a longer path a good part of what is on its way is not in the socket yet, and comes no faster than the path is. */
const NEARBY_MS = 10;
const WARY_MS = 60_000;

/**
 * The socket of a browser nearby that is busy and reads late: what finds no room is lost. It is the end of a picture, mostly,
 * which nothing follows that would tell, so that the picture comes 40 ms late. Where that has happened no more is sent at
 * once than there is room for; for a while only, since acknowledgements that come in bunches need more (ack-bunches.ts).
 */
export class ReceiverSocket {
  private waryUntilMs = Number.NEGATIVE_INFINITY;
  private isWary = false;

  /** @param lostBytes found lost at once */
  heard(lostBytes: number, nowMs: number): void {
    if (lostBytes >= OVERFLOW_BYTES) this.waryUntilMs = nowMs + WARY_MS;
    this.isWary = nowMs < this.waryUntilMs;
  }

  /**
   * How much may be on its way at most; infinite where nothing speaks against more.
   * @param floorMs the shortest round trip. @param pathBytes what the path carries in it
   */
  limitBytes(floorMs: number, pathBytes: number): number {
    return this.isWary && floorMs < NEARBY_MS ? Math.max(SOCKET_BYTES, pathBytes) : Number.POSITIVE_INFINITY;
  }
}
