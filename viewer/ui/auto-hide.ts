import type { Page } from "./page.ts";

/** The picture is to be seen whole within two seconds of its first appearance. */
const GIVE_WAY_MS = 1_500;
const AFTER_USE_MS = 900;
const AFTER_TOUCH_MS = 4_000;
/** How near the top edge calls the bar: a mouse runs against the edge, a finger needs room. */
const MOUSE_EDGE_PX = 10;
const TOUCH_EDGE_PX = 36;

/**
 * Shows the bar when the picture appears, when the pointer comes to the top edge, on a touch there and while the focus
 * is in it; otherwise the picture has the window to itself. Outside `live` there is no picture to hide, so it stays.
 */
export function autoHide(dock: HTMLElement, { model, signal }: Page): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pointerOver = false;

  const set = (shown: boolean) => dock.toggleAttribute("data-shown", shown);
  const hide = () => {
    if (model.view.state.kind !== "live" || pointerOver || dock.contains(document.activeElement)) return;
    set(false);
  };
  const showFor = (durationMs: number) => {
    set(true);
    clearTimeout(timer);
    timer = setTimeout(hide, durationMs);
  };

  model.watch(
    (view) => view.state.kind,
    () => showFor(GIVE_WAY_MS),
    signal,
  );
  const moved = (event: PointerEvent) => {
    const wasOver = pointerOver;
    pointerOver = event.pointerType === "mouse" && event.target instanceof Node && dock.contains(event.target);
    // While a button is down the pointer drags something on the desktop, perhaps along its upper edge.
    if (event.pointerType === "mouse" && event.clientY <= MOUSE_EDGE_PX && event.buttons === 0) showFor(AFTER_USE_MS);
    else if (wasOver && !pointerOver) showFor(AFTER_USE_MS);
  };
  const touched = (event: PointerEvent) => {
    if (event.pointerType !== "mouse" && event.clientY <= TOUCH_EDGE_PX) showFor(AFTER_TOUCH_MS);
  };
  window.addEventListener("pointermove", moved, { signal, capture: true });
  window.addEventListener("pointerdown", touched, { signal, capture: true });
  dock.addEventListener("focusin", () => set(true));
  dock.addEventListener("focusout", () => showFor(AFTER_USE_MS));
  signal.addEventListener("abort", () => clearTimeout(timer));
}
