import { io, type Socket } from "socket.io-client";
import * as z from "zod/mini";
import { MAX_RECORD_BYTES, type Pipe, type PipeHandlers, type PipeState } from "../../protocol/pipe.ts";
import {
  RELAY_PATH,
  type RelayAuth,
  type RelayClientToServerEvents,
  type RelayServerToClientEvents,
} from "../../protocol/signaling.ts";

/** Browsers hand over binary parts as ArrayBuffer, whatever the sender's type was. */
const recordEvent = z.union([z.instanceof(ArrayBuffer), z.instanceof(Uint8Array)]);

/**
 * A pipe of sealed records through a relay: the signaling server's, or one elsewhere. It opens when the host is there too. It
 * does not reconnect: a sealed pipe survives no gap, so a lost one is replaced by a new meeting.
 */
export class RelayPipe implements Pipe {
  readonly path = "relay";
  private readonly socket: Socket<RelayServerToClientEvents, RelayClientToServerEvents>;
  private handlers: PipeHandlers | undefined;
  private current: PipeState = "opening";

  /**
   * Reaches for the relay at once; nobody is let in before `present`.
   * @param base what RELAY_PATH is below: the relay may live under a path prefix
   */
  constructor(base: URL) {
    this.socket = io(base.origin, {
      path: base.pathname.replace(/\/$/, "") + RELAY_PATH,
      transports: ["websocket"],
      reconnection: false,
      autoConnect: false,
      forceNew: true,
    });
    this.socket.io.open();
  }

  get state(): PipeState {
    return this.current;
  }

  get unsentBytes(): number {
    // The engine's own queue; what it has handed to the browser it forgets.
    return this.socket.io.engine?.writeBuffer.reduce((sum, { data }) => sum + (data?.length ?? 0), 0) ?? 0;
  }

  /** Shows the ticket. To be called once. */
  present(ticket: string): void {
    this.socket.auth = { ticket } satisfies RelayAuth;
    this.socket.connect();
  }

  listen(handlers: PipeHandlers): void {
    this.handlers = handlers;
    this.socket.on("open", () => {
      if (this.current !== "opening") return;
      this.current = "open";
      handlers.opened();
    });
    this.socket.on("record", (event) => this.receive(event));
    this.socket.on("connect_error", () => this.end("the relay cannot be reached"));
    this.socket.on("disconnect", () => this.end("the relay was closed"));
  }

  send(record: Uint8Array): void {
    if (this.current !== "open") return;
    if (record.length === 0 || record.length > MAX_RECORD_BYTES) {
      throw new RangeError(`a message of ${record.length} bytes`);
    }
    this.socket.emit("record", record);
  }

  close(): void {
    this.end("closed here");
  }

  private receive(event: unknown): void {
    if (this.current !== "open") return;
    const parsed = recordEvent.safeParse(event);
    const bytes = parsed.success ? new Uint8Array(parsed.data) : new Uint8Array();
    if (bytes.length > 0 && bytes.length <= MAX_RECORD_BYTES) this.handlers?.message(bytes);
    else this.end("the relay sent what is no record");
  }

  private end(why: string): void {
    if (this.current === "closed") return;
    this.current = "closed";
    // The goodbye goes behind what was sent before.
    this.socket.disconnect();
    this.handlers?.closed(why);
  }
}
