import { createHash, randomInt } from "node:crypto";
import type {
  IceAnswer,
  JoinAnswer,
  OpenAnswer,
  PublishAnswer,
  RelayAnswer,
  SignalingError,
} from "../protocol/signaling.ts";
import type { Limits } from "./core/limits.ts";
import { roomNumbers } from "./core/room-number.ts";
import {
  areTogether,
  type Decision,
  dismissViewer,
  joinRoom,
  leaveRoom,
  type Notice,
  openRoom,
  type Room,
  type RoomEffect,
  routeSignal,
} from "./core/rooms.ts";
import { TokenBucket } from "./core/token-bucket.ts";
import type { StoreError } from "./errors.ts";
import { type IceSources, iceServersFor } from "./ice.ts";
import type { MjpegStreams } from "./mjpeg.ts";
import { issueTickets } from "./relay-ticket.ts";
import type { ClientMessage } from "./schema.ts";
import type { RoomStore } from "./store/driver.ts";
import type { Throttle } from "./throttle.ts";

/** What all conversations share. */
export type Exchange = {
  readonly store: RoomStore;
  readonly throttle: Throttle;
  readonly limits: Limits;
  /** Undefined: unsealed pictures are off here. */
  readonly streams: MjpegStreams | undefined;
  /** Who lets sealed pipes through, here or at a URL, and the secret its tickets are made with. Undefined: nobody. */
  readonly relay: { readonly url: string | undefined; readonly secret: string } | undefined;
  /** `stunPort` undefined: this server itself answers no STUN. */
  readonly ice: IceSources & { readonly stunPort: number | undefined };
  /** Resolves when it is on its way; in the order of the calls. A socket that is gone is told nothing, and that is no error. */
  readonly tell: (socket: string, notice: Notice) => Promise<void>;
  readonly disconnect: (socket: string) => Promise<void>;
  /** False: the store is known to be away, and whoever needs it is told so at once. */
  readonly isStoreThere: () => boolean;
  /** Something was perhaps not written. */
  readonly doubt: (why: StoreError) => void;
};

/** What this socket is. */
type Seat =
  | { readonly kind: "none" }
  | { readonly kind: "host"; readonly room: string; readonly release: () => void }
  | { readonly kind: "viewer"; readonly room: string };

/** What a message leads to, beside its effects on others. */
export type Reply =
  | {
      readonly do: "answer";
      readonly answer: OpenAnswer | JoinAnswer | PublishAnswer | IceAnswer | RelayAnswer;
      readonly andClose?: boolean;
    }
  | { readonly do: "nothing" };

const NOTHING: Reply = { do: "nothing" };
/** Counted in no limit: whoever is told so may ask again as soon as the store is back. */
const UNAVAILABLE: Reply = { do: "answer", answer: { ok: false, error: "unavailable" }, andClose: true };
const MINUTE_S = 60;

/** One socket's part: it becomes a host or a viewer, and says what that allows. Messages must come one at a time. */
export class Conversation {
  private readonly exchange: Exchange;
  private readonly socket: string;
  private readonly address: string;
  private readonly joins: TokenBucket;
  private readonly missed = new Set<string>();
  private seat: Seat = { kind: "none" };

  constructor(exchange: Exchange, socket: string, address: string) {
    this.exchange = exchange;
    this.socket = socket;
    this.address = address;
    const joins = exchange.limits.joinsPerSocketPerMinute;
    this.joins = new TokenBucket(joins / MINUTE_S, joins, performance.now());
  }

  /** The room in which this socket is. */
  get room(): string | undefined {
    return this.seat.kind === "none" ? undefined : this.seat.room;
  }

  /** Hosts may say more, as they talk with all their viewers over one socket. */
  get isHost(): boolean {
    return this.seat.kind === "host";
  }

  async take(message: ClientMessage): Promise<Reply> {
    switch (message.event) {
      case "room.open":
        return this.open(message.request);
      case "room.join":
        return this.join(message.request);
      case "room.dismiss":
        return this.dismiss(message.request.viewer);
      case "room.ice":
        return this.iceFor(message.request.viewer);
      case "room.relay":
        return this.relay();
      case "signal":
        return this.signal(message.request);
      case "mjpeg.publish":
        return this.publish(message.request.token);
      case "mjpeg.revoke":
        return this.revoke(message.request.token);
    }
  }

  /** The socket is gone. */
  async end(): Promise<void> {
    const { seat } = this;
    this.seat = { kind: "none" };
    if (seat.kind === "host") seat.release();
    if (seat.kind !== "none") await this.change(seat.room, (room) => leaveRoom(room, this.socket, Date.now()));
  }

  private async open(request: { room?: string | undefined; ownerToken: string }): Promise<Reply> {
    const { seat } = this;
    if (seat.kind === "viewer") return refuse("bad-request");
    if (seat.kind === "host" && seat.room !== request.room) return refuse("too-many");
    if (!this.exchange.isStoreThere()) return UNAVAILABLE;
    if (seat.kind === "none" && !(await this.exchange.throttle.mayOpenRoom(this.address))) return refuse("too-many");
    const ownerHash = hashOf(request.ownerToken);
    const numbers = request.room === undefined ? roomNumbers(randomInt) : [request.room];
    for (const number of numbers) {
      const asked = { number, socket: this.socket, ownerHash };
      const { answer } = await this.change(number, (room) => openRoom(room, asked));
      if (answer.ok) {
        const release = seat.kind === "host" ? seat.release : this.exchange.throttle.hosting(this.address);
        this.seat = { kind: "host", room: number, release };
        return { do: "answer", answer: { ...answer, stunPort: this.exchange.ice.stunPort } };
      }
    }
    return refuse(request.room === undefined ? "busy" : "room-taken");
  }

