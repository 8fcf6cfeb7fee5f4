import type { Region } from "./region.ts";

/**
 * What changes while nobody can be sent anything is looked at so often, if it is so much, as it may be moving: content is
 * found again only near where it was (moved-content.ts), and would all be sent anew, which takes a slow path as long again.
 */
const FOLLOW_MS = 100;
const FOLLOW_MIN_PX = 16_384;
/** After so many looks at what did not move it is a film. */
const MAX_VAIN_LOOKS = 4;

/** To read what changed for somebody who can use it; to read it so as to see whether it moves; to ask where it changed. */
export type Look = "read" | "follow" | "catch up";

/** When the display is to be looked at next, and how; `undefined`: not before somebody is ready for it, or more changes. */
export type Due = { readonly look: Look; readonly atMs: number } | undefined;

/** Somebody who is shown the display. */
export interface Watcher {
  /** Could it send something newer of what has changed right away? Then the display is read for it. */
  ready(nowMs: number, damage: Region): boolean;
  /** Could it send something short right away, a letter, although it is not ready for more? */
  takesShort(): boolean;
  /** Does it copy what moves, so that it is to know how that goes on also while it can send nothing? */
  followsMoves(): boolean;
}

/** What has changed of the display since it was last read, as far as that is known. */
export type Unread = { readonly damage: Region; readonly knowsAll: boolean };

/** When to look at the display: as seldom as it can be, and never where nothing changes. Times of one clock are handed in. */
export class LookSchedule {
  private readonly minIntervalMs: number;
  private readMs = Number.NEGATIVE_INFINITY;
  private caughtUpMs = Number.NEGATIVE_INFINITY;
  private vainLooks = 0;

  constructor(maxFps: number) {
    this.minIntervalMs = 1000 / maxFps;
  }

  /**
   * What is to be done about what has changed: read it, if anybody could use it; else ask where else it has changed, as that
   * may be a letter, which goes before all that waits, and follow what moves.
   */
  due(nowMs: number, { damage, knowsAll }: Unread, watchers: readonly Watcher[]): Due {
    if (damage.isEmpty && knowsAll) return undefined;
    if (watchers.some((one) => one.ready(nowMs, damage)))
      return { look: "read", atMs: this.readMs + this.minIntervalMs };
    const mayMove = damage.area >= FOLLOW_MIN_PX && this.vainLooks < MAX_VAIN_LOOKS;
    const follow: Due =
      mayMove && watchers.some((one) => one.followsMoves())
        ? { look: "follow", atMs: this.readMs + FOLLOW_MS }
        : undefined;
    if (knowsAll || !watchers.some((one) => one.takesShort())) return follow;
    const catchUp: Due = { look: "catch up", atMs: this.caughtUpMs + this.minIntervalMs };
    return follow === undefined || catchUp.atMs < follow.atMs ? catchUp : follow;
  }

  /** It is looked at. What is read in vain counts, too: what goes on beside the shared part must not cost more than a film. */
  looks(look: Look, nowMs: number): void {
    if (look === "catch up") {
      this.caughtUpMs = nowMs;
      return;
    }
    this.readMs = nowMs;
    this.vainLooks = look === "follow" ? this.vainLooks + 1 : 0;
  }

  /** What was read had moved. */
  sawMove(): void {
    this.vainLooks = 0;
  }
}
