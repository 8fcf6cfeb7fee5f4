import { cpuSeconds, treeCpuSeconds, treeProportionalBytes, treeResidentBytes } from "./process-tree.ts";
import type { Stage } from "./stage.ts";
import type { RunningSubject } from "./subject.ts";

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

export const hostCpuPercent = ({ hostCpuSeconds, seconds }: Cost): number => (100 * hostCpuSeconds) / seconds;
export const viewerCpuPercent = ({ viewerCpuSeconds, seconds }: Cost): number => (100 * viewerCpuSeconds) / seconds;
export const toViewerMbps = ({ toViewerBytes, seconds }: Cost): number => (toViewerBytes * 8) / 1e6 / seconds;

/** The host's processes by RSS, the browser's, which share most of theirs, by PSS. */
export type Memory = { readonly hostBytes: number; readonly viewerBytes: number };

export const memoryNow = (stage: Stage, running: RunningSubject): Memory => ({
  hostBytes: treeResidentBytes(running.processIds),
  viewerBytes: treeProportionalBytes(stage.network.processIds()),
});

export async function measureCost<T>(
  stage: Stage,
  running: RunningSubject,
  act: () => Promise<T>,
): Promise<{ readonly result: T; readonly cost: Cost }> {
  const viewerPids = stage.network.processIds();
  const read = () => ({
    ms: performance.now(),
    host: treeCpuSeconds(running.processIds),
    // With all below them: Firefox puts its pages into networks of their own.
    viewer: treeCpuSeconds(viewerPids),
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
