import { io, type Socket } from "socket.io-client";
import * as z from "zod/mini";
import {
  type ClientToServerEvents,
  MAX_SIGNAL_BYTES,
  type ServerToClientEvents,
  SIGNALING_ERRORS,
  SIGNALING_PATH,
  type SignalingError,
} from "../../protocol/signaling.ts";

/** A server that is there answers in a fraction of this, also over a phone. */
const CONNECT_LIMIT_MS = 10_000;
const JOIN_LIMIT_MS = 10_000;

export type SignalingHandlers = {
  /** One signal of the host, still sealed. */
  readonly signal: (data: Uint8Array) => void;
  /** The host's own connection to the server came or went. */
  readonly hostPresent: (present: boolean) => void;
  /** Called once, after `connect` has succeeded, unless closed from here. */
  readonly lost: () => void;
};

export type JoinResult = { readonly ok: true } | { readonly ok: false; readonly error: SignalingError | "unreachable" };

const joinAnswer = z.union([
  z.object({ ok: z.literal(true) }),
  z.object({
    ok: z.literal(false),
    error: z.enum(SIGNALING_ERRORS),
  }),
]);
const hostEvent = z.object({ present: z.boolean() });
/** Browsers hand over binary parts as ArrayBuffer, whatever the sender's type was. */
const signalEvent = z.object({ data: z.union([z.instanceof(ArrayBuffer), z.instanceof(Uint8Array)]) });

/**
 * One connection to the signaling server, for one meeting. It does not reconnect by itself: a meeting does not outlive
 * its connection, and what runs peer to peer does not need it. Who needs a new meeting makes one, with back-off.
 */
export class Signaling {
  private readonly socket: Socket<ServerToClientEvents, ClientToServerEvents>;
  private readonly handlers: SignalingHandlers;
  private over: boolean = false;

  /** @param base the directory of the page: the server may live under a path prefix */
  constructor(base: URL, handlers: SignalingHandlers) {
    this.handlers = handlers;
    this.socket = io(base.origin, {
      path: base.pathname.replace(/\/$/, "") + SIGNALING_PATH,
      transports: ["websocket"],
      reconnection: false,
      autoConnect: false,
      forceNew: true,
      timeout: CONNECT_LIMIT_MS,
    });
    this.socket.on("signal", (event) => {
      const parsed = signalEvent.safeParse(event);
      if (!parsed.success || this.over) return;
      const { data } = parsed.data;
      const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
      if (bytes.length > 0 && bytes.length <= MAX_SIGNAL_BYTES) handlers.signal(bytes);
    });
    this.socket.on("room.host", (event) => {
      const parsed = hostEvent.safeParse(event);
      if (parsed.success && !this.over) handlers.hostPresent(parsed.data.present);
    });
  }

  /** False when the server does not answer in time. */
  connect(): Promise<boolean> {
    return new Promise((resolve) => {
      const limit = setTimeout(() => settle(false), CONNECT_LIMIT_MS);
      const settle = (connected: boolean) => {
        clearTimeout(limit);
        this.socket.off("connect").off("connect_error").off("disconnect");
        if (connected) this.socket.on("disconnect", () => this.ended());
        else this.close();
        resolve(connected);
      };
      this.socket.on("connect", () => settle(true));
      this.socket.on("connect_error", () => settle(false));
      this.socket.on("disconnect", () => settle(false));
      this.socket.connect();
    });
  }

  async join(room: string, nonce: Uint8Array): Promise<JoinResult> {
    try {
      const answer: unknown = await this.socket.timeout(JOIN_LIMIT_MS).emitWithAck("room.join", { room, nonce });
      const parsed = joinAnswer.safeParse(answer);
      return parsed.success ? parsed.data : { ok: false, error: "unreachable" };
    } catch {
      // No answer in time, or the connection went meanwhile.
      return { ok: false, error: "unreachable" };
    }
  }

  send(data: Uint8Array): void {
    // Never buffered for a connection that is gone: the host could not open it any more.
    if (this.socket.connected) this.socket.emit("signal", { peer: "host", data });
  }

  /** Messages accepted and not yet handed to the network. */
  get unsentMessages(): number {
    return this.socket.connected ? this.socket.io.engine.writeBuffer.length : 0;
  }

  close(): void {
    this.over = true;
    this.socket.disconnect();
  }

  private ended(): void {
    if (this.over) return;
    this.over = true;
    this.handlers.lost();
  }
}
