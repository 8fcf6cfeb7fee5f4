import type { Button, InputEvent } from "../../protocol/input.ts";
import type { KeyCode } from "../../protocol/key-code.ts";
import type { Pipe } from "../../protocol/pipe.ts";
import { CHANNEL_PACE, InputQueue, SIGNALING_PACE } from "../core/input-queue.ts";

/** The complete set of what is down goes out this often while anything is: the host lets go of all else, and of all
 * after 1.5 s without a word. */
const HELD_EVERY_MS = 250;
/** More than this unsent means that the network stands still; moves then merge here instead of piling up there. */
const CROWDED_BYTES = 16 * 1024;
const CROWDED_WAIT_MS = 50;
/**
 * SCTP sends a lost packet again as soon as three later ones have arrived without it, and keeps those back until then.
 * Hands make too few: three strokes later is a sixth of a second, and then a round trip. So each is said again this often,
 * unless acknowledged, where nothing waits for what was lost; at once if one before it is not acknowledged either.
 */
const SAID_AGAIN_TIMES = 3;
const SAID_AGAIN_EVERY_MS = 10;

export type Held = { readonly buttons: readonly Button[]; readonly codes: readonly KeyCode[] };

/** Sends a page's input when its queue says so, over whichever pipe the session has. */
export class InputLane {
  private pipe: Pipe | undefined;
  private readonly heldNow: () => Held;
  private readonly nowMs: () => number;
  private readonly queue = new InputQueue();
  private sending: ReturnType<typeof setTimeout> | undefined;
  private holding: ReturnType<typeof setInterval> | undefined;
  private saying: ReturnType<typeof setTimeout> | undefined;

  constructor(heldNow: () => Held, nowMs: () => number) {
    this.heldNow = heldNow;
    this.nowMs = nowMs;
  }

  /** Goes on over this pipe: first what the host has not acknowledged, unless that was meant for a moment long past. */
  carry(pipe: Pipe, stillMeant: boolean): void {
    this.pipe = pipe;
    if (!stillMeant) this.queue.forget();
    this.queue.onAnotherPipe(pipe.path === "mjpeg" ? SIGNALING_PACE : CHANNEL_PACE);
    this.send();
  }

  /** Events sent, each counted once. */
  get sent(): number {
    return this.queue.sent;
  }

  add(event: InputEvent): void {
    const mayWait = this.queue.hasUnacknowledged;
    this.queue.add(event);
    const isStroke = event.kind === "key" || event.kind === "button";
    if (isStroke && event.down) this.repeatHeld();
    this.send();
    if (isStroke) this.sayAgain(SAID_AGAIN_TIMES, mayWait ? 0 : SAID_AGAIN_EVERY_MS);
  }

  /** @throws ProtocolError when the host acknowledges what was not sent */
  acknowledged(sequence: number): void {
    this.queue.acknowledged(sequence);
    this.send();
  }

  /** Nothing is sent any more. */
  close(): void {
    clearTimeout(this.sending);
    clearTimeout(this.saying);
    clearInterval(this.holding);
  }

  private send(): void {
    clearTimeout(this.sending);
    const { pipe } = this;
    // What is taken from the queue has to go out: a closed pipe would swallow it.
    if (pipe?.state !== "open") return;
    const nowMs = this.nowMs();
    const crowded = pipe.unsentBytes > CROWDED_BYTES;
    if (!crowded) for (const message of this.queue.take(nowMs)) pipe.send(message);
    const dueMs = this.queue.dueAtMs();
    if (dueMs === undefined) return;
    this.sending = setTimeout(() => this.send(), Math.max(dueMs - nowMs, crowded ? CROWDED_WAIT_MS : 0));
  }

  private sayAgain(times: number, afterMs: number): void {
    clearTimeout(this.saying);
    if (times === 0) return;
    this.saying = setTimeout(() => {
      const { pipe } = this;
      // TCP needs no such help, and a server counts messages.
      const isPackets = pipe?.path === "direct" || pipe?.path === "turn";
      if (!isPackets || pipe.state !== "open" || pipe.unsentBytes > CROWDED_BYTES) return;
      const message = this.queue.again();
      if (message === undefined) return;
      pipe.sendCopy?.(message);
      this.sayAgain(times - 1, SAID_AGAIN_EVERY_MS);
    }, afterMs);
  }

  private repeatHeld(): void {
    this.holding ??= setInterval(() => {
      const { buttons, codes } = this.heldNow();
      if (buttons.length + codes.length > 0) {
        this.queue.add({ kind: "held", buttons, codes });
        this.send();
      } else {
        clearInterval(this.holding);
        this.holding = undefined;
      }
    }, HELD_EVERY_MS);
  }
}
