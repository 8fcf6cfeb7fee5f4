import type { Button, InputEvent } from "../../protocol/input.ts";
import type { KeyCode } from "../../protocol/key-code.ts";
import { listenToKeyboard } from "./keyboard.ts";
import { listenToPointer } from "./pointer.ts";

export type InputSink = {
  event(event: InputEvent): void;
  /** A text was pasted that is longer than can be typed; nothing of it was sent. */
  pasteTooLong?(characters: number): void;
};

export type AttachedInput = {
  /** On: takes pointer and keyboard. Off (the start): lets go of everything and leaves both to the page. */
  setEnabled(on: boolean): void;
  /** What the shared desktop must hold down just now. */
  heldNow(): { buttons: Button[]; codes: KeyCode[] };
  /** Says `release` if anything is down, and forgets it. */
  releaseAll(): void;
  detach(): void;
};

/**
 * Turns what hands do on the stage into input events, in order. Whenever this page might miss a key or a button going
 * up (another window, a hidden tab, a cancelled touch, the keyboard given back to the page) it says `release`.
 */
export function attachInput(stage: HTMLElement, sink: InputSink): AttachedInput {
  const listening = new AbortController();
  const { signal } = listening;
  let enabled = false;
  const emit = (event: InputEvent) => sink.event(event);

  const keyboard = listenToKeyboard({
    stage,
    label: stage.getAttribute("aria-label") ?? "",
    emit,
    blurred: () => releaseAll(),
    tooLong: (characters) => sink.pasteTooLong?.(characters),
    signal,
  });
  const pointer = listenToPointer({
    stage,
    enabled: () => enabled,
    emit,
    pressedAt: keyboard.focus,
    cancelled: () => releaseAll(),
    controlKeyHeld: () => keyboard.held().some((code) => code.startsWith("Control")),
    signal,
  });

  const heldNow = () => ({ buttons: pointer.held(), codes: keyboard.held() });
  const releaseAll = () => {
    const { buttons, codes } = heldNow();
    pointer.forget();
    keyboard.forget();
    if (buttons.length + codes.length > 0) emit({ kind: "release" });
  };

  window.addEventListener("blur", releaseAll, { signal });
  window.addEventListener("pagehide", releaseAll, { signal });
  document.addEventListener("visibilitychange", () => document.hidden && releaseAll(), { signal });

  return {
    setEnabled: (on) => {
      if (on === enabled) return;
      if (!on) releaseAll();
      enabled = on;
      keyboard.setEnabled(on);
      stage.toggleAttribute("data-input", on);
      if (on && nothingFocused()) keyboard.focus();
    },
    heldNow,
    releaseAll,
    detach: () => {
      releaseAll();
      listening.abort();
      stage.removeAttribute("data-input");
    },
  };
}

/** A field that has just been hidden keeps the focus until the browser draws the next frame: keys typed meanwhile would be lost. */
function nothingFocused(): boolean {
  const { activeElement } = document;
  return activeElement === null || activeElement === document.body || activeElement.getClientRects().length === 0;
}
