import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";

import type { ResultOf } from "./painter/jobs.ts";
import { cpuSeconds, treeCpuSeconds } from "./process-tree.ts";
import type { Stage } from "./stage.ts";
import type { RunningSubject, Subject } from "./subjects.ts";

/** How much of everything one turn has. */
export type Lengths = {
  readonly idleSeconds: number;
  readonly spots: number;
  readonly characters: number;
  readonly videoSeconds: number;
};

export const SPOT_PERIOD_MS = 125;
export const CHARACTER_PERIOD_MS = 125;
export const FRAMES_PER_SECOND = 30;

/** What a scenario cost while it ran. Processor time in seconds, one core's second being one. */
export type Cost = {
  readonly seconds: number;
  readonly hostCpuSeconds: number;
  readonly viewerCpuSeconds: number;
  readonly xServerCpuSeconds: number;
  readonly toViewerBytes: number;
  readonly toHostBytes: number;
};

export type Turn = {
  readonly idle: Cost;
  readonly spots: ResultOf<"spots"> & { readonly cost: Cost };
  readonly typing: ResultOf<"type"> & { readonly cost: Cost };
  readonly video: ResultOf<"video"> & { readonly cost: Cost };
  /** Right after the video: its last frame, standing still. */
  readonly rest: ResultOf<"rest"> & { readonly cost: Cost };
};

const FAILURE_PICTURE = fileURLToPath(new URL("../../bench-results/not-shown.png", import.meta.url));
const CONNECT_LIMIT_MS = 20_000;
const SEEN_LIMIT_MS = 2000;
const PROBE_SPOTS = 8;
const SETTLE_MS = 1500;
const REST_MS = 1000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** One product, from its start to its end, through all scenarios. */
export async function measureTurn(
  stage: Stage,
  page: Page,
  subject: Subject,
  lengths: Lengths,
  seed: number,
): Promise<Turn> {
  const running = await subject.start(stage.sharedDisplay, stage.network.hostAddress);
  try {
    await page.goto(running.url);
    await untilShown(stage, page, subject.name, seed);
    const { painter } = stage;
    const during = <T>(act: () => Promise<T>) => measureCost(stage, running, act);

    await painter.do({ job: "open", scene: "spots" });
    await pause(SETTLE_MS);
    const spotsWish = { count: lengths.spots, periodMs: SPOT_PERIOD_MS, lastLimitMs: SEEN_LIMIT_MS, seed };
    const spots = await during(() => painter.do({ job: "spots", ...spotsWish }));
    await painter.do({ job: "close" });

    await painter.do({ job: "open", scene: "video" });
    await pause(SETTLE_MS);
    const videoWish = { seconds: lengths.videoSeconds, framesPerSecond: FRAMES_PER_SECOND };
    const video = await during(() => painter.do({ job: "video", ...videoWish }));
    const rest = await during(() => painter.do({ job: "rest", restMs: REST_MS }));
    await painter.do({ job: "close" });

    await painter.do({ job: "open", scene: "terminal" });
    await pause(SETTLE_MS);
    const idle = await during(() => pause(lengths.idleSeconds * 1000));
    const typingWish = { count: lengths.characters, periodMs: CHARACTER_PERIOD_MS, seed };
    const typing = await during(() => painter.do({ job: "type", ...typingWish }));
    await painter.do({ job: "close" });

    return {
      idle: idle.cost,
      spots: { ...spots.result, cost: spots.cost },
      typing: { ...typing.result, cost: typing.cost },
      video: { ...video.result, cost: video.cost },
      rest: { ...rest.result, cost: rest.cost },
    };
  } finally {
    // The page first: its reconnecting would meet the next product. When the browser is gone it is away already.
    await page.goto("about:blank").catch(() => {});
    await running.stop();
  }
}

/** Changes all over the display must show, each pixel at its own place: what is measured depends on it. */
async function untilShown(stage: Stage, page: Page, name: string, seed: number): Promise<void> {
  const wish = { count: PROBE_SPOTS, periodMs: SPOT_PERIOD_MS, lastLimitMs: CONNECT_LIMIT_MS, seed: seed + 1 };
  await stage.painter.do({ job: "open", scene: "spots" });
  const { neverSeen } = await stage.painter.do({ job: "spots", ...wish });
  if (neverSeen > 0) await page.screenshot({ path: FAILURE_PICTURE });
  await stage.painter.do({ job: "close" });
  if (neverSeen === 0) return;
  const seconds = CONNECT_LIMIT_MS / 1000;
  throw new Error(
    `${name}: ${neverSeen} of ${PROBE_SPOTS} changes never appeared in the browser at their place within ${seconds} s. ` +
      `It did not connect, or it does not show the shared display pixel by pixel. What the page showed: ${FAILURE_PICTURE}`,
  );
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
  const before = read();
  const result = await act();
  const after = read();
  return {
    result,
    cost: {
      seconds: (after.ms - before.ms) / 1000,
      hostCpuSeconds: after.host - before.host,
      viewerCpuSeconds: after.viewer - before.viewer,
      xServerCpuSeconds: after.xServer - before.xServer,
      toViewerBytes: after.traffic.toViewerBytes - before.traffic.toViewerBytes,
      toHostBytes: after.traffic.toHostBytes - before.traffic.toHostBytes,
    },
  };
}
