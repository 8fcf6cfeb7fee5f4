import { z } from "zod";

/* What the benchmark asks of its painter process, and what it answers: one message each, by Node's channel to a child. */

const period = z.number().positive();
const count = z.number().int().positive();
const seed = z.number().int();

const spots = z.strictObject({ job: z.literal("spots"), count, periodMs: period, lastLimitMs: period, seed });
const video = z.strictObject({ job: z.literal("video"), seconds: period, framesPerSecond: period, restMs: period });
const openTerminal = z.strictObject({ job: z.literal("open-terminal") });
const type = z.strictObject({ job: z.literal("type"), count, periodMs: period, seed });
const closeTerminal = z.strictObject({ job: z.literal("close-terminal") });

export const jobSchema = z.discriminatedUnion("job", [spots, video, openTerminal, type, closeTerminal]);
export type Job = z.infer<typeof jobSchema>;

const latencies = z.array(z.number()).readonly();

export const resultSchemas = {
  spots: z.strictObject({ latenciesMs: latencies, neverSeen: z.number() }),
  video: z.strictObject({
    painted: z.number(),
    delivered: z.number(),
    seconds: z.number(),
    latenciesMs: latencies,
    movingPsnrDb: latencies,
    restPsnrDb: z.number(),
  }),
  "open-terminal": z.null(),
  type: z.strictObject({ characters: z.number() }),
  "close-terminal": z.null(),
} as const;

export type ResultOf<Name extends Job["job"]> = z.infer<(typeof resultSchemas)[Name]>;

/** The painter is ready for its first job, or the last one could not be done. */
export const answerSchema = z.union([
  z.strictObject({ ready: z.literal(true) }),
  z.strictObject({ result: z.unknown() }),
  z.strictObject({ failed: z.string() }),
]);
export type Answer = z.infer<typeof answerSchema>;
