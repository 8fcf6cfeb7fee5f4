import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import type { SceneName } from "./painter/jobs.ts";
import type { Stage } from "./stage.ts";
import type { RunningSubject, Subject } from "./subject.ts";

const FAILURE_PICTURE = fileURLToPath(new URL("../../bench-results/not-shown.png", import.meta.url));
export const CONNECT_LIMIT_MS = 20_000;
const PROBE_SPOTS = 8;
const PROBE_PERIOD_MS = 100;
/** A new scene is on the viewer's display when hardly anything is sent any more: sooner on a cable than on a slow line. */
export const SETTLE_MS = 1000;
const QUIET_BYTES = 1500;
const QUIET_MS = 250;
const QUIET_LIMIT_MS = 10_000;

/** A product from its start to its end. `act` opens the page. */
export async function whileRunning<T>(
  stage: Stage,
  subject: Subject,
  act: (running: RunningSubject) => Promise<T>,
): Promise<T> {
  const running = await subject.start(stage.sharedDisplay, stage.network.hostAddress);
  try {
    return await act(running);
  } finally {
    // The page first: its reconnecting would meet the next product.
    await stage.browser.leave();
    await running.stop();
  }
}

/** Changes all over the display must show, each pixel at its own place: what is measured depends on it. */
export async function untilShown(stage: Stage, name: string, seed: number): Promise<void> {
  await stage.painter.do({ job: "open", scenes: ["spots"], seed });
  const tracks = [{ count: PROBE_SPOTS, periodMs: PROBE_PERIOD_MS }];
  const [spots] = await stage.painter.do({ job: "play", tracks, lastLimitMs: CONNECT_LIMIT_MS });
  const isShown = spots?.neverSeen === 0;
  if (!isShown) await stage.saveViewerPicture(FAILURE_PICTURE);
  await stage.painter.do({ job: "close" });
  if (isShown) return;
  throw new Error(
    `${name}: ${spots?.neverSeen} of ${PROBE_SPOTS} changes never appeared in the browser at their place within ` +
      `${CONNECT_LIMIT_MS / 1000} s. It did not connect, or it does not show the shared display pixel by pixel. ` +
      `What the viewer's display showed: ${FAILURE_PICTURE}`,
  );
}

/** @param act while these are on both displays, and nothing moves yet */
export async function onScenes<T>(stage: Stage, scenes: SceneName[], seed: number, act: () => Promise<T>): Promise<T> {
  await stage.painter.do({ job: "open", scenes, seed });
  await pause(SETTLE_MS);
  await untilQuiet(stage);
  const result = await act();
  await stage.painter.do({ job: "close" });
  return result;
}

export async function untilQuiet({ network }: Stage): Promise<void> {
  const endMs = performance.now() + QUIET_LIMIT_MS;
  for (let before = Number.NEGATIVE_INFINITY; performance.now() < endMs; ) {
    const { toViewerBytes } = network.traffic();
    if (toViewerBytes - before < QUIET_BYTES) return;
    before = toViewerBytes;
    await pause(QUIET_MS);
  }
}
