import { type FrameBuffer, psnrDb } from "../frame-buffer.ts";
import { monotonicMs, socketsHadTheirTurn, watchUntil } from "./sampling.ts";
import type { Scene } from "./scene.ts";
import { UpdateWatch } from "./update-watch.ts";

/** From the request until the X server has drawn it. */
const DRAW_LIMIT_MS = 1000;
const DRAW_SAMPLE_MS = 0.1;
/** For the updates that are still on their way when all are painted. */
const LAST_LIMIT_MS = 2000;
const COPIES = 3;

export type Displays = { readonly shared: FrameBuffer; readonly viewer: FrameBuffer };
/** One scene's updates: so many, so far apart. */
export type Track = { readonly scene: Scene; readonly count: number; readonly periodMs: number };

export type PlayedTrack = {
  readonly painted: number;
  /** Updates that were seen themselves, not only a later one. */
  readonly delivered: number;
  readonly neverSeen: number;
  /** For each update seen: from its pixels on the shared display to the same, or later ones, on the viewer's. */
  readonly latenciesMs: readonly number[];
  /** Of what is seen of some updates, against what was painted: where it moves, and of the text beside it. */
  readonly movingPsnrDb: readonly number[];
  readonly stillPsnrDb: readonly number[];
  readonly lastPaintedMs: number;
};

/** Paints what the tracks say, all at the same time, and watches the viewer's display for it. */
export async function play(
  displays: Displays,
  tracks: readonly Track[],
  limitMs = LAST_LIMIT_MS,
): Promise<PlayedTrack[]> {
  const playing = tracks.map((track) => new PlayingTrack(displays, track));
  const lookAtAll = (nowMs: number): false => {
    for (const one of playing) one.look(nowMs);
    return false;
  };
  const startMs = monotonicMs();
  const updates = tracks
    .flatMap(({ count, periodMs }, track) =>
      Array.from({ length: count }, (_, nth) => ({ track, dueMs: nth * periodMs })),
    )
    .sort((a, b) => a.dueMs - b.dueMs);
  for (const { track, dueMs } of updates) {
    watchUntil(startMs + dueMs, lookAtAll);
    playing[track]?.paintNext(lookAtAll);
    await socketsHadTheirTurn();
  }
  watchUntil(monotonicMs() + limitMs, (nowMs) => lookAtAll(nowMs) || playing.every((one) => !one.watch.isWaiting));
  return playing.map((one) => one.result());
}

class PlayingTrack {
  readonly watch = new UpdateWatch();
  private readonly displays: Displays;
  private readonly scene: Scene;
  private readonly copyAt: number[];
  /** What the shared display shows of the newest update, when that is to be compared. */
  private wanted: { readonly number: number; readonly pixels: Pictures } | undefined;
  private readonly copies: { readonly wanted: Pictures; readonly seen: Pictures }[] = [];
  private painted = 0;

  constructor(displays: Displays, { scene, count }: Track) {
    this.displays = displays;
    this.scene = scene;
    this.copyAt = scene.moving === undefined ? [] : copyNumbers(count);
  }

  paintNext(meanwhile: (nowMs: number) => void): void {
    const number = this.painted;
    const { shared } = this.displays;
    this.scene.paint(number);
    const isDrawn = (nowMs: number) => {
      meanwhile(nowMs);
      return this.scene.isShown(shared, number);
    };
    if (!watchUntil(monotonicMs() + DRAW_LIMIT_MS, isDrawn, DRAW_SAMPLE_MS)) {
      throw new Error(`Update ${number} is not on the shared display after ${DRAW_LIMIT_MS} ms: something covers it.`);
    }
    this.watch.painted(monotonicMs());
    this.painted += 1;
    const [nextCopy] = this.copyAt;
    if (nextCopy === undefined || number < nextCopy) return;
    this.wanted = { number, pixels: this.read(shared) };
  }

  look(nowMs: number): void {
    const seen = this.watch.look(nowMs, (number) => this.scene.isShown(this.displays.viewer, number));
    if (seen === undefined || seen !== this.wanted?.number) return;
    const { viewer } = this.displays;
    const pixels = this.read(viewer);
    // While it was read the next update may have come: then it is a mixture of two.
    if (!this.scene.isShown(viewer, seen)) return;
    this.copies.push({ wanted: this.wanted.pixels, seen: pixels });
    this.copyAt.shift();
    this.wanted = undefined;
  }

  result(): PlayedTrack {
    const { delivered, neverSeen, latenciesMs, lastPaintedMs } = this.watch;
    const psnrOf = (part: keyof Pictures) =>
      this.copies.flatMap(({ wanted, seen }) => {
        const [a, b] = [wanted[part], seen[part]];
        return a === undefined || b === undefined ? [] : [psnrDb(a, b)];
      });
    return {
      painted: this.painted,
      delivered,
      neverSeen,
      latenciesMs,
      movingPsnrDb: psnrOf("moving"),
      stillPsnrDb: psnrOf("still"),
      lastPaintedMs,
    };
  }

  private read(display: FrameBuffer): Pictures {
    const { moving, still } = this.scene;
    return { moving: moving && display.read(moving), still: still && display.read(still) };
  }
}

type Pictures = { readonly moving: Buffer | undefined; readonly still: Buffer | undefined };

/** Spread over the run, the beginning left out: rates need a moment to settle. */
const copyNumbers = (total: number): number[] =>
  Array.from({ length: COPIES }, (_, nth) => Math.floor((total * (nth + 1.5)) / (COPIES + 1.5)));
