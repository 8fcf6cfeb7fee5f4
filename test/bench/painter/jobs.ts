import { z } from "zod";

/* What the benchmark asks of its painter process, and what it answers: one message each, by Node's channel to a child. */

const count = z.number().int().positive();
const milliseconds = z.number().positive();
const seed = z.number().int();

const sceneName = z.enum(["spots", "typing", "scroll", "drag", "video", "typing-below-video", "clicks"]);
export type SceneName = z.infer<typeof sceneName>;

/** What is on the shared display; the jobs for it come while it is open. */
const open = z.strictObject({ job: z.literal("open"), scenes: z.array(sceneName).min(1), seed });
const close = z.strictObject({ job: z.literal("close") });
/** One track for each open scene, in the same order; all are painted at the same time. */
const tracks = z.array(z.strictObject({ count, periodMs: milliseconds })).min(1);
const play = z.strictObject({ job: z.literal("play"), tracks, lastLimitMs: milliseconds });
/** Somebody else paints numbers at this place. */
const watch = z.strictObject({ job: z.literal("watch"), x: z.number(), y: z.number(), forMs: milliseconds });
/** Nothing is painted any more; the picture of the first open scene is compared on both displays, or all but the margins. */
const rest = z.strictObject({ job: z.literal("rest"), limitMs: milliseconds });
/** What the shared display shows is looked for on the viewer's, all over it. */
const whole = z.strictObject({ job: z.literal("whole"), limitMs: milliseconds });
const click = z.strictObject({ job: z.literal("click"), count, seed });

export const jobSchema = z.discriminatedUnion("job", [open, close, play, watch, rest, whole, click]);
export type Job = z.infer<typeof jobSchema>;

const numbers = z.array(z.number()).readonly();

const watched = z.strictObject({
  painted: z.number(),
  delivered: z.number(),
  neverSeen: z.number(),
  latenciesMs: numbers,
  lastPaintedMs: z.number(),
});
const playedTrack = watched.extend({ movingPsnrDb: numbers, stillPsnrDb: numbers });

export const resultSchemas = {
  open: z.null(),
  close: z.null(),
  play: z.array(playedTrack),
  watch: watched,
  rest: z.strictObject({ exactAfterMs: z.number().exactOptional(), psnrDb: z.number() }),
  /** On the clock that all processes share, CLOCK_MONOTONIC. */
  whole: z.strictObject({ seenAtMs: z.number().exactOptional() }),
  click: z.strictObject({ latenciesMs: numbers, neverSeen: z.number() }),
} as const;

export type ResultOf<Name extends Job["job"]> = z.infer<(typeof resultSchemas)[Name]>;

/** The painter is ready for its first job; the last job's result; or why it could not be done. */
export const answerSchema = z.union([
  z.strictObject({ ready: z.literal(true) }),
  z.strictObject({ result: z.unknown() }),
  z.strictObject({ failed: z.string() }),
]);
export type Answer = z.infer<typeof answerSchema>;
