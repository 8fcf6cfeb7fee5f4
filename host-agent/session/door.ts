import type { Role } from "../../protocol/control.ts";
import type { CloseReason } from "../../protocol/errors.ts";
import type { MeetingMessage } from "../../protocol/meeting.ts";
import { type AdmissionPolicy, admit, approved, type Decision } from "../core/admission.ts";
import type { InviteEnd, Invites } from "../core/invites.ts";
import type { ResumeSecrets } from "../core/resume-secrets.ts";
import { Meeting } from "./meeting.ts";
import type { Room } from "./room.ts";
import type { Seat } from "./seat.ts";
import { ANSWER_LIMIT_MS } from "./unsealed-wish.ts";
import type { Arriving, Asked, Guest, Named, Returning, Visitor } from "./visitor.ts";

/** A viewer says its name right after the proof, and may send an offer and its candidates before it is let in. */
const MAX_EARLY_MESSAGES = 64;

export type DoorEvents = {
  /** Somebody proved to know the code. */
  readonly knocked: (guest: Guest) => void;
  /** It takes an answer of the person at the host, by `answer` within ANSWER_LIMIT_MS. */
  readonly asks: (guest: Guest) => void;
  /** The question needs no answer any more. */
  readonly withdrawn: (id: string) => void;
  /** Let in: the host makes a seat, and welcomes the meeting there. */
  readonly entered: (guest: Guest, decision: Decision & { kind: "admit" }) => Seat;
  /** Somebody is back at its seat, if that still exists. */
  readonly returned: (seatId: string) => Seat | undefined;
  /** The host has paused or slept since: does this return take a new yes? */
  readonly asksAgain: (seat: Seat) => boolean;
  /** The new yes, and the role it names; a new no gives the seat up. */
  readonly answeredAgain: (seat: Seat, role: Role | "denied") => void;
  /** The host's policy, not a person, says no to somebody who proved to know the code. */
  readonly turnedAway: (guest: Guest) => void;
  /** A person said yes, but the code had let in somebody else meanwhile. */
  readonly tooLate: (guest: Guest) => void;
  readonly invitesChanged: (why: InviteEnd) => void;
};

/**
 * Where viewers come in: a knock, a proof, a question, a verdict. Nobody past the door is a stranger, and nobody
 * before it costs more than one of a few open handshakes.
 */
export class Door {
  readonly invites: Invites;
  readonly resumes: ResumeSecrets;
  private readonly policy: AdmissionPolicy;
  private readonly room: Pick<Room, "number" | "signal" | "dismiss">;
  private readonly controlTaken: () => boolean;
  private readonly nowMs: () => number;
  private readonly events: DoorEvents;
  private readonly visitors = new Map<string, Visitor>();
  private guests = 0;

  constructor(options: {
    policy: AdmissionPolicy;
    invites: Invites;
    resumes: ResumeSecrets;
    room: Pick<Room, "number" | "signal" | "dismiss">;
    controlTaken: () => boolean;
    nowMs: () => number;
    events: DoorEvents;
  }) {
    this.policy = options.policy;
    this.invites = options.invites;
    this.resumes = options.resumes;
    this.room = options.room;
    this.controlTaken = options.controlTaken;
    this.nowMs = options.nowMs;
    this.events = options.events;
  }

  knock(viewer: string, viewerNonce: Uint8Array, from: string): void {
    this.startAnew(viewer);
    const attempt = this.invites.opened();
    // Too many at the door: this one hears nothing, as if the host were away, and may try again.
    if (attempt === undefined) return this.room.dismiss(viewer);
    let usedResume: { seat: string; secret: Uint8Array } | undefined;
    const meeting: Meeting = new Meeting({
      room: this.room.number,
      viewer,
      viewerNonce,
      send: (bytes) => this.room.signal(viewer, bytes),
      events: {
        secretFor: (mode, hint) => {
          if (mode !== "resume") return this.invites.secretFor(attempt, mode, this.nowMs());
          usedResume = this.resumes.find(hint, this.nowMs());
          return usedResume?.secret;
        },
        maySpendGuess: (mode) => mode === "resume" || this.invites.spendGuess(attempt),
        proven: (mode) => {
          if (mode === "resume" && usedResume !== undefined) this.takeBack(viewer, usedResume);
          else this.invites.proven(attempt);
        },
        message: (message) => this.hear(viewer, message),
        ended: () => this.forget(viewer, meeting),
      },
    });
    this.visitors.set(viewer, { meeting, attempt, from, state: { at: "arriving", early: [] } });
    meeting.start();
  }

  signal(viewer: string, bytes: Uint8Array): void {
    this.visitors.get(viewer)?.meeting.receive(bytes);
  }

  left(viewer: string): void {
    this.visitors.get(viewer)?.meeting.end("viewer-left");
  }

  /** Only these are still there: whoever else was has left while nobody could tell. */
  remaining(viewers: ReadonlySet<string>): void {
    for (const viewer of [...this.visitors.keys()]) if (!viewers.has(viewer)) this.left(viewer);
  }

  /** The answer of the person at the host. False: nobody with that id is waiting. */
  answer(id: string, answer: { role: Role; mjpeg: boolean } | "deny"): boolean {
    const visitor = [...this.visitors.values()].find(({ state }) => state.at === "asked" && state.guest.id === id);
    if (visitor?.state.at !== "asked") return false;
    const { guest, returning } = visitor.state;
    const named = this.endQuestion(visitor, visitor.state);
    const decision: Decision =
      answer === "deny" ? { kind: "refuse", reason: "denied" } : approved(this.policy, guest, answer);
    if (returning === undefined) this.decide(visitor, named, decision);
    else this.decideAgain(visitor, named, returning, decision);
    return true;
  }

