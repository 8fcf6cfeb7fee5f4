import * as z from "zod/mini";

/*
 * What the approval page tells the host: one JSON object per POST. The words are those of the host's own commands; a
 * field too many is refused like a field too few, because no page of ours sends it.
 */

export const MAX_COMMAND_BYTES = 1024;

const viewer = z.string().check(z.minLength(1), z.maxLength(128));

const pageCommand = z.discriminatedUnion("command", [
  z.strictObject({
    command: z.literal("approve"),
    viewer,
    role: z.enum(["view", "control"]),
    /** Accepts that the picture can be read on its way. */
    mjpeg: z.optional(z.boolean()),
  }),
  z.strictObject({ command: z.enum(["deny", "grant", "revoke", "kick"]), viewer }),
  z.strictObject({ command: z.enum(["pause", "resume", "invite", "stop"]) }),
]);

export type PageCommand = z.infer<typeof pageCommand>;

/** Undefined: not a command. */
export function readPageCommand(value: unknown): PageCommand | undefined {
  return pageCommand.safeParse(value).data;
}
