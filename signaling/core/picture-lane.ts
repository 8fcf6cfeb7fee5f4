/** One picture record of a relay, and how to tell its host that it has left, or that it never will. */
export type WaitingPicture = { readonly record: Uint8Array; readonly settled: (passedOn: boolean) => void };

/**
 * Picture records that wait for a viewer's connection. When too many bytes wait, the oldest are dropped: a newer picture is
 * worth more. The newest always stays, so that the viewer comes to see that its counter has jumped, however long the host
 * is silent afterwards.
 */
export class PictureLane {
  private readonly maxWaitingBytes: number;
  private readonly waiting: WaitingPicture[] = [];
  private bytes = 0;

  /** @param maxWaitingBytes here and in the connection together */
  constructor(maxWaitingBytes: number) {
    this.maxWaitingBytes = maxWaitingBytes;
  }

  get waitingBytes(): number {
    return this.bytes;
  }

  /** @param connectionBytes what the connection has been given and not yet sent */
  push(picture: WaitingPicture, connectionBytes: number): void {
    this.waiting.push(picture);
    this.bytes += picture.record.length;
    while (this.waiting.length > 1 && this.bytes + connectionBytes > this.maxWaitingBytes) this.shift()?.settled(false);
  }

  /** The bytes of the picture that may go next; undefined: none may. An idle connection takes one of any length. */
  nextBytes(connectionBytes: number): number | undefined {
    const length = this.waiting[0]?.record.length;
    if (length === undefined || connectionBytes === 0) return length;
    return connectionBytes + length <= this.maxWaitingBytes ? length : undefined;
  }

  /** Takes the picture that is to go next. */
  shift(): WaitingPicture | undefined {
    const picture = this.waiting.shift();
    if (picture !== undefined) this.bytes -= picture.record.length;
    return picture;
  }

  /** The viewer is gone. */
  clear(): void {
    this.waiting.length = 0;
    this.bytes = 0;
  }
}
