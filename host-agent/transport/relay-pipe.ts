import { isPictureRecord } from "../../protocol/crypto/record.ts";
import { MAX_RECORD_BYTES, type Pipe, type PipeHandlers, type PipeState } from "../../protocol/pipe.ts";
import type { RelayLine } from "./driver.ts";

/**
 * Pictures the relay has been given and not yet passed on. Below what it lets wait before it drops some
 * (signaling/core/limits.ts), so it drops none of ours; enough for 4 Mbit/s over a round trip of 100 ms.
 */
const UNTAKEN_BYTES = 48 * 1024;

/**
 * A Pipe of sealed records through the signaling server. Pictures wait here until the relay has taken those before, as many
 * as the viewer's own connection takes; control never waits.
 */
export class RelayPipe implements Pipe {
  readonly path = "relay";
  state: PipeState = "opening";
  private readonly line: RelayLine;
  private handlers: PipeHandlers | undefined;
  private readonly pictures: Uint8Array[] = [];
  private waitingBytes = 0;
  private untakenBytes = 0;

  constructor(line: RelayLine) {
    this.line = line;
  }

  get unsentBytes(): number {
    return this.waitingBytes + this.line.unsentBytes;
  }

  listen(handlers: PipeHandlers): void {
    this.handlers = handlers;
    this.line.open({
      opened: () => {
        this.state = "open";
        handlers.opened();
      },
      record: (record) => {
        if (this.state === "open") handlers.message(record);
      },
      closed: (why) => this.closed(why),
    });
  }

  send(record: Uint8Array): void {
    if (this.state !== "open") return;
    if (record.length === 0 || record.length > MAX_RECORD_BYTES) {
      throw new RangeError(`a message of ${record.length} bytes`);
    }
    if (!isPictureRecord(record)) return this.line.sendControl(record);
    this.pictures.push(record);
    this.waitingBytes += record.length;
    this.feed();
  }

  close(): void {
    this.closed("closed here");
    this.line.close();
  }

  private feed(): void {
    for (;;) {
      const length = this.pictures[0]?.length ?? 0;
      if (this.state !== "open" || this.untakenBytes + length > UNTAKEN_BYTES) return;
      const record = this.pictures.shift();
      if (record === undefined) return;
      this.waitingBytes -= length;
      this.untakenBytes += length;
      this.line.sendPicture(record, () => {
        this.untakenBytes -= length;
        this.feed();
      });
    }
  }

  private closed(why: string): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.pictures.length = 0;
    this.waitingBytes = 0;
    this.handlers?.closed(why);
  }
}
