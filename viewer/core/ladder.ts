import type { PathHeld } from "../../protocol/meeting.ts";
import type { Path } from "../../protocol/pipe.ts";
import { type NotUsedReason, STEP_LIMITS_MS, type StepReason } from "./connect-report.ts";
import type { PathWish } from "./page-parameters.ts";

/** Best first. */
const RUNGS: readonly Path[] = ["direct", "turn", "relay", "mjpeg"];

/** From the admission on. A direct connection opens within this on most networks, and costs nobody's server anything. */
const TURN_AFTER_MS = 250;
/**
 * From the first word to the server until the relay bridges, so that the first picture never waits for WebRTC: it is to be
 * there 1.5 s after the link was opened. Where coming so far has taken long already, WebRTC will, too.
 */
const BRIDGE_BY_MS = 500;
/** WebRTC has this long from the admission in any case: where it is quick, it is quicker than that. */
const BRIDGE_AFTER_LEAST_MS = 100;
/**
 * Once a way is used the first picture is on it, and a move would begin that anew: what is better waits for it, though no
 * longer than such a picture takes on a fair line.
 */
const FIRST_PICTURE_MS = 500;
/** It is asked for this long before it is to be crossed, and so is open by then. Where WebRTC is quicker it costs nothing. */
const BRIDGE_TAKES_MS = 250;
/** An unsealed picture is the last thing to be asked for, but nobody waits for it as long as WebRTC is given to try. */
const MJPEG_AFTER_MS = 4_000;
/**
 * A direct connection that was tried in vain is tried again so long after each time, while something worse is used: the
 * computers may have been too busy for it, or somebody has come home from a network that lets nothing through.
 */
const DIRECT_RESTS_MS = [30_000, 120_000, 300_000] as const;
/** Of a direct connection that came to nothing: another time may come to something, for nobody has said no. */
const MAY_PASS: ReadonlySet<StepReason> = new Set(["no-way-found", "time-is-up", "closed"]);
/** The host says right after the admission what TURN servers there are. */
const ICE_LIMIT_MS = 3_000;

export type LadderSetting = {
  /** The one rung the page's address holds to, or all. */
  readonly path: PathWish;
  readonly server: { readonly relay: boolean; readonly mjpeg: boolean };
  readonly hasWebRtc: boolean;
  /** A session that was lost comes back: every way is tried at once. */
  readonly hurry: boolean;
};

export type LadderEffect =
  | { readonly do: "start"; readonly path: Path; readonly limitMs: number }
  /** It is open, and the session goes on over it. */
  | { readonly do: "use"; readonly path: Path }
  /** It was tried in vain; whatever there is of it ends. */
  | { readonly do: "stop"; readonly path: Path; readonly reason: StepReason }
  /** It is not tried, or not any more. */
  | { readonly do: "leave"; readonly path: Path; readonly reason: NotUsedReason };

type Rung =
  | { readonly at: "waiting" }
  | { readonly at: "trying"; readonly sinceMs: number }
  /** Its pipe is open. */
  | { readonly at: "ready" }
  | { readonly at: "used" }
  /** Tried in vain, and tried again then, unless something better is used by then. */
  | { readonly at: "resting"; readonly untilMs: number }
  | { readonly at: "over" };

/**
 * Which ways to the host are tried when: a direct connection first, TURN beside it when that takes long, the sealed relay
 * as a bridge meanwhile, and the unsealed picture when nothing else is left. What opens first carries the first picture;
 * whatever is better goes on being tried and takes over when it opens. A direct connection is tried again later, too.
 *
 * The shell carries out what `next` returns, tells what came of it, and calls it again at `dueAtMs`. Times of one
 * monotonic clock are handed in.
 */
export class Ladder {
  private readonly setting: LadderSetting;
  private readonly rungs: Record<Path, Rung>;
  private effects: LadderEffect[] = [];
  private turnServers: "unknown" | "known" = "unknown";
  private admittedMs: number | undefined;
  private bridgeAtMs = Number.POSITIVE_INFINITY;
  private relayAtMs = Number.POSITIVE_INFINITY;
  /** What is better than the first way is not used before, nor TURN begun with; undefined: nothing is held up. */
  private heldUntilMs: number | undefined;
  /** The rests that a direct connection still has. */
  private restsMs: number[] = [...DIRECT_RESTS_MS];

