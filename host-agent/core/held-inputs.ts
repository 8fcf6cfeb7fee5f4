import type { Button } from "../../protocol/input.ts";
import type { KeyCode } from "../../protocol/key-code.ts";

/** Ups of keys and buttons, in the order they are to be injected. */
export type Release =
  | { readonly kind: "key"; readonly code: KeyCode; readonly down: false; readonly repeat: false; readonly text: "" }
  | { readonly kind: "button"; readonly button: Button; readonly down: false };

const MODIFIERS: ReadonlySet<string> = new Set([
  "ShiftLeft",
  "ShiftRight",
  "ControlLeft",
  "ControlRight",
  "AltLeft",
  "AltRight",
  "MetaLeft",
  "MetaRight",
]);

/** What one viewer has pressed and not yet let go. */
export class HeldInputs {
  /** In the order pressed. */
  private readonly codes = new Set<KeyCode>();
  private readonly buttons = new Set<Button>();

  get any(): boolean {
    return this.codes.size > 0 || this.buttons.size > 0;
  }

  holdsKey(code: KeyCode): boolean {
    return this.codes.has(code);
  }

  holdsButton(button: Button): boolean {
    return this.buttons.has(button);
  }

  /** True when one of these DOM codes is down. */
  holdsOneOf(...codes: readonly string[]): boolean {
    return codes.some((code) => (this.codes as ReadonlySet<string>).has(code));
  }

  pressKey(code: KeyCode): void {
    this.codes.add(code);
  }

  pressButton(button: Button): void {
    this.buttons.add(button);
  }

  releaseKey(code: KeyCode): void {
    this.codes.delete(code);
  }

  releaseButton(button: Button): void {
    this.buttons.delete(button);
  }

  releaseAll(): Release[] {
    return this.keepOnly([], []);
  }

  /**
   * Lets go of everything not named. Ordinary keys first, newest first, and modifiers after them: the other way round
   * a shortcut's key would be seen alone, and repeat as a letter. Buttons last, so that a drag ends as it was held.
   */
  keepOnly(buttons: readonly Button[], codes: readonly KeyCode[]): Release[] {
    const keptCodes = new Set(codes);
    const keptButtons = new Set(buttons);
    const lost = [...this.codes].filter((code) => !keptCodes.has(code)).reverse();
    const lostButtons = [...this.buttons].filter((button) => !keptButtons.has(button));
    for (const code of lost) this.codes.delete(code);
    for (const button of lostButtons) this.buttons.delete(button);
    const ordered = [...lost.filter((code) => !MODIFIERS.has(code)), ...lost.filter((code) => MODIFIERS.has(code))];
    return [
      ...ordered.map((code): Release => ({ kind: "key", code, down: false, repeat: false, text: "" })),
      ...lostButtons.map((button): Release => ({ kind: "button", button, down: false })),
    ];
  }
}
