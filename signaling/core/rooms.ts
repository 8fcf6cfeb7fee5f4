import {
  type JoinAnswer,
  type OpenAnswer,
  ROOM_GRACE_MS,
  type ServerToClientEvents,
  type SignalingError,
} from "../../protocol/signaling.ts";
import { ROOM_NUMBER_REST_MS } from "./limits.ts";

/**
 * One room, as far as the server knows it. Sockets go by their names (socket-name.ts); a viewer's id towards the
 * host is its socket's name. No record at all: the number is free.
 */
export type Room =
  /** The host's socket is here. */
  | { readonly state: "open"; readonly ownerHash: string; readonly host: string; readonly viewers: readonly string[] }
  /** The host's socket is gone; it may come back until then. */
  | {
      readonly state: "orphaned";
      readonly ownerHash: string;
      readonly viewers: readonly string[];
      readonly untilMs: number;
    }
  /** The room is over and its number not given to anybody but its owner until then. */
  | { readonly state: "resting"; readonly ownerHash: string; readonly untilMs: number };

/** An event for one socket. */
export type Notice = {
  [Event in keyof ServerToClientEvents]: {
    readonly event: Event;
    readonly payload: Parameters<ServerToClientEvents[Event]>[0];
  };
}[keyof ServerToClientEvents];

export type RoomEffect =
  | { readonly do: "tell"; readonly socket: string; readonly notice: Notice }
  /** Another socket has shown the owner's token: this one is a connection that died without a word. */
  | { readonly do: "disconnect"; readonly socket: string }
  /** The room is over: nothing of it may be seen any more. */
  | { readonly do: "end-pictures" };

/** What becomes of the room, who is told, and what the asker is answered. */
export type Decision<Answer> = {
  readonly room: Room | undefined;
  readonly effects: readonly RoomEffect[];
  readonly answer: Answer;
};

/** When this room needs `expireRoom`, or undefined while its host is here. */
export const roomDeadlineMs = (room: Room): number | undefined => (room.state === "open" ? undefined : room.untilMs);

/**
 * A host takes a number: a free one, or its own again. Whoever shows the owner token is the host, so that a host whose
 * old connection is not yet known to be dead is not shut out of its own room.
 * @param ownerHash a hash of a random token of 128 bits or more: comparing it needs no constant time
 */
export function openRoom(
  room: Room | undefined,
  request: { readonly number: string; readonly socket: string; readonly ownerHash: string },
): Decision<OpenAnswer> {
  if (room !== undefined && room.ownerHash !== request.ownerHash) return refused(room, "room-taken");
  const viewers = room === undefined || room.state === "resting" ? [] : room.viewers;
  const isHere = room?.state === "open" && room.host === request.socket;
  // Who only asks whether its room is still there is no news to anybody.
  const effects: RoomEffect[] = isHere ? [] : viewers.map((viewer) => tell(viewer, "room.host", { present: true }));
  if (room?.state === "open" && !isHere) effects.push({ do: "disconnect", socket: room.host });
  return {
    room: { state: "open", ownerHash: request.ownerHash, host: request.socket, viewers },
    effects,
    answer: { ok: true, room: request.number, viewers },
  };
}

/** A viewer knocks. Every knock starts a new meeting, also when the viewer has one already. */
export function joinRoom(
  room: Room | undefined,
  request: { readonly socket: string; readonly nonce: Uint8Array; readonly from: string },
  viewersPerRoom: number,
): Decision<JoinAnswer> {
  // One answer for a room that never was and for a host that is away: nobody learns which numbers are in use.
  if (room?.state !== "open") return refused(room, "no-such-room");
  const others = room.viewers.filter((viewer) => viewer !== request.socket);
  if (others.length >= viewersPerRoom) return refused(room, "busy");
  const knock = { viewer: request.socket, nonce: request.nonce, from: request.from };
  return {
    room: { ...room, viewers: [...others, request.socket] },
    effects: [tell(room.host, "room.knock", knock)],
    answer: { ok: true },
  };
}

/** Whom a signal reaches, as what the sender appears there; undefined: nobody. Changes nothing. */
export function routeSignal(
  room: Room | undefined,
  from: string,
  peer: string,
): { readonly socket: string; readonly as: string } | undefined {
  if (room?.state !== "open") return undefined;
  if (from === room.host) return room.viewers.includes(peer) ? { socket: peer, as: "host" } : undefined;
  return peer === "host" && room.viewers.includes(from) ? { socket: room.host, as: from } : undefined;
}

/** Whether this socket is the room's host, here with that viewer. */
export const areTogether = (room: Room | undefined, host: string, viewer: string): boolean =>
  room?.state === "open" && room.host === host && room.viewers.includes(viewer);

/** The host ends the meeting with one viewer. */
export function dismissViewer(room: Room | undefined, host: string, viewer: string): Decision<void> {
  if (room?.state !== "open" || room.host !== host) return unchanged(room);
  return { room: { ...room, viewers: room.viewers.filter((one) => one !== viewer) }, effects: [], answer: undefined };
}

/** A socket is gone, or a viewer went to another room. */
export const leaveRoom = (room: Room | undefined, socket: string, nowMs: number): Decision<void> =>
  departFrom(room, (one) => one === socket, nowMs);

/** Sockets are gone: one, or all of a server that is not there any more. */
export function departFrom(room: Room | undefined, isGone: (socket: string) => boolean, nowMs: number): Decision<void> {
  if (room === undefined || room.state === "resting") return unchanged(room);
  const viewers = room.viewers.filter((viewer) => !isGone(viewer));
  if (room.state === "open" && isGone(room.host)) {
    return {
      room: { state: "orphaned", ownerHash: room.ownerHash, viewers, untilMs: nowMs + ROOM_GRACE_MS },
      effects: viewers.map((viewer) => tell(viewer, "room.host", { present: false })),
      answer: undefined,
    };
  }
  const left = room.viewers.filter(isGone);
  if (left.length === 0) return unchanged(room);
  return {
    room: { ...room, viewers },
    effects: room.state === "open" ? left.map((viewer) => tell(room.host, "room.left", { viewer })) : [],
    answer: undefined,
  };
}

/** The sockets that a room names. */
export function socketsIn(room: Room | undefined): readonly string[] {
  if (room === undefined || room.state === "resting") return [];
  return room.state === "open" ? [room.host, ...room.viewers] : room.viewers;
}

/** Time has passed: an orphaned room ends, a rested number becomes free. Without effect before the deadline. */
export function expireRoom(room: Room | undefined, nowMs: number): Decision<void> {
  if (room === undefined || room.state === "open" || nowMs < room.untilMs) return unchanged(room);
  if (room.state === "resting") return { room: undefined, effects: [], answer: undefined };
  return {
    room: { state: "resting", ownerHash: room.ownerHash, untilMs: room.untilMs + ROOM_NUMBER_REST_MS },
    effects: [{ do: "end-pictures" }],
    answer: undefined,
  };
}

const unchanged = (room: Room | undefined): Decision<void> => ({ room, effects: [], answer: undefined });

const refused = (
  room: Room | undefined,
  error: SignalingError,
): Decision<{ readonly ok: false; readonly error: SignalingError }> => ({
  room,
  effects: [],
  answer: { ok: false, error },
});

function tell<Event extends Notice["event"]>(
  socket: string,
  event: Event,
  payload: Extract<Notice, { event: Event }>["payload"],
): RoomEffect {
  // The compiler does not see that event and payload of one generic call belong to the same case of the union.
  return { do: "tell", socket, notice: { event, payload } as Notice };
}
