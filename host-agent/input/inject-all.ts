import type { InputAction } from "../core/input-gate.ts";
import type { InputInjector } from "./driver.ts";

/** What the gate has let through, in order. */
export function injectAll(injector: InputInjector, actions: readonly InputAction[]): void {
  for (const action of actions) {
    switch (action.kind) {
      case "pointer":
        injector.pointer(action.to);
        break;
      case "button":
        injector.button(action.button, action.down);
        break;
      case "wheel":
        injector.wheel(action.dx, action.dy);
        break;
      case "key":
        injector.key(action);
        break;
      case "text":
        injector.text(action.text);
    }
  }
}
