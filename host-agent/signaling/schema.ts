import { z } from "zod";
import {
  type IceServer,
  MAX_RELAY_URL_BYTES,
  MAX_ROOM_VIEWERS,
  type OpenAnswer,
  RELAY_TICKET_PATTERN,
  RELAY_URL_PATTERN,
  SIGNALING_ERRORS,
} from "../../protocol/signaling.ts";
import { iceServersSaid } from "../ice-servers.ts";

/*
 * What a server says to a host. Types are not validation: it is parsed here before anybody sees it.
 */

export type ServerIce = {
  /** UDP port of the server's own STUN. */
  readonly stunPort: number | undefined;
  readonly host: readonly IceServer[];
  readonly viewer: readonly IceServer[];
};

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);
export const knockSchema = z.strictObject({ viewer: z.string(), nonce: bytes, from: z.string() });
export const signalSchema = z.strictObject({ peer: z.string(), data: bytes });
export const leftSchema = z.strictObject({ viewer: z.string() });
const port = z.number().int().min(1).max(65_535);
/** A viewer is named by its socket's id, a few dozen characters at most. */
const MAX_VIEWER_NAME = 64;
const openSchema = z.discriminatedUnion("ok", [
  z.object({
    ok: z.literal(true),
    room: z.string(),
    stunPort: port.optional(),
    viewers: z.array(z.string().min(1).max(MAX_VIEWER_NAME)).max(MAX_ROOM_VIEWERS).optional(),
  }),
  z.object({ ok: z.literal(false), error: z.enum(SIGNALING_ERRORS) }),
]) satisfies z.ZodType<OpenAnswer>;
const iceSchema = z.object({
  ok: z.literal(true),
  stunPort: port.optional(),
  host: iceServersSaid,
  viewer: iceServersSaid,
});
const ticket = z.string().regex(RELAY_TICKET_PATTERN);
const relaySchema = z.object({
  ok: z.literal(true),
  /** This end connects there, and so does the viewer. */
  url: z.string().max(MAX_RELAY_URL_BYTES).regex(RELAY_URL_PATTERN).refine(URL.canParse).optional(),
  host: ticket,
  viewer: ticket,
});
const publishSchema = z.object({ ok: z.literal(true) });
export const watchSchema = z.strictObject({ token: z.string(), watchers: z.number().int().min(0) });

/** @throws z.ZodError for what is no answer to `room.open` */
export const readOpen = (answer: unknown): OpenAnswer => openSchema.parse(answer);

/** The answer to `room.ice`; undefined: a refusal, or none at all. */
export function readIce(answer: unknown): ServerIce | undefined {
  const { data } = iceSchema.safeParse(answer);
  return data === undefined ? undefined : { stunPort: data.stunPort, host: data.host, viewer: data.viewer };
}

/** The answer to `room.relay`; undefined: a refusal, or none at all. */
export function readRelay(answer: unknown): z.infer<typeof relaySchema> | undefined {
  return relaySchema.safeParse(answer).data;
}

/** Whether an answer to `mjpeg.publish` is a yes; a refusal, or none at all, is not. */
export const readPublish = (answer: unknown): boolean => publishSchema.safeParse(answer).success;
