import { setTimeout as pause } from "node:timers/promises";

import { type Memory, memoryNow } from "./cost.ts";
import { onScenes, SETTLE_MS, untilShown, whileRunning } from "./showing.ts";
import type { Stage } from "./stage.ts";
import type { Subject } from "./subject.ts";
import { PERIODS_MS } from "./turn.ts";

const MINUTE_MS = 60_000;
const LAST_LIMIT_MS = 2000;
const SEED = 1;

/** What was held after so many minutes of video, a second after the last picture. */
export type SoakMinute = Memory & {
  readonly minute: number;
  /** What scripts of the page hold, its workers left out, when all that is unused has been given back. */
  readonly pageHeapBytes: number;
  readonly delivered: number;
  readonly painted: number;
};

/** One product and a video, minute after minute. */
export async function soak(stage: Stage, subject: Subject, minutes: number): Promise<readonly SoakMinute[]> {
  return await whileRunning(stage, subject, async (running) => {
    await stage.browser.open(running.url);
    await untilShown(stage, subject.name, SEED);
    const pageHeapBytes = await stage.browser.countPageHeap();
    const heldAfter = async (minute: number, { delivered, painted }: { delivered: number; painted: number }) => ({
      ...memoryNow(stage, running),
      minute,
      pageHeapBytes: await pageHeapBytes(),
      delivered,
      painted,
    });
    return await onScenes(stage, ["video"], SEED, async () => {
      const held = [await heldAfter(0, { delivered: 0, painted: 0 })];
      const tracks = [{ count: Math.round(MINUTE_MS / PERIODS_MS.video), periodMs: PERIODS_MS.video }];
      for (let minute = 1; minute <= minutes; minute += 1) {
        const [video] = await stage.painter.do({ job: "play", tracks, lastLimitMs: LAST_LIMIT_MS });
        if (video === undefined) throw new Error("unreachable");
        await pause(SETTLE_MS);
        held.push(await heldAfter(minute, video));
        process.stderr.write(`bench: minute ${minute} of ${minutes} …\n`);
      }
      return held;
    });
  });
}

/** Markdown: a row for each minute, and what has come on top since the first: until then buffers are made. */
export function soakTable(minutes: readonly SoakMinute[]): string {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  const columns = ["hostBytes", "viewerBytes", "pageHeapBytes"] as const;
  const [, first] = minutes;
  const last = minutes.at(-1);
  const rows = minutes.map((one) => [
    String(one.minute),
    ...columns.map((column) => megabytes(one[column])),
    one.painted === 0 ? "–" : `${one.delivered} of ${one.painted}`,
  ]);
  const growth =
    first === undefined || last === undefined || first === last
      ? []
      : [["since 1", ...columns.map((column) => megabytes(last[column] - first[column])), ""]];
  const head = ["minute", "host, MB", "viewer, MB", "page's heap, MB", "delivered"];
  return [head, head.map(() => "--:"), ...rows, ...growth].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
