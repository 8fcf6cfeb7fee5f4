/*
 * What host, viewer and signaling server say to each other over socket.io (websocket transport only).
 * The server brokers the meeting by room number and carries opaque signals; it never learns what is in them.
 *
 * host                              server                              viewer
 *   room.open {room?, ownerToken} ->  ack {room, viewers}
 *                                     <- room.join {room, nonce}        ack ok | refused
 *   room.knock {viewer, nonce, from} <-
 *   signal {peer: viewer, data}  ->                                     -> signal {peer: 'host', data}
 *   signal {peer: viewer, data}  <-   <- signal {peer: 'host', data}
 *   room.left {viewer}           <-   (the viewer's socket is gone)
 *                                     (the host's socket is gone or back) -> room.host {present}
 *   mjpeg.publish {token}        ->   ack ok: /mjpeg/TOKEN answers from now on
 *   mjpeg.revoke {token}         ->
 *   mjpeg.watch {token, watchers} <-  (how many are looking: frames are wanted only above 0)
 *   room.ice {viewer}            ->   ack: STUN and TURN servers for the two ends, with passwords that end soon
 *   room.relay {}                ->   ack: where a relay is, and a ticket to it for each of two ends
 *
 * Frames go over a second socket.io endpoint (PICTURES_PATH) with a larger message limit. Its connection carries
 * `auth: PicturesAuth`: everybody who watches knows the token, but only the room's host may say what is seen there.
 *   frame {token, jpeg} -> ack: send the next one (so at most one frame per token is under way)
 *
 * Sealed records go over a third one (RELAY_PATH), here or on a process of its own that knows of rooms only what is on the
 * tickets. Each end connects with `auth: RelayAuth`, the viewer with the ticket that its host handed on, sealed; when both are
 * there each hears `open`, and when one goes the other's connection ends.
 *   record (bytes)              ->     -> record (bytes)      both ways, in order
 *   record (bytes), with an ack ->     a picture (crypto/record.ts): the ack comes when the viewer's connection has taken
 *                                      it, and the host waits for it before it sends much more
 * Pictures of a host that does not wait are dropped, oldest first; control records never are.
 *
 * Unknown room and absent host look the same to a viewer.
 */
export const SIGNALING_PATH = "/signaling";
export const PICTURES_PATH = "/pictures";
export const RELAY_PATH = "/relay";
export const MJPEG_PREFIX = "/mjpeg/";

