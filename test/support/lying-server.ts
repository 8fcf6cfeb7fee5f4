import { createServer } from "node:http";
import { Server, type Socket } from "socket.io";
import {
  type ClientToServerEvents,
  PICTURES_PATH,
  type PictureClientToServerEvents,
  type ServerToClientEvents,
  SIGNALING_PATH,
} from "../../protocol/signaling.ts";

/** One signal on its way. `nth` counts the signals that one viewer and the host sent each other in that direction. */
export type Passing = { readonly to: End; readonly nth: number; readonly data: Uint8Array };
export type End = "host" | "viewer";

/** One viewer's meeting with one host, in the hands of whoever runs the server. */
export type Wire = {
  readonly room: string;
  /** Says something in the other end's name. */
  deliver(to: End, data: Uint8Array): void;
  /** Tells the host about pictures that somebody wants to see. */
  watch(token: string, watchers: number): void;
};

/** What the server does instead of its duty, for every viewer of one room. */
export type Lie = {
  /** What the host is told that the viewer drew. */
  readonly nonce?: (nonce: Uint8Array) => Uint8Array;
  readonly joined?: (wire: Wire) => void;
  /** Undefined: the signal goes through as it came. */
  readonly carry?: (passing: Passing, wire: Wire) => void;
};

type HostSocket = Socket<ClientToServerEvents, ServerToClientEvents>;
type Room = { readonly host: HostSocket; lie: Lie };
type Meeting = { readonly wire: Wire; toHost: number; toViewer: number };

/**
 * A server in the wrong hands: it speaks protocol/signaling.ts to real hosts and viewers, knows no limits, sees and keeps
 * everything, and does with each signal what the lie for its room says.
 */
export class LyingServer {
  /** What hosts wanted to be seen without a seal. */
  readonly mjpegTokens: string[] = [];
  frames = 0;
  url = "";
  private readonly http = createServer();
  private readonly signaling = this.endpoint<ClientToServerEvents>(SIGNALING_PATH);
  private readonly pictures = this.endpoint<PictureClientToServerEvents>(PICTURES_PATH);
  private readonly rooms = new Map<string, Room>();
  private readonly meetings = new Map<string, Meeting>();
  private nextRoom = 100_000;

  static async start(): Promise<LyingServer> {
    const server = new LyingServer();
    await new Promise<void>((resolve) => server.http.listen(0, "127.0.0.1", resolve));
    const address = server.http.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    server.url = `http://127.0.0.1:${address.port}`;
    return server;
  }

  private constructor() {
    this.signaling.on("connection", (socket) => this.serve(socket));
    this.pictures.on("connection", (socket) => {
      socket.on("frame", (_, answer) => {
        this.frames += 1;
        answer({ ok: true });
      });
    });
  }

  /** From now on, for this room. Undefined: the truth. */
  lie(room: string, lie: Lie | undefined): void {
    const known = this.rooms.get(room);
    if (known === undefined) throw new Error(`there is no room ${room}`);
    known.lie = lie ?? {};
  }

  async close(): Promise<void> {
    await Promise.all([this.signaling.close(), this.pictures.close()]);
  }

  private endpoint<Incoming extends object>(path: string): Server<Incoming, ServerToClientEvents> {
    return new Server(this.http, { path, transports: ["websocket"], serveClient: false });
  }

  private serve(socket: HostSocket): void {
    socket.on("room.open", ({ room = String(this.nextRoom++) }, answer) => {
      this.rooms.set(room, { host: socket, lie: {} });
      socket.on("signal", ({ peer, data }) => this.pass("viewer", peer, room, data));
      answer({ ok: true, room });
    });
    socket.on("room.ice", (_, answer) => answer({ ok: true, host: [], viewer: [] }));
    socket.on("room.join", ({ room, nonce }, answer) => {
      const found = this.rooms.get(room);
      if (found === undefined) return answer({ ok: false, error: "no-such-room" });
      const wire = this.wireOf(found.host, socket, room);
      this.meetings.set(socket.id, { wire, toHost: 0, toViewer: 0 });
      socket.on("signal", ({ data }) => this.pass("host", socket.id, room, data));
      socket.on("disconnect", () => found.host.emit("room.left", { viewer: socket.id }));
      answer({ ok: true });
      const told = found.lie.nonce?.(new Uint8Array(nonce)) ?? nonce;
      found.host.emit("room.knock", { viewer: socket.id, nonce: told, from: "127.0.0.1" });
      found.lie.joined?.(wire);
    });
    socket.on("mjpeg.publish", ({ token }, answer) => {
      this.mjpegTokens.push(token);
      answer({ ok: true });
    });
  }

  private wireOf(host: HostSocket, viewer: HostSocket, room: string): Wire {
    return {
      room,
      deliver: (to, data) => {
        if (to === "host") host.emit("signal", { peer: viewer.id, data });
        else viewer.emit("signal", { peer: "host", data });
      },
      watch: (token, watchers) => void host.emit("mjpeg.watch", { token, watchers }),
    };
  }

  private pass(to: End, viewer: string, room: string, bytes: Uint8Array): void {
    const meeting = this.meetings.get(viewer);
    if (meeting === undefined) return;
    const nth = to === "host" ? meeting.toHost++ : meeting.toViewer++;
    const data = new Uint8Array(bytes);
    const carry = this.rooms.get(room)?.lie.carry;
    if (carry === undefined) meeting.wire.deliver(to, data);
    else carry({ to, nth, data }, meeting.wire);
  }
}
