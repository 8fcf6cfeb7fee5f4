import type { Point } from "../../protocol/geometry.ts";
import type { InputInjector } from "./driver.ts";

/** Where one monitor of several is shared, its pixels do not begin at the desktop's corner: pointers are moved along. */
export function atOrigin(injector: InputInjector, origin: () => Point): InputInjector {
  return {
    name: injector.name,
    pointer: (to) => injector.pointer({ x: to.x + origin().x, y: to.y + origin().y }),
    button: (button, down) => injector.button(button, down),
    wheel: (dx, dy) => injector.wheel(dx, dy),
    key: (stroke) => injector.key(stroke),
    text: (value) => injector.text(value),
    settled: () => injector.settled(),
    close: () => injector.close(),
  };
}
