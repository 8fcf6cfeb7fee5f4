import type { Point } from "../../protocol/geometry.ts";
import type { Button } from "../../protocol/input.ts";
import type { KeyCode } from "../../protocol/key-code.ts";
import type { Availability } from "../errors.ts";

export type InputTarget = { readonly display: string | undefined };

export type KeyStroke = {
  readonly code: KeyCode;
  readonly down: boolean;
  readonly repeat: boolean;
  /** The character this key is to type, whatever the modifiers say; empty: act as the physical key. */
  readonly text: string;
};

/** Every driver passes test/conformance/input.ts. */
export interface InputDriver {
  readonly name: string;
  probe(target: InputTarget): Promise<Availability>;
  /** @throws HostError */
  open(target: InputTarget): Promise<InputInjector>;
}

/**
 * Puts input into the display, in the order of the calls. Trusted: role, limits and held keys are the InputGate's
 * business. Calls return at once; `settled` waits for the last of them.
 */
export interface InputInjector {
  readonly name: string;
  pointer(to: Point): void;
  button(button: Button, down: boolean): void;
  /** 120 units are one notch; right and down are positive. */
  wheel(dx: number, dy: number): void;
  key(stroke: KeyStroke): void;
  text(value: string): void;
  settled(): Promise<void>;
  /** Idempotent. Whatever is still down must have been let go by the caller. */
  close(): Promise<void>;
}
