import { ProtocolError } from "../../protocol/errors.ts";
import { encodeInput, type InputEvent, MAX_EVENTS_PER_MESSAGE, MAX_WHEEL_UNITS } from "../../protocol/input.ts";

/** How often messages may leave, ms. `urgentMs` holds for keys and buttons, `motionMs` for the pointer and the wheel. */
export type InputPace = { readonly urgentMs: number; readonly motionMs: number };

/** A display shows 60 to 120 places a second; more would only fill the host's queue. */
export const CHANNEL_PACE: InputPace = { urgentMs: 0, motionMs: 8 };
/** The signaling server cuts off who sends more than 50 messages a second; 30 leave room for the heartbeat. */
export const SIGNALING_PACE: InputPace = { urgentMs: 34, motionMs: 34 };

/** Events repeated in a message beside the new ones; where packets get lost, `again` says more. */
const MAX_REPEATED_EVENTS = 16;
/** What is said again fits into one packet: a third of a second of a moving pointer does. */
const MAX_AGAIN_BYTES = 1_000;
/** Bytes of events in one message: far below MAX_MESSAGE_BYTES, and small beside one packet unless text is pasted. */
const MAX_MESSAGE_EVENT_BYTES = 4 * 1024;
/** What nobody has taken up to here (a host that hangs) is given up: better nothing pressed than all of it later. */
const MAX_UNSENT_EVENTS = 2_000;
const MAX_UNACKNOWLEDGED_EVENTS = 512;
/**
 * Numbers the input events of one page, sends each as soon as the pace allows and repeats the newest unacknowledged ones
 * in every message; on another pipe, all of them. Moves and wheel turns that still wait are merged, everything else is
 * kept in order.
 */
export class InputQueue {
  private pace: InputPace = CHANNEL_PACE;
  private unacknowledged: InputEvent[] = [];
  private unsent: InputEvent[] = [];
  /** The number of the first event in `unacknowledged`, or of the next one sent when that is empty. */
  private firstSequence = 1;
  private sentMs = Number.NEGATIVE_INFINITY;
  private sentEvents = 0;
  /** The first so many of `unacknowledged` were sent on another pipe, and not yet on this one. */
  private fromBefore = 0;

  /** What follows goes out on another pipe, beginning with everything that was not acknowledged on the one before. */
  onAnotherPipe(pace: InputPace): void {
    this.pace = pace;
    this.fromBefore = this.unacknowledged.length;
    this.sentMs = Number.NEGATIVE_INFINITY;
  }

  /**
   * Too long ago to be meant still: nothing of what the host has not acknowledged is done any more. The numbers stay, as
   * nobody knows which of them it has taken.
   */
  forget(): void {
    this.unacknowledged = this.unacknowledged.map(() => ({ kind: "release" }));
    this.unsent = [];
  }

  /** Events sent, each counted once. */
  get sent(): number {
    return this.sentEvents;
  }

  /** Whether something is on its way to the host. */
  get hasUnacknowledged(): boolean {
    return this.unacknowledged.length > 0;
  }

  add(event: InputEvent): void {
    const last = this.unsent.at(-1);
    const merged = last === undefined ? undefined : merge(last, event);
    if (merged !== undefined) this.unsent.pop();
    this.unsent.push(merged ?? event);
    if (this.unsent.length > MAX_UNSENT_EVENTS) this.unsent = [{ kind: "release" }];
  }

  /**
   * The host has taken every event up to this number.
   * @throws ProtocolError for a number that was not sent yet
   */
  acknowledged(sequence: number): void {
    const taken = sequence - this.firstSequence + 1;
    if (taken > this.unacknowledged.length) {
      throw new ProtocolError("out-of-range", `input event ${sequence} acknowledged before it was sent`);
    }
    if (taken <= 0) return;
    this.unacknowledged.splice(0, taken);
    this.fromBefore = Math.max(0, this.fromBefore - taken);
    this.firstSequence += taken;
  }

  /** When `take` will next have something to send; undefined when only a new event or the host's word changes that. */
  dueAtMs(): number | undefined {
    if (this.fromBefore > 0) return this.sentMs + this.pace.urgentMs;
    if (this.unsent.length === 0 || this.isFull()) return undefined;
    const motionOnly = this.unsent.every(isMotion);
    return this.sentMs + (motionOnly ? this.pace.motionMs : this.pace.urgentMs);
  }

