import type { Role } from "../../protocol/control.ts";
import { type Fraction, type Point, pixelAt, type Size } from "../../protocol/geometry.ts";
import { type Button, type InputEvent, type InputMessage, MAX_WHEEL_UNITS } from "../../protocol/input.ts";
import { isBlockedChord } from "./blocked-chords.ts";
import { HeldInputs } from "./held-inputs.ts";
import { Allowance, FloodMeter, MAX_ACCEPTED_PER_SECOND, MAX_INJECTED_PER_SECOND } from "./input-rate.ts";

/** What the injector is to do, in order. Positions are pixels of the display. */
export type InputAction =
  | { readonly kind: "pointer"; readonly to: Point }
  | { readonly kind: "button"; readonly button: Button; readonly down: boolean }
  | Extract<InputEvent, { kind: "wheel" | "key" | "text" }>;

export type GateResult = {
  readonly actions: readonly InputAction[];
  /** Highest event number taken; goes back to the viewer. */
  readonly ack: number;
  /** The viewer must go, for this reason. `actions` then let go of what it held; nothing passes any more. */
  readonly close: "flooded" | "protocol-error" | undefined;
};

/** How many events did not pass, and why. Counts only: what was typed is nobody's business. */
export type GateCounts = { readonly viewOnly: number; readonly blocked: number; readonly wheelDropped: number };

/** A viewer repeats its held set every 250 ms while anything is down; after this much silence it is gone. */
export const RELEASE_AFTER_SILENCE_MS = 1_500;

/**
 * Stands between one viewer and the injector: takes each event once and in order, lets through what the role allows,
 * keeps to the limits, and knows what is held so that nothing ever stays down.
 *
 * The shell gives every message to `take`, and calls `tick` at `wakeAtMs`.
 */
export class InputGate {
  private role: Role;
  private size: Size;
  private highestTaken = 0;
  private closed: GateResult["close"];
  private lastWordMs = 0;
  private pointerAt: Point | undefined;
  /** Where the pointer is to go when there is allowance again: always the newest place. */
  private waitingMove: Point | undefined;
  private readonly held = new HeldInputs();
  private readonly accepted = new Allowance(MAX_ACCEPTED_PER_SECOND);
  private readonly injected = new Allowance(MAX_INJECTED_PER_SECOND);
  /** What is never merged or dropped: strokes of keys and buttons, texts, and the moves they imply. */
  private readonly strokes = new Allowance(MAX_INJECTED_PER_SECOND);
  private readonly flood = new FloodMeter();
  private readonly notPassed = { viewOnly: 0, blocked: 0, wheelDropped: 0 };

  constructor(start: { role: Role; size: Size }) {
    this.role = start.role;
    this.size = start.size;
  }

  get counts(): GateCounts {
    return { ...this.notPassed };
  }

  /** Whether nothing is missing between what was taken and what this message says. */
  follows({ firstSequence }: InputMessage): boolean {
    return firstSequence <= this.highestTaken + 1;
  }

  take(message: InputMessage, nowMs: number): GateResult {
    if (this.closed !== undefined) return this.result([]);
    this.lastWordMs = nowMs;
    // Every message repeats what is not yet acknowledged, so what was taken before is skipped.
    const fresh = message.events.slice(Math.max(0, this.highestTaken + 1 - message.firstSequence));
    if (message.firstSequence < 1 || !this.follows(message)) return this.close("protocol-error");
    if (this.flood.arrived(1 + fresh.length, nowMs)) return this.close("flooded");

    this.highestTaken += fresh.length;
    if (this.role === "view") {
      this.notPassed.viewOnly += fresh.filter((event) => event.kind !== "held" && event.kind !== "release").length;
      return this.result([]);
    }
    const actions: InputAction[] = [];
    const within = this.accepted.takeUpTo(fresh.length, nowMs);
    for (const event of merged(fresh)) {
      const before = actions.length;
      this.pass(event, within, actions, nowMs);
      const strokes = actions.length - before;
      // A wheel turn, and the move to its place, have asked for their allowance.
      if (strokes === 0 || event.kind === "wheel") continue;
      this.injected.takeUpTo(strokes, nowMs);
      // None of them may be lost, and hands do not make so many: whoever goes on must go.
      if (!this.strokes.takeUpTo(strokes, nowMs)) return this.close("flooded", actions);
    }
    if (within) this.moveIfAllowed(actions, nowMs);
    return this.result(actions);
  }

  /** When `tick` has something to do; undefined: no timer is needed. */
  wakeAtMs(nowMs: number): number | undefined {
    const moveAtMs =
      this.waitingMove === undefined
        ? Number.POSITIVE_INFINITY
        : Math.max(this.accepted.readyAtMs(nowMs), this.injected.readyAtMs(nowMs));
    const releaseAtMs = this.held.any ? this.lastWordMs + RELEASE_AFTER_SILENCE_MS : Number.POSITIVE_INFINITY;
    const atMs = Math.min(moveAtMs, releaseAtMs);
    return Number.isFinite(atMs) ? atMs : undefined;
  }

  /** The pointer's newest place once there is allowance for it, and ups when the viewer has fallen silent. */
  tick(nowMs: number): InputAction[] {
    const actions: InputAction[] = [];
    this.moveIfAllowed(actions, nowMs);
    if (this.heartbeatMissed(nowMs)) actions.push(...this.releaseAll());
    return actions;
  }

