import { COUNTER_END, counterEndOf, isPictureRecord } from "../../protocol/crypto/record.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { RecordAssembly, readPart } from "../../protocol/record-parts.ts";

/** More than any one update, of which all may wait for its first packet; a host sends little more before it is answered. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;

type Held = { readonly record: Uint8Array; readonly afterControlEnd: number };

/**
 * Puts the host's records in order again where pictures come in two ways: whole on the ordered channel, or in parts beside
 * it (record-parts.ts). Pictures follow one another by their counters, and none comes before the control records that were
 * sent before it.
 */
export class PictureOrder {
  private readonly deliver: (record: Uint8Array) => void;
  /** The next picture's. */
  private nextEnd = 1;
  private controlEnd = 0;
  private readonly held = new Map<number, Held>();
  private readonly assemblies = new Map<number, RecordAssembly>();
  private heldBytes = 0;

  constructor(deliver: (record: Uint8Array) => void) {
    this.deliver = deliver;
  }

  /**
   * A record, or whatever else has come, on the ordered channel.
   * @throws ProtocolError when there are too many
   */
  takeRecord(record: Uint8Array): void {
    if (isPictureRecord(record)) {
      const counterEnd = counterEndOf(record);
      this.forget(counterEnd);
      if (isBefore(this.nextEnd, counterEnd))
        return this.hold(counterEnd, { record, afterControlEnd: this.controlEnd });
      // One that has come before is for the seal to refuse.
      if (counterEnd === this.nextEnd) this.nextEnd = (counterEnd + 1) % COUNTER_END;
    } else this.controlEnd = counterEndOf(record);
    this.deliver(record);
    this.deliverHeld();
  }

  /**
   * A part, on the channel beside.
   * @throws ProtocolError when it is none, or there are too many
   */
  takePart(message: Uint8Array): void {
    const part = readPart(message);
    const { counterEnd, recordBytes, afterControlEnd } = part;
    if (isBefore(counterEnd, this.nextEnd) || this.held.has(counterEnd)) return;
    let assembly = this.assemblies.get(counterEnd);
    if (assembly === undefined) {
      assembly = new RecordAssembly(recordBytes);
      this.assemblies.set(counterEnd, assembly);
      this.countHeld(recordBytes);
    }
    const record = assembly.take(part);
    if (record === undefined) return;
    this.forget(counterEnd);
    this.hold(counterEnd, { record, afterControlEnd });
    this.deliverHeld();
  }

  private hold(counterEnd: number, held: Held): void {
    this.held.set(counterEnd, held);
    this.countHeld(held.record.length);
  }

  private forget(counterEnd: number): void {
    this.heldBytes -= this.assemblies.get(counterEnd)?.recordBytes ?? 0;
    this.heldBytes -= this.held.get(counterEnd)?.record.length ?? 0;
    this.assemblies.delete(counterEnd);
    this.held.delete(counterEnd);
  }

  private countHeld(bytes: number): void {
    this.heldBytes += bytes;
    if (this.heldBytes > MAX_HELD_BYTES)
      throw new ProtocolError("too-large", "pictures wait for one that does not come");
  }

  private deliverHeld(): void {
    for (let next = this.held.get(this.nextEnd); next !== undefined; next = this.held.get(this.nextEnd)) {
      if (isBefore(this.controlEnd, next.afterControlEnd)) return;
      this.forget(this.nextEnd);
      this.nextEnd = (this.nextEnd + 1) % COUNTER_END;
      this.deliver(next.record);
    }
  }
}

/** Counters of one channel, of which neither is half a round ahead of the other. */
function isBefore(counterEnd: number, other: number): boolean {
  const ahead = (other - counterEnd + COUNTER_END) % COUNTER_END;
  return ahead > 0 && ahead < COUNTER_END / 2;
}
