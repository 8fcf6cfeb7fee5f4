import type { CloseReason } from "../../protocol/errors.ts";
import { proofSecret, type RoomCode, type RoomLink } from "../../protocol/room-code.ts";
import { type ArrivalEnd, arrivalEvent } from "../core/link-failure.ts";
import type { ConnectStage } from "../core/session-state.ts";
import { Arrival } from "./arrival.ts";
import type { Link, LinkSetting, OpenLink } from "./link.ts";
import type { Proof } from "./meeting.ts";
import { Recovery } from "./recovery.ts";
import type { SeatStore } from "./seat-store.ts";

export type EntranceHandlers = {
  readonly joining: (room: string) => void;
  /** The person at the host is being asked. */
  readonly asking: () => void;
  readonly progress: (stage: ConnectStage) => void;
  /** There is a pipe: the first, a better one of the same link, or one after a loss. */
  readonly opened: (link: Link, open: OpenLink) => void;
  /** A first arrival came to nothing. */
  readonly arrivalFailed: (end: ArrivalEnd) => void;
  /** The seat is not ours any more: the host said no, or nothing worked for ten minutes. */
  readonly recoveryFailed: (reason: CloseReason | "host-gone") => void;
};

/** How this page comes to its seat and back to it: with a code, a link, or the secret that the last admission left here. */
export class Entrance {
  private readonly setting: LinkSetting;
  private readonly seats: SeatStore;
  private readonly random: () => number;
  private readonly handlers: EntranceHandlers;
  private newestRoom: string | undefined;
  private resumeSecret: Uint8Array | undefined;
  private arrival: Arrival | undefined;
  private recovery: Recovery | undefined;

  constructor(setting: LinkSetting, seats: SeatStore, random: () => number, handlers: EntranceHandlers) {
    this.setting = setting;
    this.seats = seats;
    this.random = random;
    this.handlers = handlers;
  }

  /** Of the newest way in. */
  get room(): string | undefined {
    return this.newestRoom;
  }

  get isRecovering(): boolean {
    return this.recovery !== undefined;
  }

  /** Also tries the seat this tab had in the same room: whoever opens a used link again was in already. */
  enter(entry: RoomCode | RoomLink): void {
    const stored = this.seats.load();
    const proofs: Proof[] = [{ mode: entry.kind, secret: proofSecret(entry) }];
    if (stored?.room === entry.room) proofs.unshift({ mode: "resume", secret: stored.secret });
    this.arrive(entry.room, proofs);
  }

  /** After a reload: takes up the seat this tab had, if it had one. */
  returnToSeat(): void {
    const stored = this.seats.load();
    if (stored !== undefined) this.arrive(stored.room, [{ mode: "resume", secret: stored.secret }]);
  }

  /** The pipe is lost: looks for another until there is one or the host says no. */
  recover(): void {
    const { setting, newestRoom: room, resumeSecret, random } = this;
    if (this.recovery !== undefined || room === undefined || resumeSecret === undefined) return;
    const secret = () => this.resumeSecret ?? resumeSecret;
    this.recovery = new Recovery(
      { setting, room, secret, random, nowMs: setting.nowMs },
      {
        admitted: (renewed) => this.admitted(renewed),
        hostPresent: (present) => this.hostPresent(present),
        opened: (link, open) => this.opened(link, open),
        failed: (reason) => this.handlers.recoveryFailed(reason),
      },
    );
    this.recovery.start();
  }

  /** A pipe works: nobody needs to look for another. */
  endRecovery(): void {
    this.recovery?.close();
    this.recovery = undefined;
  }

  /** The network is back, or the person wants no more waiting: the next try is made now. */
  hurry(): void {
    this.recovery?.hurry();
  }

  /** Gives up what is under way; nothing is called after it. */
  close(): void {
    this.arrival?.close();
    this.arrival = undefined;
    this.endRecovery();
  }

  /** The seat is given up: a reload finds none. */
  forget(): void {
    this.seats.forget();
  }

  private arrive(room: string, proofs: readonly Proof[]): void {
    const { setting, handlers } = this;
    this.newestRoom = room;
    setting.report.began(setting.nowMs());
    handlers.joining(room);
    const returning = proofs.every((proof) => proof.mode === "resume");
    this.arrival = new Arrival(setting, room, proofs, this.random, {
      asking: handlers.asking,
      progress: handlers.progress,
      admitted: (secret) => this.admitted(secret),
      hostPresent: (present) => this.hostPresent(present),
      opened: (link, open) => this.opened(link, open),
      failed: (failure, asked) => {
        this.arrival = undefined;
        if (failure.kind !== "problem") this.forget();
        const lost = returning && failure.kind === "refused" && !asked;
        handlers.arrivalFailed(lost ? { kind: "join-failed", problem: "seat-lost" } : arrivalEvent(failure, asked));
      },
    });
    this.arrival.start();
  }

  private opened(link: Link, open: OpenLink): void {
    this.arrival = undefined;
    // It may be a late way of the link before, while another is looked for.
    this.endRecovery();
    this.handlers.opened(link, open);
  }

  private admitted(secret: Uint8Array): void {
    this.resumeSecret = secret;
    if (this.newestRoom !== undefined) this.seats.save({ room: this.newestRoom, secret });
  }

  private hostPresent(present: boolean): void {
    if (present) this.hurry();
  }
}
