import * as z from "zod/mini";

/*
 * What the host tells its approval page: each message of the event stream is one whole PageView as JSON, so that a page
 * that was opened late or lost a message needs nothing else. Names come from strangers; the host made them plain text.
 */

const question = z.object({
  /** `admit`: wants to be let in. `control`: is in, and wants keyboard and mouse. `continue`: has been in for long. */
  kind: z.enum(["admit", "control", "continue"]),
  viewer: z.string(),
  name: z.string(),
  /** The address the server reports; may be empty. */
  from: z.string(),
  /** False: only a picture that others can read on its way is possible. */
  sealed: z.boolean(),
  /** Left when the message was sent; silence is a refusal after `timeoutMs`. */
  remainingMs: z.number(),
  timeoutMs: z.number(),
});

const seat = z.object({
  viewer: z.string(),
  name: z.string(),
  from: z.string(),
  role: z.enum(["view", "control"]),
  /** How the picture travels, in words. */
  connection: z.string(),
  sealed: z.boolean(),
});

const notice = z.object({ level: z.enum(["info", "warning", "error"]), text: z.string() });

const pageView = z.discriminatedUnion("at", [
  z.object({ at: z.literal("starting"), notices: z.array(notice) }),
  z.object({
    at: z.literal("sharing"),
    /** What is shared, in words. */
    shared: z.string(),
    invitation: z.object({
      link: z.string(),
      /** In groups, as people read it aloud. */
      code: z.string(),
      /** Where the code is typed. */
      server: z.string(),
      /** Why there is a fresh one, or how long this one is good. */
      note: z.string(),
      /** How far the link reaches. */
      reach: z.string(),
    }),
    /** Who is let in, and as what. */
    rights: z.string(),
    /** False: sharing was started so that nobody gets control. */
    mayControl: z.boolean(),
    paused: z.boolean(),
    /** The oldest first. */
    questions: z.array(question),
    seats: z.array(seat),
    /** The newest last. */
    notices: z.array(notice),
  }),
  z.object({ at: z.literal("ended"), why: z.string() }),
]);

export type PageView = z.infer<typeof pageView>;
export type PageQuestion = z.infer<typeof question>;
export type PageSeat = z.infer<typeof seat>;
export type PageNotice = z.infer<typeof notice>;

/** Undefined: not a message of this version. */
export function readPageView(value: unknown): PageView | undefined {
  return pageView.safeParse(value).data;
}
