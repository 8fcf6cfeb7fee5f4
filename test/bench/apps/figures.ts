import { type Figure, percentile } from "../figures.ts";
import type { AppRun, AppsTurn } from "./apps-turn.ts";
import type { AppName } from "./names.ts";

/** What is in the table of each app. */
const FIGURES: readonly (readonly [label: string, unit: string, of: (run: AppRun) => number | undefined])[] = [
  ["seen after, p50", "ms", ({ watched }) => percentile(watched.latenciesMs, 0.5)],
  ["seen after, p95", "ms", ({ watched }) => percentile(watched.latenciesMs, 0.95)],
  ["painted", "a second", ({ watched, cost }) => watched.painted / cost.seconds],
  ["delivered", "a second", ({ watched, cost }) => watched.delivered / cost.seconds],
  ["to the viewer", "Mbit/s", ({ cost }) => (cost.toViewerBytes * 8) / 1e6 / cost.seconds],
  ["host CPU", "%", ({ cost }) => (100 * cost.hostCpuSeconds) / cost.seconds],
  ["viewer CPU", "%", ({ cost }) => (100 * cost.viewerCpuSeconds) / cost.seconds],
  ["exact after the end", "ms", ({ rest }) => rest.exactAfterMs],
];

export const figuresOfApp = (app: AppName): readonly Figure<AppsTurn>[] =>
  FIGURES.map(([label, unit, of]) => ({
    label,
    unit,
    of: ({ [app]: run }) => run && of(run),
  }));
