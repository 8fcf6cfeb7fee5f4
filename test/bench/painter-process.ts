import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { stopProcess } from "../support/x-server.ts";
import { answerSchema, type Job, type ResultOf, resultSchemas } from "./painter/jobs.ts";

/** Beyond the longest job. */
const ANSWER_LIMIT_MS = 120_000;

export type Painter = {
  readonly pid: number;
  do<Name extends Job["job"]>(job: Extract<Job, { job: Name }>): Promise<ResultOf<Name>>;
  stop(): Promise<void>;
};

/** Starts the process that paints and measures; done when it is ready. */
export async function startPainter(where: {
  readonly sharedDisplay: string;
  readonly viewerDisplay: string;
  readonly sharedFolder: string;
  readonly viewerFolder: string;
}): Promise<Painter> {
  const main = fileURLToPath(new URL("main.mjs", import.meta.url));
  const args = ["painter/painter.ts", where.sharedDisplay, where.viewerDisplay, where.sharedFolder, where.viewerFolder];
  const child = fork(main, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const answer = async (to: string) => {
    const ended = new AbortController();
    const onExit = () => ended.abort();
    child.once("exit", onExit);
    const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(ANSWER_LIMIT_MS)]);
    const [message] = await once(child, "message", { signal })
      .catch(() => {
        throw new Error(`The painter gave no answer to ${to}: it ${ended.signal.aborted ? "ended" : "is silent"}.`);
      })
      .finally(() => child.off("exit", onExit));
    const parsed = answerSchema.parse(message);
    if ("failed" in parsed) throw new Error(`The painter failed at ${to}: ${parsed.failed}`);
    return parsed;
  };
  await answer("its start");
  if (child.pid === undefined) throw new Error("The painter has no process.");
  return {
    pid: child.pid,
    do: async (job) => {
      const heard = answer(job.job);
      child.send(job);
      const message = await heard;
      const result = resultSchemas[job.job].parse("result" in message ? message.result : undefined);
      // The job's name has picked the schema, which the compiler cannot follow through a parameter.
      return result as ResultOf<typeof job.job>;
    },
    stop: () => stopProcess(child),
  };
}