  constructor(setting: LadderSetting) {
    this.setting = setting;
    const waiting: Rung = { at: "waiting" };
    this.rungs = { direct: waiting, turn: waiting, relay: waiting, mjpeg: waiting };
    const { path, server, hasWebRtc } = setting;
    if (path !== "auto") this.keepOnly(path, "forced-other");
    if (!hasWebRtc) for (const rung of ["direct", "turn"] as const) this.leave(rung, "no-webrtc");
    // What is forced is asked for whatever the server's page says: the host's answer is what counts.
    if (!server.relay && path !== "relay") this.leave("relay", "server-has-it-off");
    if (!server.mjpeg && path !== "mjpeg") this.leave("mjpeg", "server-has-it-off");
  }

  /** Only an unsealed picture can work. */
  get onlyMjpeg(): boolean {
    return this.isOver("direct") && this.isOver("turn") && this.isOver("relay");
  }

  /** Nothing is open, and nothing is left to try. */
  get isExhausted(): boolean {
    return RUNGS.every((path) => this.isOver(path));
  }

  /**
   * Both ends have proved themselves, and the host decides. Where it took long to come so far, the relay is asked for now: the
   * host answers when it has let the viewer in, and a round trip is saved.
   * @param tookMs from the first word to the server
   */
  begun(nowMs: number, tookMs: number): void {
    const waitMs = this.setting.hurry ? 0 : Math.max(0, BRIDGE_BY_MS - BRIDGE_TAKES_MS - tookMs);
    this.relayAtMs = nowMs + waitMs;
  }

  /**
   * The host lets this viewer in. Where it holds to one rung and the page to none, the page follows.
   * @param tookMs from the first word to the server; undefined when a person was asked: that says nothing of the network
   */
  admitted(held: PathHeld, nowMs: number, tookMs: number | undefined): void {
    this.admittedMs = nowMs;
    this.bridgeAtMs = nowMs + Math.max(BRIDGE_AFTER_LEAST_MS, BRIDGE_BY_MS - (tookMs ?? 0));
    this.relayAtMs = Math.min(this.relayAtMs, Math.max(nowMs, this.bridgeAtMs - BRIDGE_TAKES_MS));
    if (held !== "auto" && this.setting.path === "auto") this.keepOnly(held, "host-has-it-off");
  }

  /** The host says what it permits WebRTC, and whether there is a TURN server for this viewer. */
  iceSaid(policy: "all" | "relay", hasTurn: boolean): void {
    this.turnServers = "known";
    if (policy === "relay") this.leave("direct", "host-has-it-off");
    if (!hasTurn) this.leave("turn", "no-turn-server");
  }

  /** Its pipe is open. */
  opened(path: Path): void {
    if (this.rungs[path].at === "trying") this.rungs[path] = { at: "ready" };
  }

  /** There is a picture on the screen. True: something better may have waited for it. */
  pictured(): boolean {
    const held = this.heldUntilMs !== undefined;
    this.heldUntilMs = undefined;
    return held;
  }

  /** It could not be opened. What breaks while it is used is no business of the ladder's: another link climbs another. */
  failed(path: Path, reason: StepReason): void {
    // No picture comes over a way that is gone.
    if (this.rungs[path].at === "used") this.heldUntilMs = undefined;
    const isUsed = RUNGS.find((best) => this.rungs[best].at === "used") === path;
    const mayFollow = RUNGS.some((other) => ["trying", "ready"].includes(this.rungs[other].at));
    // The session has nothing to go over any more: another link climbs another ladder.
    if (isUsed && !mayFollow) this.restNoMore();
    if (this.isOver(path) || this.rungs[path].at === "used") return;
    this.rungs[path] = { at: "over" };
    if (path === "direct" && !MAY_PASS.has(reason)) this.restNoMore();
    this.effects.push({ do: "stop", path, reason });
  }

  /** A direct connection that was, or will be, tried in vain is not tried again. */
  restNoMore(): void {
    this.restsMs = [];
    if (this.rungs.direct.at === "resting") this.rungs.direct = { at: "over" };
  }

  /** What is to be done now. */
  next(nowMs: number): LadderEffect[] {
    for (const path of RUNGS) {
      const limitMs = this.limitAtMs(path);
      if (limitMs !== undefined && nowMs >= limitMs) this.failed(path, "time-is-up");
    }
    const { turnServers, admittedMs } = this;
    if (turnServers === "unknown" && admittedMs !== undefined && nowMs >= admittedMs + ICE_LIMIT_MS) {
      this.leave("turn", "no-turn-server");
    }
    for (const path of RUNGS) if (this.rungs[path].at === "ready" && nowMs >= this.useAtMs(path)) this.use(path, nowMs);
    this.restDirect(nowMs);
    for (const path of RUNGS) {
      if (nowMs < this.beginAtMs(path)) continue;
      this.rungs[path] = { at: "trying", sinceMs: nowMs };
      this.effects.push({ do: "start", path, limitMs: STEP_LIMITS_MS[path] });
    }
    return this.effects.splice(0);
  }