export const MAX_SIGNAL_BYTES = 24 * 1024;
export const MAX_SIGNALING_MESSAGE_BYTES = 32 * 1024;
export const MAX_FRAME_BYTES = 8 * 1024 * 1024;
export const NONCE_BYTES = 16;
/** A host is told of no more; servers let far fewer into one room (signaling/core/limits.ts). */
export const MAX_ROOM_VIEWERS = 256;
/** Where a relay of its own is: scheme, name or address, port, and the path it lives below. */
export const RELAY_URL_PATTERN = /^https?:\/\/(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?(\/[A-Za-z0-9._~-]+)*$/;
export const MAX_RELAY_URL_BYTES = 200;
/** What is inside is between the servers (signaling/relay-ticket.ts). */
export const RELAY_TICKET_PATTERN = /^[A-Za-z0-9._-]{16,128}$/;
/** A room outlives its host's socket by this long; the host returns with its owner token. */
export const ROOM_GRACE_MS = 60_000;

export type OpenAnswer =
  | {
      ok: true;
      room: string;
      /** Where the server itself answers STUN, so that the host knows before anybody comes how the world sees it. */
      stunPort?: number | undefined;
      /**
       * Who is in the room when it is opened: of those a returning host knew, whoever is not here has left meanwhile, and nobody
       * told it. Nobody is, after a restart of the server. Missing: a server that does not say.
       */
      viewers?: readonly string[] | undefined;
    }
  | { ok: false; error: SignalingError };
export type JoinAnswer = { ok: true } | { ok: false; error: SignalingError };
export type PublishAnswer = { ok: true } | { ok: false; error: SignalingError };
export type FrameAnswer = { ok: boolean };

/**
 * What the two ends of one session may use to find a way to each other. Each end has its own set, whose TURN credentials
 * end when the server's operator says so (ten minutes unless told otherwise): an end that still needs TURN by then asks again.
 */
export type IceAnswer =
  | {
      readonly ok: true;
      /** UDP port on which this server itself answers STUN, under the name by which each end reaches it; missing: it does not. */
      readonly stunPort?: number | undefined;
      readonly host: readonly IceServer[];
      readonly viewer: readonly IceServer[];
    }
  | { readonly ok: false; readonly error: SignalingError };

/** Two tickets for one relay: each lets one end in once, within a minute. */
export type RelayAnswer =
  | {
      readonly ok: true;
      /** Missing: the relay is this very server, under the name by which each end reaches it. */
      readonly url?: string | undefined;
      readonly host: string;
      readonly viewer: string;
    }
  | { readonly ok: false; readonly error: SignalingError };

/**
 * Expected refusals. `no-such-room` also stands for a host that is away. `unavailable`: the server cannot reach what it shares
 * with others; the connection ends, and the same may be asked again.
 */
export type SignalingError = (typeof SIGNALING_ERRORS)[number];
export const SIGNALING_ERRORS = [
  "no-such-room",
  "room-taken",
  "busy",
  "bad-request",
  "too-many",
  "off",
  "unavailable",
] as const;

export interface ClientToServerEvents {
  "room.open": (
    request: { room?: string | undefined; ownerToken: string },
    answer: (answer: OpenAnswer) => void,
  ) => void;
  "room.join": (request: { room: string; nonce: Uint8Array }, answer: (answer: JoinAnswer) => void) => void;
  /** Host only: ends the meeting with one viewer. */
  "room.dismiss": (request: { viewer: string }) => void;
  /**
   * Host only, about a viewer that has proved the code: the server knows who is in the room, and only the host who of
   * them may cost the TURN server anything. A viewer that is not in the room (any more) is `bad-request`.
   */
  "room.ice": (request: { viewer: string }, answer: (answer: IceAnswer) => void) => void;
  /** Host only. The server may have none (`off`). */
  "room.relay": (request: Record<string, never>, answer: (answer: RelayAnswer) => void) => void;
  signal: (request: { peer: string; data: Uint8Array }) => void;
  "mjpeg.publish": (request: { token: string }, answer: (answer: PublishAnswer) => void) => void;
  "mjpeg.revoke": (request: { token: string }) => void;
}

export interface ServerToClientEvents {
  "room.knock": (event: { viewer: string; nonce: Uint8Array; from: string }) => void;
  "room.left": (event: { viewer: string }) => void;
  "room.host": (event: { present: boolean }) => void;
  "mjpeg.watch": (event: { token: string; watchers: number }) => void;
  signal: (event: { peer: string; data: Uint8Array }) => void;
}

/** What a host shows when it connects to PICTURES_PATH. Anything else is refused with connect_error `bad-request`. */
export type PicturesAuth = { readonly room: string; readonly ownerToken: string };

export interface PictureClientToServerEvents {
  frame: (request: { token: string; jpeg: Uint8Array }, answer: (answer: FrameAnswer) => void) => void;
}

/** What an end shows when it connects to RELAY_PATH. Otherwise it is refused with a `RelayRefusal` as connect_error. */
export type RelayAuth = { readonly ticket: string };

/**
 * `bad-ticket`: not made with this relay's secret. `untimely`: expired, or of a time to come. `used`: this end, or the whole
 * relay, was there already. `too-many`: the room has as many relays as it may.
 */
export type RelayRefusal = "bad-ticket" | "untimely" | "used" | "too-many";

export type RecordAnswer = { ok: boolean };

export interface RelayClientToServerEvents {
  record: (record: Uint8Array, answer?: (answer: RecordAnswer) => void) => void;
}

export interface RelayServerToClientEvents {
  /** Both ends are here. */
  open: () => void;
  record: (record: Uint8Array) => void;
}

/**
 * What the viewer's page may know of the server it came from: GET /config.json. Anybody can read it, so it never holds a
 * credential, nor a TURN server, which asks for one: those come from the host, sealed, after the proof (`room.ice`).
 */
export type ViewerConfig = {
  /** STUN only. */
  readonly iceServers: readonly IceServer[];
  /** UDP port on which this server itself answers STUN, under the name the page came from; missing: it does not. */
  readonly stunPort?: number | undefined;
  readonly mjpeg: boolean;
  readonly relay: boolean;
};

export type IceServer = {
  readonly urls: string | readonly string[];
  readonly username?: string;
  readonly credential?: string;
};
