import type { Role } from "../../protocol/control.ts";
import type { HostUi } from "../ui/host-ui.ts";
import type { Seat } from "./seat.ts";
import { ANSWER_LIMIT_MS } from "./unsealed-wish.ts";

/** A viewer that asks for control over and over is one question, and one line for a program that listens. */
const ASK_AGAIN_MS = 3_000;

/** What roles are about: a seat, of which the rest is nobody's business here. */
export type RoleSeat = Pick<Seat, "id" | "label" | "from" | "role" | "isPresent" | "setRole">;

/** Who may use the one pointer and the one keyboard: nobody, or one viewer at a time. */
export class Roles {
  private readonly seats: ReadonlyMap<string, RoleSeat>;
  private readonly viewOnly: boolean;
  private readonly ui: Pick<HostUi, "event" | "notice" | "ask">;
  private readonly nowMs: () => number;
  private readonly onChange: () => void;
  private readonly askedMs = new WeakMap<RoleSeat, number>();

  constructor(options: {
    seats: ReadonlyMap<string, RoleSeat>;
    viewOnly: boolean;
    ui: Pick<HostUi, "event" | "notice" | "ask">;
    nowMs: () => number;
    onChange: () => void;
  }) {
    this.seats = options.seats;
    this.viewOnly = options.viewOnly;
    this.ui = options.ui;
    this.nowMs = options.nowMs;
    this.onChange = options.onChange;
  }

  /** Whether somebody controls who is here, or on the way back. */
  get controlTaken(): boolean {
    return [...this.seats.values()].some((seat) => seat.role === "control" && seat.isPresent);
  }

  /** Somebody new has sat down; with control, everybody else looks on from now. */
  entered(seat: RoleSeat): void {
    if (seat.role === "control") this.takeControlFromOthers(seat);
  }

  set(seat: RoleSeat, role: Role): void {
    if (role === "control" && this.viewOnly) {
      this.ui.notice("warning", "Nobody gets control: sharing was started with --view-only.");
      return;
    }
    if (role === seat.role) return;
    if (role === "control") this.takeControlFromOthers(seat);
    seat.setRole(role);
    this.onChange();
    this.ui.event({ event: "role", viewer: seat.id, role });
  }

  /** This viewer would like control: puts the question to the person at the host. */
  wanted(seat: RoleSeat): void {
    if (seat.role === "control" || this.viewOnly) return;
    const nowMs = this.nowMs();
    if (nowMs - (this.askedMs.get(seat) ?? Number.NEGATIVE_INFINITY) < ASK_AGAIN_MS) return;
    this.askedMs.set(seat, nowMs);
    const { id: viewer, label, from } = seat;
    this.ui.event({ event: "asks-control", viewer });
    this.ui.ask({ kind: "control", viewer, label, from, mjpeg: false, timeoutMs: ANSWER_LIMIT_MS });
  }

  private takeControlFromOthers(next: RoleSeat): void {
    for (const seat of this.seats.values()) if (seat !== next && seat.role === "control") this.set(seat, "view");
  }
}
