import type { Role } from "../../protocol/control.ts";
import type { CloseReason } from "../../protocol/errors.ts";
import type { PathHeld } from "../../protocol/meeting.ts";
import type { Pipe } from "../../protocol/pipe.ts";
import type { ResumeSecrets } from "../core/resume-secrets.ts";
import { LOOK_EVERY_MS, SleepWatch } from "../core/sleep-watch.ts";
import type { InputInjector } from "../input/driver.ts";
import type { PictureStream } from "../pipeline/picture-stream.ts";
import type { HostWords } from "./host-words.ts";
import { Seat, type SeatPorts } from "./seat.ts";
import type { Guest } from "./visitor.ts";

/** What all seats share of the host. */
export type SeatsOptions = {
  /** The one way to connect that the host holds to. */
  readonly path: PathHeld;
  /** Sharing ends with the first viewer's leaving. */
  readonly once: boolean;
  readonly injector: InputInjector;
  readonly nowMs: () => number;
  /** The time of day. */
  readonly timeOfDayMs: () => number;
  /** How long this machine has been up: goes on while it sleeps. */
  readonly uptimeMs: () => number;
  readonly words: HostWords;
  /** Hears who is here and who is lost: a lost viewer may come back for a while. */
  readonly resumes: Pick<ResumeSecrets, "back" | "lost" | "forget">;
  readonly ports: Pick<SeatPorts, "openPeer" | "iceForViewer" | "openAead" | "displaySize" | "progress"> & {
    readonly openRelay: (label: string) => ReturnType<SeatPorts["openRelay"]>;
    /** `quality` is what the viewer wishes, 0..100. */
    readonly openMjpeg: (quality: () => number) => ReturnType<SeatPorts["openMjpeg"]>;
    readonly closeMjpeg: SeatPorts["closeMjpeg"];
    readonly openStream: (pipe: Pipe, after: number, quality: () => number) => PictureStream;
    readonly closeStream: SeatPorts["closeStream"];
    readonly preparePicture: (quality: () => number) => ReturnType<SeatPorts["preparePicture"]>;
  };
  readonly events: SeatsEvents;
};

export type SeatsEvents = {
  readonly entered: (seat: Seat) => void;
  /** Who is present has changed. */
  readonly changed: () => void;
  readonly asksControl: (seat: Seat) => void;
  readonly signOfLife: (seat: Seat) => void;
  /** Its viewer is here, for the first time or again. */
  readonly back: (seat: Seat) => void;
  /** Its viewer is lost without a word; it may come back. */
  readonly away: (seat: Seat) => void;
  readonly gone: (seat: Seat) => void;
  /** The machine has slept; every seat is lost without a word. */
  readonly slept: () => void;
  /** `--once`: whom this was for has left. */
  readonly served: () => void;
};

/** What the encoders decide by themselves, rectangle by rectangle. */
const AUTO_QUALITY = 0;
/**
 * `--once`: a page that is closed says nothing, so this is how most of these sessions end. A reload or a change of network
 * takes less; a seat that others could still take is kept longer.
 */
const ONCE_LOST_LIMIT_MS = 120_000;

/** Everybody who was let in: a seat for each, told of in the host's words while it is taken. */
export class Seats {
  readonly byId = new Map<string, Seat>();
  private readonly options: SeatsOptions;
  /** Runs while there is a seat: without one there is nobody to believe. */
  private watching: { readonly sleep: SleepWatch; readonly timer: NodeJS.Timeout } | undefined;
  /** How much this machine had slept when a viewer was last heard. */
  private readonly sleptAtSign = new WeakMap<Seat, number>();
  /** Whose leaving ends the sharing with `--once`. */
  private first: string | undefined;
  private firstLost: NodeJS.Timeout | undefined;

  constructor(options: SeatsOptions) {
    this.options = options;
  }

