import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";

import { stopProcess } from "../support/x-server.ts";
import type { ResultOf, SceneName } from "./painter/jobs.ts";
import { cpuSeconds, treeCpuSeconds } from "./process-tree.ts";
import type { Stage } from "./stage.ts";
import type { RunningSubject, Subject } from "./subjects.ts";

/** Updates of a scene come so many milliseconds apart: a quick typist, a wheel, a hand at 30 a second, a film. */
export const PERIODS_MS = { typing: 125, scroll: 67, drag: 33, video: 33 } as const;
/** A text that is written while a video runs below it. */
const BUSY_TYPING_PERIOD_MS = 250;

export const SCENARIOS = ["typing", "scroll", "drag", "video", "busy", "click", "idle"] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** How much of everything one turn has. */
export type Lengths = { readonly seconds: number; readonly clicks: number; readonly idleSeconds: number };

/** What a scenario cost while it ran. Processor time in seconds, one core's second being one. */
export type Cost = {
  readonly seconds: number;
  readonly hostCpuSeconds: number;
  readonly viewerCpuSeconds: number;
  readonly xServerCpuSeconds: number;
  /** IP bytes, headers included. */
  readonly toViewerBytes: number;
  readonly toHostBytes: number;
  /** How long packets to the viewer waited for a slow line; undefined on a cable. */
  readonly queueP95Ms: number | undefined;
};

type Played = ResultOf<"play">[number];

/** What was measured of one product in one turn; only what was asked for. */
export type Turn = {
  readonly cost: Partial<Record<Scenario, Cost>>;
  /** "busy": the text that was typed while the video ran. */
  readonly played: Partial<Record<Scenario, Played>>;
  readonly rest: Partial<Record<Scenario, ResultOf<"rest">>>;
  readonly clicks: ResultOf<"click"> | undefined;
};

const MAIN = fileURLToPath(new URL("main.mjs", import.meta.url));
const FAILURE_PICTURE = fileURLToPath(new URL("../../bench-results/not-shown.png", import.meta.url));
const CONNECT_LIMIT_MS = 20_000;
const LAST_LIMIT_MS = 2000;
const PROBE_SPOTS = 8;
const PROBE_PERIOD_MS = 100;
/** A new scene is on the viewer's display when hardly anything is sent any more: sooner on a cable than on a slow line. */
const SETTLE_MS = 1000;
const QUIET_BYTES = 1500;
const QUIET_MS = 250;
const QUIET_LIMIT_MS = 10_000;
const REST_LIMIT_MS = 3000;

/** One product, from its start to its end, through the scenarios that are wanted. */
export async function measureTurn(
  stage: Stage,
  page: Page,
  subject: Subject,
  plan: { readonly scenarios: readonly Scenario[]; readonly lengths: Lengths; readonly seed: number },
): Promise<Turn> {
  const running = await subject.start(stage.sharedDisplay, stage.network.hostAddress);
  const further: ChildProcess[] = [];
  try {
    await page.goto(running.url);
    await untilShown(stage, page, subject.name, plan.seed);
    while (further.length < subject.furtherViewers) further.push(await startFurtherViewer(stage, running.url));
    const turn = new MeasuredTurn(stage, running, plan.lengths, plan.seed);
    for (const scenario of SCENARIOS) if (plan.scenarios.includes(scenario)) await turn.measure(scenario);
    return turn;
  } finally {
    // The page first: its reconnecting would meet the next product. When the browser is gone it is away already.
    await page.goto("about:blank").catch(() => {});
    await Promise.all(further.map(stopProcess));
    await running.stop();
  }
}

class MeasuredTurn implements Turn {
  readonly cost: Partial<Record<Scenario, Cost>> = {};
  readonly played: Partial<Record<Scenario, Played>> = {};
  readonly rest: Partial<Record<Scenario, ResultOf<"rest">>> = {};
  clicks: ResultOf<"click"> | undefined;
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
        await this.onScenes(["clicks"], async () => {
          this.clicks = await this.during("click", () => this.stage.painter.do({ job: "click", ...wish }));
        });
        return;
      }
      case "idle":
        await this.onScenes(["typing"], () => this.during("idle", () => pause(this.lengths.idleSeconds * 1000)));
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
    return await this.onScenes(scenes, async () => {
      const wish = { tracks, lastLimitMs: LAST_LIMIT_MS };
      const played = await this.during(scenario, () => painter.do({ job: "play", ...wish }));
      if (scenario !== "typing" && scenario !== "busy")
        this.rest[scenario] = await painter.do({ job: "rest", limitMs: REST_LIMIT_MS });
      return played;
    });
  }

  private async onScenes<T>(scenes: SceneName[], act: () => Promise<T>): Promise<T> {
    const { painter } = this.stage;
    await painter.do({ job: "open", scenes, seed: this.seed });
    await pause(SETTLE_MS);
    await untilQuiet(this.stage);
    const result = await act();
    await painter.do({ job: "close" });
    return result;
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

/** Changes all over the display must show, each pixel at its own place: what is measured depends on it. */
async function untilShown(stage: Stage, page: Page, name: string, seed: number): Promise<void> {
  await stage.painter.do({ job: "open", scenes: ["spots"], seed });
  const tracks = [{ count: PROBE_SPOTS, periodMs: PROBE_PERIOD_MS }];
  const [spots] = await stage.painter.do({ job: "play", tracks, lastLimitMs: CONNECT_LIMIT_MS });
  const isShown = spots?.neverSeen === 0;
  if (!isShown) await page.screenshot({ path: FAILURE_PICTURE });
  await stage.painter.do({ job: "close" });
  if (isShown) return;
  throw new Error(
    `${name}: ${spots?.neverSeen} of ${PROBE_SPOTS} changes never appeared in the browser at their place within ` +
      `${CONNECT_LIMIT_MS / 1000} s. It did not connect, or it does not show the shared display pixel by pixel. ` +
      `What the page showed: ${FAILURE_PICTURE}`,
  );
}

async function untilQuiet({ network }: Stage): Promise<void> {
  const endMs = performance.now() + QUIET_LIMIT_MS;
  for (let before = Number.NEGATIVE_INFINITY; performance.now() < endMs; ) {
    const { toViewerBytes } = network.traffic();
    if (toViewerBytes - before < QUIET_BYTES) return;
    before = toViewerBytes;
    await pause(QUIET_MS);
  }
}

async function measureCost<T>(
  stage: Stage,
  running: RunningSubject,
  act: () => Promise<T>,
): Promise<{ readonly result: T; readonly cost: Cost }> {
  const viewerPids = stage.network.processIds();
  const read = () => ({
    ms: performance.now(),
    host: treeCpuSeconds(running.processIds),
    viewer: cpuSeconds(viewerPids),
    xServer: cpuSeconds([stage.sharedServerPid]),
    traffic: stage.network.traffic(),
  });
  await stage.network.queueP95Ms();
  const before = read();
  const result = await act();
  const after = read();
  const queueP95Ms = await stage.network.queueP95Ms();
  return {
    result,
    cost: {
      seconds: (after.ms - before.ms) / 1000,
      hostCpuSeconds: after.host - before.host,
      viewerCpuSeconds: after.viewer - before.viewer,
      xServerCpuSeconds: after.xServer - before.xServer,
      toViewerBytes: after.traffic.toViewerBytes - before.traffic.toViewerBytes,
      toHostBytes: after.traffic.toHostBytes - before.traffic.toHostBytes,
      queueP95Ms,
    },
  };
}
