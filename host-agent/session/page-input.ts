import type { Role } from "../../protocol/control.ts";
import type { CloseReason } from "../../protocol/errors.ts";
import type { Size } from "../../protocol/geometry.ts";
import type { InputMessage } from "../../protocol/input.ts";
import { InputGate } from "../core/input-gate.ts";
import type { InputInjector } from "../input/driver.ts";
import { injectAll } from "../input/inject-all.ts";

/**
 * An acknowledgement holds for all input before it, so one for many messages is enough: one for each would, in a flood, be
 * hundreds that a slow way back has still to carry when the Bye comes behind them.
 */
const ACKNOWLEDGE_EVERY_MS = 10;

export type PageInputOptions = {
  readonly role: Role;
  readonly displaySize: Size;
  readonly injector: InputInjector;
  readonly nowMs: () => number;
  /** All input up to this number has been taken. */
  readonly acknowledge: (sequence: number) => void;
};

/** One page's input on its way to the desktop: lets through the gate what may pass, acknowledges all, lets go of what is held. */
export class PageInput {
  private readonly options: PageInputOptions;
  private readonly gate: InputGate;
  private gateTimer: NodeJS.Timeout | undefined;
  /** While it runs, what is to be acknowledged waits for it. */
  private ackTimer: NodeJS.Timeout | undefined;
  private owedAck: number | undefined;

  constructor(options: PageInputOptions) {
    this.options = options;
    this.gate = new InputGate({ role: options.role, size: options.displaySize });
  }

  resize(size: Size): void {
    this.gate.resize(size);
  }

  /** With `view` nothing passes, and what was held is let go. */
  setRole(role: Role): void {
    this.inject(this.gate.setRole(role));
  }

  /** Whether all that came before this has been taken. */
  follows(message: InputMessage): boolean {
    return this.gate.follows(message);
  }

  /** @returns why its page is to be ended, if it is */
  take(message: InputMessage): CloseReason | undefined {
    const result = this.gate.take(message, this.options.nowMs());
    this.inject(result.actions);
    this.acknowledge(result.ack);
    if (result.close === undefined) this.setGateTimer();
    return result.close;
  }

  /** Lets go of everything held, and ends its timers. Input may come again. */
  rest(): void {
    clearTimeout(this.gateTimer);
    clearTimeout(this.ackTimer);
    this.ackTimer = undefined;
    this.owedAck = undefined;
    this.inject(this.gate.releaseAll());
  }

  /** At once, or together with what comes in the next few milliseconds. */
  private acknowledge(sequence: number): void {
    if (this.ackTimer !== undefined) {
      this.owedAck = sequence;
      return;
    }
    this.owedAck = undefined;
    this.options.acknowledge(sequence);
    this.ackTimer = setTimeout(() => {
      this.ackTimer = undefined;
      if (this.owedAck !== undefined) this.acknowledge(this.owedAck);
    }, ACKNOWLEDGE_EVERY_MS);
  }

  private setGateTimer(): void {
    const { nowMs } = this.options;
    clearTimeout(this.gateTimer);
    const wakeAtMs = this.gate.wakeAtMs(nowMs());
    if (wakeAtMs === undefined) return;
    this.gateTimer = setTimeout(
      () => {
        this.inject(this.gate.tick(nowMs()));
        this.setGateTimer();
      },
      Math.max(wakeAtMs - nowMs(), 1),
    );
  }

  private inject(actions: Parameters<typeof injectAll>[1]): void {
    injectAll(this.options.injector, actions);
  }
}