  close(reason: CloseReason): void {
    for (const visitor of [...this.visitors.values()]) visitor.meeting.refuse(reason);
  }

  private hear(viewer: string, message: MeetingMessage): void {
    const visitor = this.visitors.get(viewer);
    if (visitor === undefined) return;
    const { meeting, state } = visitor;
    if (state.at === "seated") return state.seat.hear(meeting, message);
    if (message.kind === "introduce" && state.at === "arriving") return this.introduced(visitor, state, message);
    if (state.early.length >= MAX_EARLY_MESSAGES) return meeting.refuse("flooded");
    state.early.push(message);
  }

  private introduced(visitor: Visitor, { early }: Arriving, message: MeetingMessage & { kind: "introduce" }): void {
    this.guests += 1;
    const onlyMjpeg = message.onlyMjpeg || this.policy.onlyMjpeg;
    const guest: Guest = { id: `v${this.guests}`, label: message.label, from: visitor.from, onlyMjpeg };
    const named: Named = { at: "named", guest, early };
    visitor.state = named;
    this.events.knocked(guest);
    const verdict = admit(this.policy, { onlyMjpeg, controlTaken: this.controlTaken() });
    if (verdict.kind === "refuse") this.events.turnedAway(guest);
    if (verdict.kind === "ask") return this.question(visitor, named, undefined);
    this.decide(visitor, named, verdict);
  }

  private question(visitor: Visitor, { guest, early }: Named, returning: Returning | undefined): void {
    visitor.meeting.send({ kind: "asking" });
    const limit = setTimeout(() => {
      this.endQuestion(visitor, asked);
      visitor.meeting.refuse("no-answer");
    }, ANSWER_LIMIT_MS);
    const asked: Asked = { at: "asked", guest, early, limit, returning };
    visitor.state = asked;
    this.events.asks(guest);
  }

  private endQuestion(visitor: Visitor, { guest, early, limit }: Asked): Named {
    clearTimeout(limit);
    const named: Named = { at: "named", guest, early };
    visitor.state = named;
    this.events.withdrawn(guest.id);
    return named;
  }

  private decide(visitor: Visitor, named: Named, decision: Decision): void {
    if (decision.kind === "refuse") return visitor.meeting.refuse(decision.reason);
    const admission = this.invites.admit(visitor.attempt, this.nowMs());
    if (!admission.admitted) {
      this.events.tooLate(named.guest);
      return visitor.meeting.refuse("room-full");
    }
    const seat = this.events.entered(named.guest, decision);
    this.sit(visitor, named, seat, this.resumes.renew(seat.id));
    if (admission.changed !== undefined) this.events.invitesChanged(admission.changed);
  }

  private takeBack(viewer: string, used: { seat: string; secret: Uint8Array }): void {
    const visitor = this.visitors.get(viewer);
    if (visitor?.state.at !== "arriving") return;
    const { meeting, attempt, from, state } = visitor;
    // A resume proof is no guess at the code: its place at the door is free again.
    this.invites.closed(attempt, this.nowMs());
    const seat = this.events.returned(used.seat);
    if (seat === undefined) return meeting.refuse("expired");
    const { secret } = used;
    if (!this.events.asksAgain(seat)) return this.sit(visitor, state, seat, this.resumes.renew(seat.id, secret));
    const guest: Guest = { id: seat.id, label: seat.label, from, onlyMjpeg: this.policy.onlyMjpeg };
    const named: Named = { at: "named", guest, early: state.early };
    visitor.state = named;
    this.events.knocked(guest);
    this.question(visitor, named, { seat, secret });
  }

  private decideAgain(visitor: Visitor, named: Named, { seat, secret }: Returning, decision: Decision): void {
    if (decision.kind === "admit" && !seat.isGone) {
      this.sit(visitor, named, seat, this.resumes.renew(seat.id, secret));
      this.events.answeredAgain(seat, decision.role);
    } else {
      visitor.meeting.refuse(decision.kind === "refuse" ? decision.reason : "expired");
      this.events.answeredAgain(seat, "denied");
    }
  }

  private sit(visitor: Visitor, { early }: Arriving | Named, seat: Seat, resumeSecret: Uint8Array): void {
    visitor.state = { at: "seated", seat };
    seat.welcome(visitor.meeting, resumeSecret);
    for (const message of early) seat.hear(visitor.meeting, message);
  }

  /** The same socket knocks again. It is not dismissed at the server: that would end the new meeting too. */
  private startAnew(viewer: string): void {
    const before = this.visitors.get(viewer);
    if (before === undefined) return;
    this.visitors.delete(viewer);
    before.meeting.end("viewer-left");
    this.release(before);
  }

  private forget(viewer: string, meeting: Meeting): void {
    const visitor = this.visitors.get(viewer);
    if (visitor?.meeting !== meeting) return;
    this.visitors.delete(viewer);
    this.room.dismiss(viewer);
    this.release(visitor);
  }

  private release(visitor: Visitor): void {
    if (visitor.state.at === "asked") this.endQuestion(visitor, visitor.state);
    const changed = this.invites.closed(visitor.attempt, this.nowMs());
    if (changed !== undefined) this.events.invitesChanged(changed);
    if (visitor.state.at === "seated") visitor.state.seat.meetingEnded(visitor.meeting);
  }
}
