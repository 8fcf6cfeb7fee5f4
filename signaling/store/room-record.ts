import { z } from "zod";
import type { Room } from "../core/rooms.ts";

/** A socket by its name (core/socket-name.ts). */
const socket = z.string().min(1).max(64);
const ownerHash = z.string().max(64);
const viewers = z.array(socket).max(1_024);
const untilMs = z.number().int();

const room = z.discriminatedUnion("state", [
  z.strictObject({ state: z.literal("open"), ownerHash, host: socket, viewers }),
  z.strictObject({ state: z.literal("orphaned"), ownerHash, viewers, untilMs }),
  z.strictObject({ state: z.literal("resting"), ownerHash, untilMs }),
]) satisfies z.ZodType<Room>;

/** A room as a shared store holds it. Nothing in it opens anything: names of sockets, and a hash of the owner token. */
export const writeRoom = (value: Room): string => JSON.stringify(value);

/** Undefined: whoever wrote this, it is no room. */
export function readRoom(text: string): Room | undefined {
  try {
    return room.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
