import type { Fraction, Point } from "../../protocol/geometry.ts";
import type { Button, InputEvent } from "../../protocol/input.ts";
import { fractionAt } from "../core/fit.ts";
import { NO_WHEEL_REST, turnWheel } from "../core/wheel.ts";
import { shownPicture } from "../render/picture.ts";

export type PointerInput = {
  readonly held: () => Button[];
  /** Forgets what is down. A button that a hand still holds does nothing until it is pressed anew. */
  readonly forget: () => void;
};

type Owner = {
  readonly stage: HTMLElement;
  readonly enabled: () => boolean;
  readonly emit: (event: InputEvent) => void;
  /** The picture was pressed: the keyboard belongs to the desktop from here on. */
  readonly pressedAt: (at: Point) => void;
  readonly cancelled: () => void;
  readonly controlKeyHeld: () => boolean;
  readonly signal: AbortSignal;
};

/** The bits of `PointerEvent.buttons`. */
const BUTTON_BITS: readonly { readonly bit: number; readonly button: Button }[] = [
  { bit: 1, button: 1 },
  { bit: 4, button: 2 },
  { bit: 2, button: 3 },
  { bit: 8, button: 4 },
  { bit: 16, button: 5 },
];

/**
 * Chromium tells of a move with its next frame; to a page that it trusts (https, localhost) it also tells at once. A quick
 * mouse does so a thousand times a second: what comes in between is told with the frame.
 */
const AT_ONCE_EVERY_MS = 4;

/** Mouse, pen and the first finger on the picture. */
export function listenToPointer(owner: Owner): PointerInput {
  const { stage, signal } = owner;
  /** Down according to the browser, and down on the desktop: they differ for presses beside the picture. */
  let seenBits = 0;
  let sentBits = 0;
  let wheelRest = NO_WHEEL_REST;
  /** Where the desktop's pointer was last sent: a move that is told at once is told with the frame too. */
  let sentTo: Fraction | undefined;
  let atOnceMs = Number.NEGATIVE_INFINITY;

  const placeOf = (event: MouseEvent): { at: Fraction; onPicture: boolean } | undefined => {
    const picture = shownPicture(stage);
    if (picture === undefined) return undefined;
    const at = fractionAt({ x: event.clientX, y: event.clientY }, picture.box, picture.display);
    return { at, onPicture: event.target === picture.element };
  };

  const move = ({ at, onPicture }: { at: Fraction; onPicture: boolean }) => {
    if (!onPicture && sentBits === 0) return;
    if (sentTo?.x === at.x && sentTo.y === at.y) return;
    sentTo = at;
    owner.emit({ kind: "move", at });
  };

  const moveAtOnce = (event: Event) => {
    if (!(event instanceof PointerEvent) || !event.isPrimary || !owner.enabled()) return;
    if (event.timeStamp - atOnceMs < AT_ONCE_EVERY_MS) return;
    atOnceMs = event.timeStamp;
    const place = placeOf(event);
    if (place !== undefined) move(place);
  };

  // A second button while one is down comes as a move, so every pointer event is compared with what was down before.
  const follow = (event: PointerEvent) => {
    if (!event.isPrimary) return;
    const before = seenBits;
    seenBits = event.buttons;
    if (!owner.enabled()) return;
    const place = placeOf(event);
    if (place === undefined) return;
    if (event.type === "pointermove") move(place);
    for (const { bit, button } of BUTTON_BITS) {
      const isDown = (seenBits & bit) !== 0;
      if (isDown === ((before & bit) !== 0)) continue;
      if (isDown ? !place.onPicture && sentBits === 0 : (sentBits & bit) === 0) continue;
      sentBits ^= bit;
      sentTo = place.at;
      owner.emit({ kind: "button", button, down: isDown, at: place.at });
    }
  };

  const press = (event: PointerEvent) => {
    follow(event);
    if (sentBits === 0) return;
    capture(event);
    owner.pressedAt({ x: event.clientX, y: event.clientY });
  };

  const turn = (event: WheelEvent) => {
    const place = placeOf(event);
    if (!owner.enabled() || place === undefined || !place.onPicture) return;
    event.preventDefault();
    // Browsers report a pinch as a wheel under a Ctrl that nobody holds. It is no scrolling.
    if (event.ctrlKey && !owner.controlKeyHeld()) return;
    const { dx, dy, rest } = turnWheel(wheelRest, event);
    wheelRest = rest;
    if (dx !== 0 || dy !== 0) owner.emit({ kind: "wheel", dx, dy });
  };

  // Selection, dragging the picture away, autoscroll and the browser's own back and forward all begin here.
  const keepFromBrowser = (event: Event) => {
    if (owner.enabled() && event.target !== stage) event.preventDefault();
  };

  stage.addEventListener("pointerdown", press, { signal });
  stage.addEventListener("pointermove", follow, { signal });
  stage.addEventListener("pointerrawupdate", moveAtOnce, { signal });
  stage.addEventListener("pointerup", follow, { signal });
  stage.addEventListener("pointercancel", owner.cancelled, { signal });
  stage.addEventListener("wheel", turn, { signal, passive: false });
  for (const type of ["mousedown", "mouseup", "auxclick", "contextmenu", "dragstart", "selectstart"]) {
    stage.addEventListener(type, keepFromBrowser, { signal });
  }

  return {
    held: () => BUTTON_BITS.filter(({ bit }) => (sentBits & bit) !== 0).map(({ button }) => button),
    forget: () => {
      sentBits = 0;
      wheelRest = NO_WHEEL_REST;
      sentTo = undefined;
    },
  };
}

/**
 * Moves and the release are wanted even when the pointer leaves the window while a button is down. The picture itself
 * captures, not the stage: with the pointer every mouse event goes to whoever captured it.
 */
function capture({ target, pointerId }: PointerEvent): void {
  try {
    if (target instanceof Element) target.setPointerCapture(pointerId);
  } catch {
    // The pointer is gone already (a finger lifted at once); its release was or will be told all the same.
  }
}
