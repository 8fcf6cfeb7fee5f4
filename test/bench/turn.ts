import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { stopProcess } from "../support/x-server.ts";
import { type Cost, type Memory, measureCost, memoryNow } from "./cost.ts";
import type { ResultOf, SceneName } from "./painter/jobs.ts";
import { monotonicMs } from "./painter/sampling.ts";
import { CONNECT_LIMIT_MS, onScenes, SETTLE_MS, untilShown, whileRunning } from "./showing.ts";
import type { Stage } from "./stage.ts";
import type { RunningSubject, Subject } from "./subject.ts";

/** Updates of a scene come so many milliseconds apart: a quick typist, a wheel, a hand at 30 a second, a film. */
export const PERIODS_MS = { typing: 125, scroll: 67, drag: 33, video: 33 } as const;
/** A text that is written while a video runs below it. */
const BUSY_TYPING_PERIOD_MS = 250;

/** In the order of the table. "first": the page is opened. "busy": typing while a video runs. */
export const SCENARIOS = ["typing", "scroll", "drag", "video", "busy", "click", "idle", "first"] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** How much of everything one turn has. */
export type Lengths = { readonly seconds: number; readonly clicks: number; readonly idleSeconds: number };

type Played = ResultOf<"play">[number];

/** What was measured of one product in one turn; only what was asked for. */
export type Turn = {
  readonly cost: Partial<Record<Scenario, Cost>>;
  /** While all rested before the scenario, and again after it. */
  readonly memory: Partial<Record<Scenario, { readonly before: Memory; readonly after: Memory }>>;
  /** "busy": the text that was typed while the video ran. */
  readonly played: Partial<Record<Scenario, Played>>;
  readonly rest: Partial<Record<Scenario, ResultOf<"rest">>>;
  readonly clicks: ResultOf<"click"> | undefined;
  /** From when the browser was told to open the page until the whole desktop was seen in it. */
  readonly wholeAfterMs: number | undefined;
};

const MAIN = fileURLToPath(new URL("main.mjs", import.meta.url));
const LAST_LIMIT_MS = 2000;
const REST_LIMIT_MS = 3000;

/** One product, from its start to its end, through the scenarios that are wanted. */
export async function measureTurn(
  stage: Stage,
  subject: Subject,
  plan: { readonly scenarios: readonly Scenario[]; readonly lengths: Lengths; readonly seed: number },
): Promise<Turn> {
  return await whileRunning(stage, subject, async (running) => {
    const turn = new MeasuredTurn(stage, running, plan.lengths, plan.seed);
    const further: ChildProcess[] = [];
    try {
      if (plan.scenarios.includes("first")) await turn.measureFirst();
      else await stage.browser.open(running.url);
      await untilShown(stage, subject.name, plan.seed);
      while (further.length < subject.furtherViewers) further.push(await startFurtherViewer(stage, running.url));
      for (const scenario of SCENARIOS) if (plan.scenarios.includes(scenario)) await turn.measure(scenario);
      return turn;
    } finally {
      await Promise.all(further.map(stopProcess));
    }
  });
}

class MeasuredTurn implements Turn {
  readonly cost: Partial<Record<Scenario, Cost>> = {};
  readonly memory: Partial<Record<Scenario, { readonly before: Memory; readonly after: Memory }>> = {};
  readonly played: Partial<Record<Scenario, Played>> = {};
  readonly rest: Partial<Record<Scenario, ResultOf<"rest">>> = {};
  clicks: ResultOf<"click"> | undefined;
  wholeAfterMs: number | undefined;
  private readonly stage: Stage;
  private readonly running: RunningSubject;
  private readonly lengths: Lengths;
  private readonly seed: number;

  constructor(stage: Stage, running: RunningSubject, lengths: Lengths, seed: number) {
    this.stage = stage;
    this.running = running;
    this.lengths = lengths;
    this.seed = seed;
  }

  /** Opens the page, while a desktop with a picture and a window of text is shared. */
  async measureFirst(): Promise<void> {
    await onScenes(this.stage, ["drag"], this.seed, async () => {
      const { result, cost } = await measureCost(this.stage, this.running, async () => {
        const fromMs = monotonicMs();
        const watched = this.stage.painter.do({ job: "whole", limitMs: CONNECT_LIMIT_MS });
        await this.stage.browser.open(this.running.url);
        const { seenAtMs } = await watched;
        return seenAtMs && seenAtMs - fromMs;
      });
      this.cost.first = cost;
      this.wholeAfterMs = result;
    });
  }

  async measure(scenario: Scenario): Promise<void> {
    switch (scenario) {
      case "typing":
      case "scroll":
      case "drag":
      case "video": {
        const [played] = await this.play(scenario, [[scenario, PERIODS_MS[scenario]]]);
        if (played !== undefined) this.played[scenario] = played;
        return;
      }
      case "busy": {
        const [, typed] = await this.play(scenario, [
          ["video", PERIODS_MS.video],
          ["typing-below-video", BUSY_TYPING_PERIOD_MS],
        ]);
        if (typed !== undefined) this.played.busy = typed;
        return;
      }
      case "click": {
        const wish = { count: this.lengths.clicks, seed: this.seed };
        await this.on(scenario, ["clicks"], async () => {
          this.clicks = await this.during(scenario, () => this.stage.painter.do({ job: "click", ...wish }));
        });
        return;
      }
      case "idle":
        await this.on(scenario, ["typing"], () => this.during(scenario, () => pause(this.lengths.idleSeconds * 1000)));
        return;
      case "first":
        // Measured when the page was opened.
        return;
    }
  }

  private async play(
    scenario: Scenario,
    parts: readonly (readonly [scene: SceneName, periodMs: number])[],
  ): Promise<ResultOf<"play">> {
    const { painter } = this.stage;
    const scenes = parts.map(([scene]) => scene);
    const tracks = parts.map(([, periodMs]) => ({
      periodMs,
      count: Math.round((this.lengths.seconds * 1000) / periodMs),
    }));
    return await this.on(scenario, scenes, async () => {
      const wish = { tracks, lastLimitMs: LAST_LIMIT_MS };
      const played = await this.during(scenario, () => painter.do({ job: "play", ...wish }));
      if (scenario !== "typing" && scenario !== "busy")
        this.rest[scenario] = await painter.do({ job: "rest", limitMs: REST_LIMIT_MS });
      // What a film takes is asked about once it is over.
      if (scenario === "video") await pause(SETTLE_MS);
      return played;
    });
  }

  private async on<T>(scenario: Scenario, scenes: SceneName[], act: () => Promise<T>): Promise<T> {
    return await onScenes(this.stage, scenes, this.seed, async () => {
      const before = memoryNow(this.stage, this.running);
      const result = await act();
      this.memory[scenario] = { before, after: memoryNow(this.stage, this.running) };
      return result;
    });
  }

  private async during<T>(scenario: Scenario, act: () => Promise<T>): Promise<T> {
    const { result, cost } = await measureCost(this.stage, this.running, act);
    this.cost[scenario] = cost;
    return result;
  }
}

/** In the viewer's network; resolves when it has been sent a picture. */
async function startFurtherViewer(stage: Stage, url: string): Promise<ChildProcess> {
  const [enter = "", ...words] = stage.network.enter;
  const child = spawn(enter, [...words, process.execPath, MAIN, "further-viewer.ts", url], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  try {
    await once(child.stdout, "data", { signal: AbortSignal.timeout(CONNECT_LIMIT_MS) });
    return child;
  } catch (error) {
    await stopProcess(child);
    throw new Error("A further viewer was sent no picture.", { cause: error });
  }
}
