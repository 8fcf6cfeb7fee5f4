import { type Cost, hostCpuPercent, type Memory, toViewerMbps, viewerCpuPercent } from "./cost.ts";
import { PERIODS_MS, type Scenario, type Turn } from "./turn.ts";

/** One line of the table, of what was measured of a product in one turn. */
export type Figure<Measured = Turn> = {
  readonly label: string;
  readonly unit: string;
  /** undefined: nothing was seen that could be measured. */
  readonly of: (turn: Measured) => number | undefined;
};

/** The value below which this share of all values lies; of few values the next higher one. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
}

/** The middle one; of two in the middle their mean. */
export function median(values: readonly number[]): number | undefined {
  const [low, high] = [percentile(values, 0.5), percentile(values, 0.5 + 1e-9)];
  if (low === undefined || high === undefined) return undefined;
  return values.length % 2 === 1 ? low : (low + high) / 2;
}

const mean = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;

type Of = Figure["of"];
type Labelled = readonly [label: string, unit: string, of: Of];

const costing =
  (scenario: Scenario, of: (cost: Cost) => number | undefined): Of =>
  (turn) => {
    const cost = turn.cost[scenario];
    return cost === undefined ? undefined : of(cost);
  };

const seenAfter = (scenario: Scenario, share: number, name: string): Labelled => [
  `seen after, ${name}`,
  "ms",
  ({ played, clicks }) => percentile((scenario === "click" ? clicks : played[scenario])?.latenciesMs ?? [], share),
];
const delivered = (scenario: "scroll" | "drag" | "video"): Labelled => [
  `delivered, of ${Math.round(1000 / PERIODS_MS[scenario])} a second`,
  "",
  ({ played: { [scenario]: track } }) =>
    track && (track.delivered / track.painted) * Math.round(1000 / PERIODS_MS[scenario]),
];
const neverSeen = (scenario: Scenario): Labelled => [
  "never seen",
  "",
  ({ played, clicks }) => (scenario === "click" ? clicks : played[scenario])?.neverSeen,
];
const hostCpu = (scenario: Scenario): Labelled => ["host CPU", "%", costing(scenario, hostCpuPercent)];
const viewerCpu = (scenario: Scenario): Labelled => ["viewer CPU", "%", costing(scenario, viewerCpuPercent)];
const toViewer = (scenario: Scenario): Labelled => ["to the viewer", "Mbit/s", costing(scenario, toViewerMbps)];
const bytesEach = (scenario: "typing", label: string, of: (cost: Cost) => number): Labelled => [
  label,
  "B",
  (turn) => {
    const [track, cost] = [turn.played[scenario], turn.cost[scenario]];
    return track === undefined || cost === undefined ? undefined : of(cost) / track.painted;
  },
];
const sharpness = (scenario: "scroll" | "drag" | "video"): readonly Labelled[] => [
  ["PSNR moving", "dB", ({ played }) => mean(played[scenario]?.movingPsnrDb ?? [])],
  ["exact after the end", "ms", ({ rest }) => rest[scenario]?.exactAfterMs],
  ["PSNR at rest (99: exact)", "dB", ({ rest }) => rest[scenario]?.psnrDb],
];
const moving = (scenario: "scroll" | "drag" | "video"): readonly Labelled[] => [
  seenAfter(scenario, 0.5, "p50"),
  seenAfter(scenario, 0.99, "p99"),
  delivered(scenario),
  toViewer(scenario),
  hostCpu(scenario),
  viewerCpu(scenario),
  ...sharpness(scenario),
];

const ALL: Readonly<Record<Scenario, readonly Labelled[]>> = {
  typing: [
    seenAfter("typing", 0.5, "p50"),
    seenAfter("typing", 0.99, "p99"),
    neverSeen("typing"),
    bytesEach("typing", "to the viewer, each character", (cost) => cost.toViewerBytes),
    bytesEach("typing", "both ways, each character", (cost) => cost.toViewerBytes + cost.toHostBytes),
    hostCpu("typing"),
    viewerCpu("typing"),
  ],
  scroll: moving("scroll"),
  drag: moving("drag"),
  video: [
    ...moving("video"),
    ["PSNR of the text beside it", "dB", ({ played }) => mean(played.video?.stillPsnrDb ?? [])],
  ],
  busy: [
    seenAfter("busy", 0.5, "p50"),
    seenAfter("busy", 0.95, "p95"),
    seenAfter("busy", 0.99, "p99"),
    neverSeen("busy"),
    toViewer("busy"),
    ["packets wait for the line, p95", "ms", costing("busy", ({ queueP95Ms }) => queueP95Ms)],
  ],
  click: [seenAfter("click", 0.5, "p50"), seenAfter("click", 0.99, "p99"), neverSeen("click")],
  idle: [
    hostCpu("idle"),
    ["both ways", "B/s", costing("idle", (cost) => (cost.toViewerBytes + cost.toHostBytes) / cost.seconds)],
  ],
  first: [
    ["whole desktop seen after opening the page", "ms", ({ wholeAfterMs }) => wholeAfterMs],
    ["to the viewer until then", "MB", costing("first", (cost) => cost.toViewerBytes / 1e6)],
  ],
};

const asFigures = (labelled: readonly Labelled[]): readonly Figure[] =>
  labelled.map(([label, unit, of]) => ({ label, unit, of }));

export const figuresOf = (scenario: Scenario): readonly Figure[] => asFigures(ALL[scenario]);

/** What the programs hold after each of these scenarios, and what a film leaves behind. */
export function memoryFigures(scenarios: readonly Scenario[]): readonly Figure[] {
  const held = scenarios
    .filter((scenario) => scenario !== "first")
    .map((scenario): Labelled => {
      const megabytes: Of = ({ memory }) => inMegabytes(memory[scenario]?.after.hostBytes);
      return [`host after ${scenario}`, "MB", megabytes];
    });
  const grown = (of: keyof Memory): Of => {
    return ({ memory: { video } }) => video && inMegabytes(video.after[of] - video.before[of]);
  };
  const left: readonly Labelled[] = [
    ["host, more after the video than before", "MB", grown("hostBytes")],
    ["viewer, more after the video than before", "MB", grown("viewerBytes")],
  ];
  return asFigures(scenarios.includes("video") ? [...held, ...left] : held);
}

const inMegabytes = (bytes: number | undefined): number | undefined => bytes && bytes / 1e6;
