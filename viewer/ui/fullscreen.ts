import { h } from "../../pages/element.ts";
import { iconButton } from "./icon-button.ts";
import type { Page } from "./page.ts";
import { strings } from "./strings.ts";

/** Chromium only, and only on secure pages: Escape, Alt+Tab and the Super key go to the desktop too. */
type KeyboardLock = { readonly lock?: () => Promise<void> };

/** Absent where the browser has no full screen for pages (iPhones). */
export function fullscreenButton({ signal }: Page, giveBack: () => void): HTMLElement {
  if (!document.fullscreenEnabled) return h("span", { hidden: true });
  const button = iconButton("fullscreen", strings.toolbar.fullscreen);
  const show = () => button.setAttribute("aria-pressed", String(document.fullscreenElement !== null));
  show();
  button.addEventListener("click", () => {
    toggleFullscreen().catch(() => {
      // The browser refused (an embedding page may forbid it): the window stays as it is, which is what one sees.
    });
    giveBack();
  });
  document.addEventListener("fullscreenchange", show, { signal });
  return button;
}

async function toggleFullscreen(): Promise<void> {
  if (document.fullscreenElement !== null) {
    await document.exitFullscreen();
    return;
  }
  await document.documentElement.requestFullscreen({ navigationUI: "hide" });
  // Not in TypeScript's DOM library, because only one browser has it.
  const { keyboard } = navigator as Navigator & { readonly keyboard?: KeyboardLock };
  await keyboard?.lock?.();
}
