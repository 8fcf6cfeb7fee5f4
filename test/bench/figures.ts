import type { Cost, Turn } from "./turn.ts";

/** One line of the table. */
export type Figure = {
  readonly label: string;
  readonly unit: string;
  /** undefined: nothing was seen that could be measured. */
  readonly of: (turns: readonly Turn[]) => number | undefined;
};

type Scenario = keyof Turn;

const costOf = (turn: Turn, scenario: Scenario): Cost => (scenario === "idle" ? turn.idle : turn[scenario].cost);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function total(turns: readonly Turn[], scenario: Scenario, what: keyof Cost): number {
  return sum(turns.map((turn) => costOf(turn, scenario)[what]));
}

/** The value below which this share of all values lies; of few values the next higher one. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
}

const perMinute = (scenario: Scenario, label: string, what: keyof Cost): Figure => ({
  label: `${scenario}: ${label}`,
  unit: "s/min",
  of: (turns) => (60 * total(turns, scenario, what)) / total(turns, scenario, "seconds"),
});

const latency = (scenario: "spots" | "video", label: string, share: number): Figure => ({
  label,
  unit: "ms",
  of: (turns) =>
    percentile(
      turns.flatMap((turn) => turn[scenario].latenciesMs),
      share,
    ),
});

const mean = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : sum(values) / values.length;

export const FIGURES: readonly Figure[] = [
  latency("spots", "20x20 change: until seen, p50", 0.5),
  latency("spots", "20x20 change: until seen, p99", 0.99),
  { label: "20x20 change: never seen", unit: "", of: (turns) => sum(turns.map((turn) => turn.spots.neverSeen)) },
  {
    label: "20x20 change: to the viewer, each",
    unit: "B",
    of: (turns) =>
      total(turns, "spots", "toViewerBytes") /
      sum(turns.map(({ spots }) => spots.latenciesMs.length + spots.neverSeen)),
  },
  perMinute("spots", "host CPU", "hostCpuSeconds"),
  {
    label: "typing: to the viewer, each character",
    unit: "B",
    of: (turns) => total(turns, "typing", "toViewerBytes") / sum(turns.map((turn) => turn.typing.characters)),
  },
  {
    label: "typing: both ways, each character",
    unit: "B",
    of: (turns) =>
      (total(turns, "typing", "toViewerBytes") + total(turns, "typing", "toHostBytes")) /
      sum(turns.map((turn) => turn.typing.characters)),
  },
  perMinute("typing", "host CPU", "hostCpuSeconds"),
  perMinute("typing", "viewer CPU", "viewerCpuSeconds"),
  perMinute("typing", "X server CPU", "xServerCpuSeconds"),
  {
    label: "video: delivered whole, of 30 a second",
    unit: "fps",
    of: (turns) => sum(turns.map((turn) => turn.video.delivered)) / sum(turns.map((turn) => turn.video.seconds)),
  },
  latency("video", "video: until seen, p50", 0.5),
  latency("video", "video: until seen, p99", 0.99),
  {
    label: "video: to the viewer",
    unit: "Mbit/s",
    of: (turns) => (total(turns, "video", "toViewerBytes") * 8) / 1e6 / total(turns, "video", "seconds"),
  },
  { label: "video: PSNR moving", unit: "dB", of: (turns) => mean(turns.flatMap((turn) => turn.video.movingPsnrDb)) },
  {
    label: "video: PSNR 1 s after (99: exact)",
    unit: "dB",
    of: (turns) => mean(turns.map((turn) => turn.rest.psnrDb)),
  },
  perMinute("video", "host CPU", "hostCpuSeconds"),
  perMinute("video", "viewer CPU", "viewerCpuSeconds"),
  perMinute("video", "X server CPU", "xServerCpuSeconds"),
  perMinute("idle", "host CPU", "hostCpuSeconds"),
  {
    label: "idle: both ways",
    unit: "B/s",
    of: (turns) =>
      (total(turns, "idle", "toViewerBytes") + total(turns, "idle", "toHostBytes")) / total(turns, "idle", "seconds"),
  },
];
