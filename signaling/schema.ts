import { z } from "zod";
import { MAX_RECORD_BYTES } from "../protocol/pipe.ts";
import {
  type ClientToServerEvents,
  MAX_FRAME_BYTES,
  MAX_SIGNAL_BYTES,
  NONCE_BYTES,
  type PictureClientToServerEvents,
  type PicturesAuth,
  RELAY_TICKET_PATTERN,
  type RelayAuth,
  type RelayClientToServerEvents,
} from "../protocol/signaling.ts";
import { ROOM_NUMBER_PATTERN } from "./core/room-number.ts";

/*
 * Types are not validation: everything a socket sends is parsed here, and held to the types of protocol/signaling.ts.
 */
type MessagesOf<Events extends { [Event in keyof Events]: (request: never, ...answer: never[]) => void }> = {
  [Event in keyof Events]: { readonly event: Event; readonly request: Parameters<Events[Event]>[0] };
}[keyof Events];

/** One event of a socket, told apart by its name. */
export type ClientMessage = MessagesOf<ClientToServerEvents>;
export type PictureMessage = MessagesOf<PictureClientToServerEvents>;
export type RelayMessage = MessagesOf<RelayClientToServerEvents>;

const room = z.string().regex(ROOM_NUMBER_PATTERN);
/** 128 random bits or more, as hexadecimal or base64url. */
const token = z.string().regex(/^[A-Za-z0-9_-]{22,64}$/);
const peer = z.string().min(1).max(64);
const bytes = (least: number, most: number) =>
  z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length >= least && value.length <= most);

const clientMessage = z.discriminatedUnion("event", [
  z.strictObject({
    event: z.literal("room.open"),
    request: z.strictObject({ room: room.optional(), ownerToken: token }),
  }),
  z.strictObject({
    event: z.literal("room.join"),
    // A number that cannot exist is simply not there: a person who mistyped is told so, not that the page is broken.
    request: z.strictObject({ room: z.string().max(16), nonce: bytes(NONCE_BYTES, NONCE_BYTES) }),
  }),
  z.strictObject({ event: z.literal("room.dismiss"), request: z.strictObject({ viewer: peer }) }),
  z.strictObject({ event: z.literal("room.ice"), request: z.strictObject({ viewer: peer }) }),
  z.strictObject({ event: z.literal("room.relay"), request: z.strictObject({}) }),
  z.strictObject({
    event: z.literal("signal"),
    request: z.strictObject({ peer, data: bytes(1, MAX_SIGNAL_BYTES) }),
  }),
  z.strictObject({ event: z.literal("mjpeg.publish"), request: z.strictObject({ token }) }),
  z.strictObject({ event: z.literal("mjpeg.revoke"), request: z.strictObject({ token }) }),
]) satisfies z.ZodType<ClientMessage>;

const pictureMessage = z.strictObject({
  event: z.literal("frame"),
  request: z.strictObject({ token, jpeg: bytes(1, MAX_FRAME_BYTES) }),
}) satisfies z.ZodType<PictureMessage>;

const relayMessage = z.strictObject({
  event: z.literal("record"),
  request: bytes(1, MAX_RECORD_BYTES),
}) satisfies z.ZodType<RelayMessage>;

const picturesAuth = z.strictObject({ room, ownerToken: token }) satisfies z.ZodType<PicturesAuth>;

const relayAuth = z.strictObject({
  ticket: z.string().regex(RELAY_TICKET_PATTERN),
}) satisfies z.ZodType<RelayAuth>;

/** What arrived: a message or nothing this server understands, and the way to answer if the sender waits for one. */
export type Arrival<Message> = {
  readonly message: Message | undefined;
  readonly answer: ((reply: object) => void) | undefined;
};

export const readClientMessage = (event: unknown, args: readonly unknown[]): Arrival<ClientMessage> =>
  read(clientMessage, event, args);

export const readPictureMessage = (event: unknown, args: readonly unknown[]): Arrival<PictureMessage> =>
  read(pictureMessage, event, args);

export const readRelayRecord = (event: unknown, args: readonly unknown[]): Arrival<RelayMessage> =>
  read(relayMessage, event, args);

export const readRelayAuth = (auth: unknown): RelayAuth | undefined => relayAuth.safeParse(auth).data;

export const readPicturesAuth = (auth: unknown): PicturesAuth | undefined => picturesAuth.safeParse(auth).data;

function read<Message>(schema: z.ZodType<Message>, event: unknown, args: readonly unknown[]): Arrival<Message> {
  // socket.io appends the function that answers, when the sender asked for an answer.
  const last = args.at(-1);
  const answer = typeof last === "function" ? (reply: object): void => void last(reply) : undefined;
  const [request, ...more] = answer === undefined ? args : args.slice(0, -1);
  const message = more.length === 0 ? schema.safeParse({ event, request }).data : undefined;
  return { message, answer };
}
