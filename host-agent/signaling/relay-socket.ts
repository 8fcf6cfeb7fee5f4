import { io, type Socket } from "socket.io-client";
import { MAX_RECORD_BYTES } from "../../protocol/pipe.ts";
import {
  RELAY_PATH,
  type RelayAuth,
  type RelayClientToServerEvents,
  type RelayRefusal,
  type RelayServerToClientEvents,
} from "../../protocol/signaling.ts";
import type { RelayLine, RelayLineEvents } from "../transport/driver.ts";
import { connectReason } from "./connect-reason.ts";

/** A relay that is there answers in a fraction of this. */
const CONNECT_LIMIT_MS = 8_000;
/** From here to a viewer who is there too; a viewer gives up sooner. */
const OPEN_LIMIT_MS = 15_000;
/** A picture may wait for a slow viewer, but one that takes none for so long is stuck. */
const TAKEN_LIMIT_MS = 30_000;

/** The refusals that somebody can do something about. */
const REFUSALS: ReadonlyMap<string, string> = new Map<RelayRefusal, string>([
  ["bad-ticket", "it does not know the server's tickets: have both the same DESKBEAM_RELAY_SECRET?"],
  ["untimely", "it says that the server's ticket is not of this minute: do both clocks agree?"],
  ["too-many", "too many relays run for this room already"],
]);

/** The host's connection to RELAY_PATH. It does not reconnect: a sealed pipe survives no gap. */
export class RelaySocket implements RelayLine {
  private readonly socket: Socket<RelayServerToClientEvents, RelayClientToServerEvents>;
  private readonly url: string;
  private events: RelayLineEvents | undefined;
  private openLimit: NodeJS.Timeout | undefined;
  private over = false;

  /**
   * @param url what RELAY_PATH is below
   * @param ticket this end's, used once
   */
  constructor(url: string, ticket: string) {
    this.url = url;
    const { origin, pathname } = new URL(url);
    this.socket = io(origin, {
      path: pathname.replace(/\/$/, "") + RELAY_PATH,
      transports: ["websocket"],
      reconnection: false,
      autoConnect: false,
      forceNew: true,
      timeout: CONNECT_LIMIT_MS,
      auth: { ticket } satisfies RelayAuth,
    });
  }

  get unsentBytes(): number {
    // The engine's own queue; what it has handed to the network it forgets.
    return this.socket.io.engine?.writeBuffer.reduce((sum, { data }) => sum + (data?.length ?? 0), 0) ?? 0;
  }

  open(events: RelayLineEvents): void {
    this.events = events;
    this.openLimit = setTimeout(() => this.end(`no viewer came to the relay ${this.url}`), OPEN_LIMIT_MS);
    this.socket.on("open", () => {
      clearTimeout(this.openLimit);
      if (!this.over) events.opened();
    });
    this.socket.on("record", (record: unknown) => {
      if (this.over) return;
      if (record instanceof Uint8Array && record.length > 0 && record.length <= MAX_RECORD_BYTES) {
        // A plain array of its own: the library's is a view on a received packet.
        events.record(new Uint8Array(record));
      } else {
        this.end("the relay sent what is no record");
      }
    });
    this.socket.on("connect_error", (error) => {
      const refusal = REFUSALS.get(error.message);
      this.end(
        refusal === undefined
          ? `the relay ${this.url} cannot be reached: ${connectReason(error)}`
          : `the relay ${this.url} refuses: ${refusal}`,
      );
    });
    this.socket.on("disconnect", () => this.end("the relay was closed"));
    this.socket.connect();
  }

  sendControl(record: Uint8Array): void {
    if (!this.over) this.socket.emit("record", record);
  }

  sendPicture(record: Uint8Array, taken: () => void): void {
    if (this.over) return;
    this.socket.timeout(TAKEN_LIMIT_MS).emit("record", record, (error) => {
      if (this.over) return;
      if (error === null) taken();
      else this.end("the viewer takes no pictures any more");
    });
  }

  close(): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.openLimit);
    // The goodbye goes behind everything sent before, and the relay ends when it comes.
    this.socket.disconnect();
  }

  private end(why: string): void {
    if (this.over) return;
    this.close();
    this.events?.closed(why);
  }
}
