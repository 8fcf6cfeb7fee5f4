import type { Size } from "../../protocol/geometry.ts";
import type { ViewerNetwork } from "./viewer-network.ts";

export type BrowserName = "Chromium" | "Firefox";

/** The browser on the second display; it shows one page, on the whole screen. */
export interface ViewerBrowser {
  /** Resolves when the page is loaded; where the browser does not tell, at once. */
  open(url: string): Promise<void>;
  /** Whatever the page had open ends. */
  leave(): Promise<void>;
  /**
   * Begins to count what scripts of the page hold, its workers left out, when all that is unused has been given back.
   * @throws Error where the browser does not tell
   */
  countPageHeap(): Promise<() => Promise<number>>;
  close(): Promise<void>;
}

export type BrowserPlace = {
  /** For what it keeps; gone after the run. */
  readonly folder: string;
  readonly display: string;
  readonly size: Size;
  readonly network: ViewerNetwork;
};
