import { setTimeout as pause } from "node:timers/promises";

import { type Cost, measureCost } from "../cost.ts";
import type { ResultOf } from "../painter/jobs.ts";
import { untilQuiet, untilShown, whileRunning } from "../showing.ts";
import type { Stage } from "../stage.ts";
import type { Subject } from "../subject.ts";
import type { DeskBrowser } from "./desk-browser.ts";
import type { AppName } from "./names.ts";

/** After an app has begun: what it shows first is no part of what is measured. */
const BEGIN_MS = 1500;
/** For what is still on its way when it has ended. */
const LAST_MS = 100;
const REST_LIMIT_MS = 3000;

export type AppRun = {
  readonly cost: Cost;
  readonly watched: ResultOf<"watch">;
  readonly rest: ResultOf<"rest">;
};
/** What was measured of one product in one turn. */
export type AppsTurn = Partial<Record<AppName, AppRun>>;

/** One product, from its start to its end, through these apps. */
export async function measureApps(
  stage: Stage,
  desk: DeskBrowser,
  subject: Subject,
  plan: { readonly apps: readonly AppName[]; readonly seconds: number; readonly seed: number },
): Promise<AppsTurn> {
  return await whileRunning(stage, subject, async (running) => {
    await stage.browser.open(running.url);
    await untilShown(stage, subject.name, plan.seed);
    const turn: AppsTurn = {};
    for (const app of plan.apps) {
      await desk.play(app);
      await pause(BEGIN_MS);
      const watching = stage.painter.do({ job: "watch", ...desk.stamp, forMs: plan.seconds * 1000 + LAST_MS });
      const { cost } = await measureCost(stage, running, () => pause(plan.seconds * 1000));
      await desk.halt();
      const watched = await watching;
      turn[app] = { cost, watched, rest: await stage.painter.do({ job: "rest", limitMs: REST_LIMIT_MS }) };
      await untilQuiet(stage);
    }
    return turn;
  });
}