  /** True when something is held and the viewer has not said a word for RELEASE_AFTER_SILENCE_MS. */
  heartbeatMissed(nowMs: number): boolean {
    return this.held.any && nowMs - this.lastWordMs >= RELEASE_AFTER_SILENCE_MS;
  }

  /** Ups of all that is held. For disconnect, pause, loss of control, exit: call it and inject what it returns. */
  releaseAll(): InputAction[] {
    const actions: InputAction[] = [];
    // A drag must end where the viewer last saw it, not where the allowance left it.
    if (this.held.any && this.waitingMove !== undefined) this.point(this.waitingMove, actions);
    this.waitingMove = undefined;
    actions.push(...this.held.releaseAll());
    return actions;
  }

  setRole(role: Role): InputAction[] {
    this.role = role;
    return role === "view" ? this.releaseAll() : [];
  }

  /** The display has another size; the same fraction now means another pixel. */
  resize(size: Size): void {
    this.size = size;
    this.pointerAt = undefined;
    this.waitingMove = undefined;
  }

  private pass(event: InputEvent, within: boolean, actions: InputAction[], nowMs: number): void {
    switch (event.kind) {
      case "move":
        this.waitingMove = this.elsewhere(pixelAt(event.at, this.size));
        return;
      case "button":
        this.waitingMove = undefined;
        this.passButton(event, actions);
        return;
      case "wheel":
        if (within) this.moveIfAllowed(actions, nowMs);
        // Without allowance to get to its place it would turn something else.
        if (!within || this.waitingMove !== undefined || !this.injected.tryTake(nowMs)) {
          this.notPassed.wheelDropped += 1;
          return;
        }
        actions.push(event);
        return;
      case "key":
        this.finishMove(actions);
        this.passKey(event, actions);
        return;
      case "text":
        this.finishMove(actions);
        this.injected.takeUpTo([...event.text].length, nowMs);
        actions.push(event);
        return;
      case "held":
        this.finishMove(actions);
        actions.push(...this.held.keepOnly(event.buttons, event.codes));
        return;
      case "release":
        actions.push(...this.releaseAll());
    }
  }

  private passButton(event: { button: Button; down: boolean; at: Fraction }, actions: InputAction[]): void {
    const { button, down } = event;
    this.point(pixelAt(event.at, this.size), actions);
    // A second down, or an up of what is not down, changes nothing: after a release the viewer's up still arrives.
    if (this.held.holdsButton(button) === down) return;
    if (down) this.held.pressButton(button);
    else this.held.releaseButton(button);
    actions.push({ kind: "button", button, down });
  }

  private passKey(event: InputEvent & { kind: "key" }, actions: InputAction[]): void {
    const held = this.held.holdsKey(event.code);
    if (event.down) {
      // A repeat of a key that is not down belongs to a press that was blocked or already let go.
      if (event.repeat !== held) return;
      if (isBlockedChord(event.code, this.held)) {
        this.notPassed.blocked += 1;
        return;
      }
      this.held.pressKey(event.code);
    } else {
      if (!held) return;
      this.held.releaseKey(event.code);
    }
    actions.push(event);
  }

  private moveIfAllowed(actions: InputAction[], nowMs: number): void {
    if (this.waitingMove !== undefined && this.injected.tryTake(nowMs)) this.finishMove(actions);
  }

  /** What follows a move happens where the move ended, allowance or not. */
  private finishMove(actions: InputAction[]): void {
    if (this.waitingMove !== undefined) this.point(this.waitingMove, actions);
    this.waitingMove = undefined;
  }

  /** The place, unless the pointer is there already. */
  private elsewhere(to: Point): Point | undefined {
    return this.pointerAt?.x === to.x && this.pointerAt.y === to.y ? undefined : to;
  }

  private point(to: Point, actions: InputAction[]): void {
    if (this.elsewhere(to) === undefined) return;
    this.pointerAt = to;
    actions.push({ kind: "pointer", to });
  }

  private close(why: "flooded" | "protocol-error", before: readonly InputAction[] = []): GateResult {
    this.closed = why;
    return this.result([...before, ...this.releaseAll()]);
  }

  private result(actions: readonly InputAction[]): GateResult {
    return { actions, ack: this.highestTaken, close: this.closed };
  }
}

/** Of moves in a row only the last counts; wheel turns in a row are one turn. Everything else stays as it is. */
function merged(events: readonly InputEvent[]): InputEvent[] {
  const out: InputEvent[] = [];
  for (const event of events) {
    const last = out.at(-1);
    if (event.kind === "move" && last?.kind === "move") {
      out[out.length - 1] = event;
    } else if (event.kind === "wheel" && last?.kind === "wheel") {
      out[out.length - 1] = { kind: "wheel", dx: wheelSum(last.dx, event.dx), dy: wheelSum(last.dy, event.dy) };
    } else {
      out.push(event);
    }
  }
  return out;
}

function wheelSum(a: number, b: number): number {
  return Math.min(Math.max(a + b, -MAX_WHEEL_UNITS), MAX_WHEEL_UNITS);
}
