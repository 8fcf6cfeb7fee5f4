import { z } from "zod";
import { decodeBase64url } from "../../protocol/base64url.ts";
import { MAX_SIGNAL_BYTES, NONCE_BYTES } from "../../protocol/signaling.ts";
import type { Notice } from "../core/rooms.ts";

/** What one server asks another to do with one of the sockets there. */
export type Letter = { readonly socket: string } & (
  | { readonly do: "tell"; readonly notice: Notice }
  | { readonly do: "disconnect" }
);

const socket = z.string().min(1).max(64);
const bytes = (least: number, most: number) =>
  z.string().transform((text, context) => {
    const decoded = decodeBase64url(text);
    if (decoded !== undefined && decoded.length >= least && decoded.length <= most) return decoded;
    context.addIssue({ code: "custom", message: "not bytes" });
    return z.NEVER;
  });

const notice = z.discriminatedUnion("event", [
  z.strictObject({
    event: z.literal("room.knock"),
    payload: z.strictObject({ viewer: socket, nonce: bytes(NONCE_BYTES, NONCE_BYTES), from: z.string().max(256) }),
  }),
  z.strictObject({ event: z.literal("room.left"), payload: z.strictObject({ viewer: socket }) }),
  z.strictObject({ event: z.literal("room.host"), payload: z.strictObject({ present: z.boolean() }) }),
  z.strictObject({
    event: z.literal("mjpeg.watch"),
    payload: z.strictObject({ token: z.string().max(64), watchers: z.number().int().min(0) }),
  }),
  z.strictObject({
    event: z.literal("signal"),
    payload: z.strictObject({ peer: socket, data: bytes(1, MAX_SIGNAL_BYTES) }),
  }),
]) satisfies z.ZodType<Notice>;

const letter = z.discriminatedUnion("do", [
  z.strictObject({ do: z.literal("tell"), socket, notice }),
  z.strictObject({ do: z.literal("disconnect"), socket }),
]) satisfies z.ZodType<Letter>;

/** JSON, with bytes as base64url. */
export function writeLetter(value: Letter): string {
  // A function with a `this`, because a Buffer has turned itself into something else before it is handed over.
  return JSON.stringify(value, function (this: Readonly<Record<string, unknown>>, key: string, part: unknown) {
    const raw = this[key];
    return raw instanceof Uint8Array ? Buffer.from(raw).toString("base64url") : part;
  });
}

/** Undefined: whoever wrote this, it is no letter. */
export function readLetter(text: string): Letter | undefined {
  try {
    return letter.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
