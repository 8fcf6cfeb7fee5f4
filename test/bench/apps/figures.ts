import { hostCpuPercent, toViewerMbps, viewerCpuPercent } from "../cost.ts";
import { type Figure, percentile } from "../figures.ts";
import type { AppRun, AppsTurn } from "./apps-turn.ts";
import type { AppName } from "./names.ts";

/** What is in the table of each app. */
const FIGURES: readonly (readonly [label: string, unit: string, of: (run: AppRun) => number | undefined])[] = [
  ["seen after, p50", "ms", ({ watched }) => percentile(watched.latenciesMs, 0.5)],
  ["seen after, p95", "ms", ({ watched }) => percentile(watched.latenciesMs, 0.95)],
  ["painted", "a second", ({ watched, cost }) => watched.painted / cost.seconds],
  ["delivered", "a second", ({ watched, cost }) => watched.delivered / cost.seconds],
  ["to the viewer", "Mbit/s", ({ cost }) => toViewerMbps(cost)],
  ["host CPU", "%", ({ cost }) => hostCpuPercent(cost)],
  ["viewer CPU", "%", ({ cost }) => viewerCpuPercent(cost)],
  ["exact after the end", "ms", ({ rest }) => rest.exactAfterMs],
];

export const figuresOfApp = (app: AppName): readonly Figure<AppsTurn>[] =>
  FIGURES.map(([label, unit, of]) => ({
    label,
    unit,
    of: ({ [app]: run }) => run && of(run),
  }));
