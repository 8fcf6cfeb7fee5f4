import { z } from "zod";

/* What the benchmark asks of its painter process, and what it answers: one message each, by Node's channel to a child. */

const period = z.number().positive();
const count = z.number().int().positive();
const seed = z.number().int();
const each = { count, periodMs: period, seed };

/** What is on the shared display; a job for it comes while it is open. */
const open = z.strictObject({ job: z.literal("open"), scene: z.enum(["spots", "video", "terminal"]) });
const close = z.strictObject({ job: z.literal("close") });
const spots = z.strictObject({ job: z.literal("spots"), ...each, lastLimitMs: period });
const video = z.strictObject({ job: z.literal("video"), seconds: period, framesPerSecond: period });
/** Nothing moves for so long; then the picture on both displays is compared. */
const rest = z.strictObject({ job: z.literal("rest"), restMs: period });
const type = z.strictObject({ job: z.literal("type"), ...each });

export const jobSchema = z.discriminatedUnion("job", [open, close, spots, video, rest, type]);
export type Job = z.infer<typeof jobSchema>;

const latencies = z.array(z.number()).readonly();

export const resultSchemas = {
  open: z.null(),
  close: z.null(),
  spots: z.strictObject({ latenciesMs: latencies, neverSeen: z.number() }),
  video: z.strictObject({
    painted: z.number(),
    delivered: z.number(),
    seconds: z.number(),
    latenciesMs: latencies,
    movingPsnrDb: latencies,
  }),
  rest: z.strictObject({ psnrDb: z.number() }),
  type: z.strictObject({ characters: z.number() }),
} as const;

export type ResultOf<Name extends Job["job"]> = z.infer<(typeof resultSchemas)[Name]>;

/** The painter is ready for its first job; the last job's result; or why it could not be done. */
export const answerSchema = z.union([
  z.strictObject({ ready: z.literal(true) }),
  z.strictObject({ result: z.unknown() }),
  z.strictObject({ failed: z.string() }),
]);
export type Answer = z.infer<typeof answerSchema>;
