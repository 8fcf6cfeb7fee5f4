/**
 * The chord that gives the keyboard back to this page, whatever the desktop would do with it. With Escape it would be
 * GNOME's "cycle panels", and without a letter it would fire inside longer chords; K is where K is on QWERTY, QWERTZ
 * and AZERTY.
 */
export const CHORD_NAME = "Ctrl + Alt + Shift + K";

/** Calls `back` on the chord, before anything else of the page sees it. */
export function listenForEscapeChord(back: () => void, signal: AbortSignal): void {
  const listener = (event: KeyboardEvent) => {
    const held = event.ctrlKey && event.altKey && event.shiftKey && !event.metaKey;
    if (!held || (event.code !== "KeyK" && event.key.toLowerCase() !== "k")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!event.repeat) back();
  };
  window.addEventListener("keydown", listener, { signal, capture: true });
}