  /** When `next` has something to do though nothing was said meanwhile; undefined: never. */
  dueAtMs(): number | undefined {
    const due = RUNGS.flatMap((path) => [this.limitAtMs(path) ?? Number.POSITIVE_INFINITY, this.waitsUntilMs(path)]);
    if (this.rungs.turn.at === "waiting" && this.turnServers === "unknown" && this.admittedMs !== undefined) {
      due.push(this.admittedMs + ICE_LIMIT_MS);
    }
    const atMs = Math.min(...due);
    return Number.isFinite(atMs) ? atMs : undefined;
  }

  private waitsUntilMs(path: Path): number {
    return this.rungs[path].at === "ready" ? this.useAtMs(path) : this.beginAtMs(path);
  }

  /** Infinite: it is not to be tried. */
  private beginAtMs(path: Path): number {
    const rung = this.rungs[path];
    if (rung.at === "resting") return rung.untilMs;
    return rung.at === "waiting" ? this.startAtMs(path) : Number.POSITIVE_INFINITY;
  }

  private restDirect(nowMs: number): void {
    if (this.rungs.direct.at !== "over" || RUNGS.every((path) => this.rungs[path].at !== "used")) return;
    const restMs = this.restsMs.shift();
    if (restMs !== undefined) this.rungs.direct = { at: "resting", untilMs: nowMs + restMs };
  }

  /** From this on what is worse is not needed any more. */
  private use(path: Path, nowMs: number): void {
    const isFirst = RUNGS.every((other) => this.rungs[other].at !== "used");
    this.heldUntilMs = isFirst ? nowMs + FIRST_PICTURE_MS : undefined;
    this.rungs[path] = { at: "used" };
    this.effects.push({ do: "use", path });
    for (const worse of RUNGS.slice(RUNGS.indexOf(path) + 1)) {
      if (this.rungs[worse].at !== "used") this.leave(worse, "not-needed");
    }
  }

  /** A bridge that is ready too early would only be crossed once: the better way is about to open. */
  private useAtMs(path: Path): number {
    const nothingBetter = this.isOver("direct") && this.isOver("turn");
    if (path === "relay" && !this.setting.hurry && !nothingBetter) return this.bridgeAtMs;
    return this.heldUntilMs ?? Number.NEGATIVE_INFINITY;
  }

  /** Infinite: not unless something else is said first. */
  private startAtMs(path: Path): number {
    // The host answers an offer when it has let the viewer in, but the search for addresses can begin before.
    if (path === "direct") return Number.NEGATIVE_INFINITY;
    const { admittedMs } = this;
    if (path === "relay") {
      const isNeeded = this.setting.hurry || (this.isOver("direct") && this.isOver("turn"));
      return Math.min(this.relayAtMs, isNeeded ? (admittedMs ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY);
    }
    if (admittedMs === undefined) return Number.POSITIVE_INFINITY;
    switch (path) {
      case "turn":
        if (this.turnServers === "unknown") return Number.POSITIVE_INFINITY;
        return Math.max(this.heldUntilMs ?? 0, this.turnAtMs(admittedMs));
      case "mjpeg":
        if (!this.isOver("relay")) return Number.POSITIVE_INFINITY;
        // Never in a hurry: it may cost the person at the host a question.
        return this.isOver("direct") && this.isOver("turn") ? admittedMs : admittedMs + MJPEG_AFTER_MS;
    }
  }

  private turnAtMs(admittedMs: number): number {
    return this.setting.hurry || this.isOver("direct") ? admittedMs : admittedMs + TURN_AFTER_MS;
  }

  /** The limit of what is being tried; before the admission there is none, because nobody answers yet. */
  private limitAtMs(path: Path): number | undefined {
    const rung = this.rungs[path];
    if (rung.at !== "trying" || this.admittedMs === undefined) return undefined;
    return Math.max(rung.sinceMs, this.admittedMs) + STEP_LIMITS_MS[path];
  }

  /** It was tried in vain, or is not to be tried. */
  private isOver(path: Path): boolean {
    const { at } = this.rungs[path];
    return at === "over" || at === "resting";
  }

  private keepOnly(path: Path, reason: NotUsedReason): void {
    for (const other of RUNGS) if (other !== path) this.leave(other, reason);
  }

  private leave(path: Path, reason: NotUsedReason): void {
    if (path === "direct") this.restNoMore();
    if (this.isOver(path)) return;
    this.rungs[path] = { at: "over" };
    this.effects.push({ do: "leave", path, reason });
  }
}