  /** A seat for a guest who was let in. */
  add(guest: Guest, verdict: { role: Role; mjpegAllowed: boolean; mjpegAskable: boolean }): Seat {
    const { words, resumes, nowMs, events } = this.options;
    let present = false;
    let wishedQuality = AUTO_QUALITY;
    const seat: Seat = new Seat({
      ...guest,
      ...verdict,
      ports: this.portsFor(guest, () => wishedQuality),
      events: {
        live: (path) => {
          events.changed();
          resumes.back(seat.id);
          events.back(seat);
          this.first ??= seat.id;
          if (seat.id === this.first) clearTimeout(this.firstLost);
          if (!present) words.joined(seat, path);
          present = true;
        },
        roundTrip: (path, rttMs) => words.path(seat, path, rttMs),
        noWay: (path, why) => words.noWay(seat, path, why),
        asksControl: () => events.asksControl(seat),
        signOfLife: () => {
          this.sleptAtSign.set(seat, this.sleptMs);
          events.signOfLife(seat);
        },
        wantsMjpeg: () => words.asksForUnsealed(guest),
        mjpegWithdrawn: () => words.withdraw(seat.id),
        unsealedRefused: () => words.unsealedRefused(guest.label),
        wishes: (wished) => {
          wishedQuality = wished;
        },
        away: () => {
          events.changed();
          // A way back that led nowhere has not been told of.
          if (present) words.left(seat, "no-progress");
          present = false;
          resumes.lost(seat.id, nowMs());
          events.away(seat);
          if (this.options.once && seat.id === this.first) {
            clearTimeout(this.firstLost);
            this.firstLost = setTimeout(() => seat.end("no-progress"), ONCE_LOST_LIMIT_MS);
          }
        },
        gone: (reason) => {
          if (present) words.left(seat, reason);
          this.byId.delete(seat.id);
          if (this.byId.size === 0) this.stopWatching();
          words.withdraw(seat.id);
          resumes.forget(seat.id);
          events.gone(seat);
          if (seat.id === this.first) clearTimeout(this.firstLost);
          if (this.options.once && seat.id === this.first) events.served();
        },
      },
    });
    this.byId.set(seat.id, seat);
    this.watch();
    this.sleptAtSign.set(seat, this.sleptMs);
    events.entered(seat);
    return seat;
  }

  /** How long this machine has slept since the viewer was last heard, ms. */
  sleptSince(seat: Seat): number {
    this.look();
    return this.sleptMs - (this.sleptAtSign.get(seat) ?? 0);
  }

  /** Every seat is given up. */
  end(reason: CloseReason): void {
    for (const seat of [...this.byId.values()]) seat.end(reason);
  }

  private portsFor(guest: Guest, wishedQuality: () => number): SeatPorts {
    const { path, injector, nowMs, ports } = this.options;
    const { openRelay, openMjpeg, openStream, preparePicture, ...shared } = ports;
    return {
      ...shared,
      path,
      injector,
      nowMs,
      awake: () => !this.look(),
      openRelay: () => openRelay(guest.label),
      openMjpeg: () => openMjpeg(wishedQuality),
      openStream: (pipe, after) => openStream(pipe, after, wishedQuality),
      preparePicture: () => preparePicture(wishedQuality),
    };
  }

  private get sleptMs(): number {
    return this.watching?.sleep.sleptMs ?? 0;
  }

  private watch(): void {
    if (this.watching !== undefined) return;
    const { nowMs, timeOfDayMs, uptimeMs } = this.options;
    const timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.watching = { sleep: new SleepWatch(nowMs(), timeOfDayMs(), uptimeMs()), timer };
  }

  private stopWatching(): void {
    clearInterval(this.watching?.timer);
    this.watching = undefined;
  }

  /** True: the machine has slept. Nobody is believed any more who was there before. */
  private look(): boolean {
    const { nowMs, timeOfDayMs, uptimeMs, events } = this.options;
    if (this.watching === undefined) return false;
    // Whoever is heard is a reason to look, too: the timer begins anew, and this process wakes once for both.
    this.watching.timer.refresh();
    if (!this.watching.sleep.look(nowMs(), timeOfDayMs(), uptimeMs)) return false;
    for (const seat of [...this.byId.values()]) seat.slept();
    events.slept();
    return true;
  }
}