  /** The messages to send now, oldest first; none before `dueAtMs`. */
  take(nowMs: number): Uint8Array[] {
    const dueMs = this.dueAtMs();
    if (dueMs === undefined || nowMs < dueMs) return [];
    this.sentMs = nowMs;
    const messages = this.takeFromBefore();
    while (this.unsent.length > 0 && !this.isFull()) messages.push(this.takeOne());
    return messages;
  }

  /**
   * What the host has not acknowledged, said once more: all of it, or the newest where that is too much.
   * @returns undefined when it has everything, and before `take` has said it all on this pipe
   */
  again(): Uint8Array | undefined {
    if (this.unacknowledged.length === 0 || this.fromBefore > 0) return undefined;
    let bytes = 0;
    let count = 0;
    for (const event of this.unacknowledged.slice(-MAX_EVENTS_PER_MESSAGE).reverse()) {
      bytes += eventBytes(event);
      if (bytes > MAX_AGAIN_BYTES) break;
      count += 1;
    }
    const first = this.firstSequence + this.unacknowledged.length - count;
    return count === 0 ? undefined : encodeInput(first, this.unacknowledged.slice(-count));
  }

  private takeFromBefore(): Uint8Array[] {
    const messages: Uint8Array[] = [];
    for (let at = 0; at < this.fromBefore; ) {
      const { count } = fitting(this.unacknowledged.slice(at, this.fromBefore));
      messages.push(encodeInput(this.firstSequence + at, this.unacknowledged.slice(at, at + count)));
      at += count;
    }
    this.fromBefore = 0;
    return messages;
  }

  private takeOne(): Uint8Array {
    const { count: fresh, bytes: freshBytes } = fitting(this.unsent);
    let bytes = freshBytes;
    let repeated = 0;
    const mayRepeat = Math.min(MAX_REPEATED_EVENTS, MAX_EVENTS_PER_MESSAGE - fresh, this.unacknowledged.length);
    while (repeated < mayRepeat) {
      const older = this.unacknowledged.at(-1 - repeated);
      bytes += older === undefined ? 0 : eventBytes(older);
      if (bytes > MAX_MESSAGE_EVENT_BYTES) break;
      repeated += 1;
    }
    const first = this.firstSequence + this.unacknowledged.length - repeated;
    this.unacknowledged.push(...this.unsent.splice(0, fresh));
    this.sentEvents += fresh;
    return encodeInput(first, this.unacknowledged.slice(-(fresh + repeated)));
  }

  private isFull(): boolean {
    return this.unacknowledged.length >= MAX_UNACKNOWLEDGED_EVENTS;
  }
}

/** How many of these fit into one message. */
function fitting(events: readonly InputEvent[]): { readonly count: number; readonly bytes: number } {
  let bytes = 0;
  let count = 0;
  for (const event of events) {
    const more = eventBytes(event);
    if (count > 0 && bytes + more > MAX_MESSAGE_EVENT_BYTES) break;
    bytes += more;
    count += 1;
    if (count === MAX_EVENTS_PER_MESSAGE) break;
  }
  return { count, bytes };
}

const isMotion = (event: InputEvent): boolean => event.kind === "move" || event.kind === "wheel";

/** One event that does what both do, when nothing can tell the difference. */
function merge(before: InputEvent, after: InputEvent): InputEvent | undefined {
  if (before.kind === "move" && after.kind === "move") return after;
  if (before.kind === "held" && after.kind === "held") return after;
  if (before.kind === "wheel" && after.kind === "wheel") {
    const dx = before.dx + after.dx;
    const dy = before.dy + after.dy;
    // Beyond the limit of one event the turns stay apart.
    if (Math.abs(dx) <= MAX_WHEEL_UNITS && Math.abs(dy) <= MAX_WHEEL_UNITS) return { kind: "wheel", dx, dy };
  }
  return undefined;
}

/** An upper bound: a UTF-16 unit is at most three bytes of UTF-8. */
function eventBytes(event: InputEvent): number {
  switch (event.kind) {
    case "text":
      return 3 + event.text.length * 3;
    case "held":
      return 3 + event.codes.length;
    case "key":
      return 4 + event.text.length * 3;
    default:
      return 6;
  }
}
