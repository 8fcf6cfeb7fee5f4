import type { RelaySocket } from "./endpoint.ts";

/** What one connection has been given to send, and how much of that the network has taken. */
export class Outbox {
  private acceptedBytes = 0;
  private flushedBytes = 0;
  private takenBytes = 0;
  private awaited: { readonly atBytes: number; readonly taken: () => void }[] = [];

  /** @param drained called whenever the network has taken what it was handed */
  constructor(connection: RelaySocket["conn"], drained: () => void) {
    connection.on("packetCreate", ({ data }: { readonly data?: string | Uint8Array }) => {
      this.acceptedBytes += data?.length ?? 0;
    });
    connection.on("flush", () => {
      this.flushedBytes = this.acceptedBytes;
    });
    // Not the connection's own event of that name, which says that the transport was handed something.
    connection.transport.on("drain", () => {
      this.takenBytes = this.flushedBytes;
      while (this.awaited[0] !== undefined && this.awaited[0].atBytes <= this.takenBytes) this.awaited.shift()?.taken();
      drained();
    });
  }

  get waitingBytes(): number {
    return this.acceptedBytes - this.takenBytes;
  }

  /** Calls `taken` when all that was accepted until now has left. */
  whenTaken(taken: () => void): void {
    this.awaited.push({ atBytes: this.acceptedBytes, taken });
  }
}
