import { h } from "../../../../pages/element.ts";
import type { PageCommand } from "../wire/page-command.ts";
import { button, type Part } from "./part.ts";

/** What goes on; `over`: there is nothing to steer any more. */
export type Status =
  | { readonly at: "starting" | "over" }
  | { readonly at: "sharing"; readonly shared: string; readonly paused: boolean };

/** The line at the top: what goes on, and the two buttons that must always be in reach. */
export function sharingBar(tell: (command: PageCommand) => void): Part<Status> {
  const words = h("p", { class: "status", role: "status" });
  let paused = false;
  const pause = button("Pause", "", () => tell({ command: paused ? "resume" : "pause" }));
  const stop = button("Stop sharing", "danger", () => tell({ command: "stop" }));
  const brand = h("p", { class: "brand" }, h("img", { src: markUrl, alt: "", class: "mark" }), "deskbeam");
  return {
    element: h("header", { class: "bar" }, brand, words, h("div", { class: "bar-tools" }, pause, stop)),
    show(status) {
      paused = status.at === "sharing" && status.paused;
      words.textContent = statusWords(status);
      words.dataset.status = paused ? "paused" : status.at;
      pause.textContent = paused ? "Go on" : "Pause";
      pause.hidden = status.at !== "sharing";
      stop.hidden = status.at !== "sharing";
    },
  };
}

const markUrl = new URL("../../../../pages/icon.svg", import.meta.url).href;

function statusWords(status: Status): string {
  switch (status.at) {
    case "starting":
      return "Starting …";
    case "sharing":
      return status.paused
        ? "Paused: viewers see nothing and control nothing"
        : `Sharing this desktop, ${status.shared}`;
    case "over":
      return "Not sharing";
  }
}
