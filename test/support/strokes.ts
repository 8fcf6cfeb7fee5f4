import type { InputInjector } from "../../host-agent/input/driver.ts";
import { usKey } from "../../host-agent/input/nut/us-layout.ts";
import type { InputEvent } from "../../protocol/input.ts";
import { type KeyCode, keyCode } from "../../protocol/key-code.ts";

export const PRINTABLE_ASCII = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 0x20 + index));

export function code(name: string): KeyCode {
  const found = keyCode(name);
  if (found === undefined) throw new Error(`no key ${name}`);
  return found;
}

export const press = (injector: InputInjector, name: string, text = ""): void =>
  injector.key({ code: code(name), down: true, repeat: false, text });

export const repeat = (injector: InputInjector, name: string, text = ""): void =>
  injector.key({ code: code(name), down: true, repeat: true, text });

export const release = (injector: InputInjector, name: string): void =>
  injector.key({ code: code(name), down: false, repeat: false, text: "" });

/** A stroke as a viewer sends it: of the physical key, or of one that types `text`. */
export const keyEvent = (name: string, down: boolean, text = ""): InputEvent => ({
  kind: "key",
  code: code(name),
  down,
  repeat: false,
  text,
});

/** Types as a viewer with a US keyboard sends it: each character with the key it lies on, and no Shift. */
export function typeKeys(injector: InputInjector, text: string): void {
  for (const character of text) {
    const name = usKey(character)?.code ?? "KeyA";
    press(injector, name, character);
    release(injector, name);
  }
}
