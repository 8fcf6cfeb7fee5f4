import { MAX_FRAME_BYTES } from "../../protocol/signaling.ts";

/**
 * How much one stranger may take. Figures per address may be raised where many honest people share one (an office
 * behind one NAT, a test suite); an address is an IPv4 address or an IPv6 /64, since one household owns a whole /64.
 */
export type Limits = {
  readonly connectionsPerAddressPerMinute: number;
  readonly openConnectionsPerAddress: number;
  readonly roomOpensPerAddressPerMinute: number;
  readonly roomsPerAddress: number;
  readonly joinsPerAddressPerMinute: number;
  readonly unknownRoomsPerAddressPerMinute: number;
  /** The first block; each further one within a day is twice as long. */
  readonly unknownRoomBlockMs: number;
  readonly iceAsksPerAddressPerMinute: number;
  readonly joinsPerSocketPerMinute: number;
  readonly unknownRoomsPerSocket: number;
  readonly viewerMessagesPerSecond: number;
  readonly viewerMessageBurst: number;
  readonly hostMessagesPerSecond: number;
  readonly hostMessageBurst: number;
  readonly bytesPerSecond: number;
  readonly byteBurst: number;
  readonly pictureBytesPerSecond: number;
  readonly pictureByteBurst: number;
  /** Sealed pictures of one room through this server, over all its viewers. */
  readonly relayBytesPerSecond: number;
  readonly relayByteBurst: number;
  readonly malformedPerSocket: number;
  readonly viewersPerRoom: number;
  readonly tokensPerRoom: number;
  readonly relaysPerRoom: number;
  readonly watchersPerToken: number;
  readonly openConnections: number;
};

/** The room's host talks with all its viewers over one socket: a viewer's share times this. */
const VIEWERS_AT_ONCE = 8;

export const DEFAULT_LIMITS: Limits = {
  // A viewer needs one connection and a host two, and each one more for a relay; a page reloaded every few seconds still gets through.
  connectionsPerAddressPerMinute: 30,
  openConnectionsPerAddress: 50,
  // A host opens once and again after each lost connection.
  roomOpensPerAddressPerMinute: 10,
  roomsPerAddress: 5,
  // A person types; a viewer that comes back by itself waits longer each time.
  joinsPerAddressPerMinute: 20,
  // Room numbers are short and public: this is what makes trying all of them slow. Asking for the same one again
  // teaches nothing new and is not counted.
  unknownRoomsPerAddressPerMinute: 5,
  unknownRoomBlockMs: 15 * 60_000,
  // Once for each viewer, and again when it comes back; each answer is a way through the TURN server for two.
  iceAsksPerAddressPerMinute: 30,
  joinsPerSocketPerMinute: 5,
  unknownRoomsPerSocket: 3,
  // Input that travels through this server is batched to 30 messages a second; heartbeats and receipts come on top.
  viewerMessagesPerSecond: 50,
  viewerMessageBurst: 100,
  hostMessagesPerSecond: 50 * VIEWERS_AT_ONCE,
  hostMessageBurst: 100 * VIEWERS_AT_ONCE,
  bytesPerSecond: 256 * 1024,
  byteBurst: 512 * 1024,
  // Pictures are paced by their answers; this only stops a sender that ignores them. 64 MiB/s is a large JPEG picture
  // (1 MiB) at 60 frames a second.
  pictureBytesPerSecond: 64 * 1024 * 1024,
  pictureByteBurst: Math.max(64 * 1024 * 1024, 2 * MAX_FRAME_BYTES),
  // 16 Mbit/s. Measured at 1080p: scrolling text takes 0.5 MB/s, video in a window of 1280x720 0.8, a photo that changes
  // all the time 1.4, as much as each takes over a data channel. Above it a host is held back, below nobody notices.
  relayBytesPerSecond: 2 * 1024 * 1024,
  // A whole picture at once, also a large one.
  relayByteBurst: 4 * 1024 * 1024,
  // An honest client sends none; a newer one may send a few events this server does not know.
  malformedPerSocket: 20,
  // Strangers who have not proved anything count too, so it stands well above what a host can serve.
  viewersPerRoom: 32,
  tokensPerRoom: 40,
  // Each viewer one in use, and another while it comes back.
  relaysPerRoom: 40,
  // Each slow watcher holds at most one frame: this times MAX_FRAME_BYTES bounds what a token can cost.
  watchersPerToken: 8,
  // 20,000 rooms of a host and a viewer; about 20 KiB each.
  openConnections: 40_000,
};

/** A packet costs at least this much of the byte allowance, so that a stream of empty packets is bounded too. */
export const PACKET_FLOOR_BYTES = 256;

/**
 * What may wait for one connection that is slow to read: the bursts of eight viewers to one host. Whoever is further
 * behind is cut off.
 */
export const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/**
 * What may wait for a relay's viewer before pictures are dropped: control records of the same pipe stand behind it. A host
 * that heeds the acks (protocol/signaling.ts) stays below.
 */
export const RELAY_WAITING_BYTES = 64 * 1024;
/** Control records are never dropped: an end of a relay that does not even read those is cut off here. */
export const MAX_RELAY_WAITING_BYTES = 1024 * 1024;

/** A number stays unused this long after its room, so that an old link or code does not lead to a stranger. */
export const ROOM_NUMBER_REST_MS = 24 * 60 * 60_000;