  private async join(request: { room: string; nonce: Uint8Array }): Promise<Reply> {
    const { exchange, address, seat } = this;
    if (seat.kind === "host") return refuse("bad-request");
    if (!exchange.isStoreThere()) return UNAVAILABLE;
    if (!this.joins.take(1, performance.now())) return refuse("too-many");
    if (!(await exchange.throttle.mayJoin(address))) return refuse("too-many");
    if (seat.kind === "viewer" && seat.room !== request.room) await this.end();
    const asked = { socket: this.socket, nonce: request.nonce, from: address };
    const { answer } = await this.change(request.room, (room) => joinRoom(room, asked, exchange.limits.viewersPerRoom));
    if (answer.ok) {
      this.seat = { kind: "viewer", room: request.room };
    } else if (answer.error === "no-such-room") {
      await exchange.throttle.missedRoom(address, request.room);
      this.missed.add(request.room);
      return { do: "answer", answer, andClose: this.missed.size >= exchange.limits.unknownRoomsPerSocket };
    }
    return { do: "answer", answer };
  }

  private async dismiss(viewer: string): Promise<Reply> {
    const { seat } = this;
    if (seat.kind === "host") await this.change(seat.room, (room) => dismissViewer(room, this.socket, viewer));
    return NOTHING;
  }

  private async iceFor(viewer: string): Promise<Reply> {
    const { exchange, seat } = this;
    if (seat.kind !== "host") return refuse("bad-request");
    if (!areTogether(await exchange.store.read(seat.room), this.socket, viewer)) return refuse("bad-request");
    if (!(await exchange.throttle.mayAskForIce(this.address))) return refuse("too-many");
    const oneEnd = () => iceServersFor(exchange.ice, seat.room, Date.now());
    return { do: "answer", answer: { ok: true, stunPort: exchange.ice.stunPort, host: oneEnd(), viewer: oneEnd() } };
  }

  private relay(): Reply {
    const { relay } = this.exchange;
    if (this.seat.kind !== "host") return refuse("bad-request");
    if (relay === undefined) return refuse("off");
    const tickets = issueTickets(relay.secret, this.seat.room, Date.now());
    return { do: "answer", answer: { ok: true, url: relay.url, ...tickets } };
  }

  private async signal(request: { peer: string; data: Uint8Array }): Promise<Reply> {
    if (this.seat.kind === "none") return NOTHING;
    const route = routeSignal(await this.exchange.store.read(this.seat.room), this.socket, request.peer);
    if (route !== undefined) {
      await this.exchange.tell(route.socket, { event: "signal", payload: { peer: route.as, data: request.data } });
    }
    return NOTHING;
  }

  private async publish(token: string): Promise<Reply> {
    const { streams } = this.exchange;
    if (this.seat.kind !== "host") return refuse("bad-request");
    if (streams === undefined) return refuse("off");
    const { room } = this.seat;
    const answer = streams.publish(room, token);
    const watchers = streams.watchers(room, token);
    // A host that came back does not know who kept watching.
    if (watchers > 0) await this.exchange.tell(this.socket, { event: "mjpeg.watch", payload: { token, watchers } });
    return { do: "answer", answer };
  }

  private async revoke(token: string): Promise<Reply> {
    if (this.seat.kind === "host") this.exchange.streams?.revoke(this.seat.room, token);
    return NOTHING;
  }

  private change<Answer>(number: string, decide: (room: Room | undefined) => Decision<Answer>) {
    return changeRoom(this.exchange, number, decide);
  }
}

/**
 * Writes what a decision makes of a room, then carries out its effects.
 * @throws StoreError, also when it is written and not everybody could be told
 */
export async function changeRoom<Answer>(
  exchange: Exchange,
  number: string,
  decide: (room: Room | undefined) => Decision<Answer>,
): Promise<Decision<Answer>> {
  const decision = await exchange.store.change(number, decide);
  // All are begun, in order, also when one fails.
  await Promise.all(decision.effects.map((effect) => carryOut(exchange, number, effect)));
  return decision;
}

async function carryOut(exchange: Exchange, number: string, effect: RoomEffect): Promise<void> {
  switch (effect.do) {
    case "tell":
      return exchange.tell(effect.socket, effect.notice);
    case "disconnect":
      return exchange.disconnect(effect.socket);
    case "end-pictures":
      exchange.streams?.endRoom(number);
  }
}

/** Whether this is the host of the open room: nobody else has its owner token. */
export async function ownsRoom(
  exchange: Exchange,
  claim: { readonly room: string; readonly ownerToken: string },
): Promise<boolean> {
  const room = await exchange.store.read(claim.room);
  return room?.state === "open" && room.ownerHash === hashOf(claim.ownerToken);
}

/** What the server keeps of an owner token: whoever reads the store cannot take a room over. */
const hashOf = (ownerToken: string): string => createHash("sha256").update(ownerToken).digest("hex");

const refuse = (error: SignalingError): Reply => ({ do: "answer", answer: { ok: false, error } });
