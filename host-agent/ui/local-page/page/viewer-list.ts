import { h } from "../../../../pages/element.ts";
import type { PageCommand } from "../wire/page-command.ts";
import type { PageSeat } from "../wire/page-view.ts";
import { button, type Part } from "./part.ts";

type Seats = { readonly seats: readonly PageSeat[]; readonly mayControl: boolean; readonly rights: string };

/** Who watches and who controls, and what can be done about it. */
export function viewerList(tell: (command: PageCommand) => void): Part<Seats> {
  const heading = h("h2", {});
  const rightsLine = h("p", { class: "soft" });
  const list = h("ul", { class: "viewers" });
  const rows = new Map<string, Part<PageSeat>>();
  return {
    element: h("section", { class: "card" }, heading, rightsLine, list),
    show({ seats, mayControl, rights }) {
      rightsLine.textContent = rights;
      heading.textContent = headline(seats);
      list.hidden = seats.length === 0;
      for (const [viewer, row] of rows) {
        if (seats.some((seat) => seat.viewer === viewer)) continue;
        row.element.remove();
        rows.delete(viewer);
      }
      for (const seat of seats) {
        // A row stays the same element while its viewer is here: the focus on its buttons is not lost.
        const row = rows.get(seat.viewer) ?? viewerRow(seat.viewer, mayControl, tell);
        if (!rows.has(seat.viewer)) list.append(row.element);
        rows.set(seat.viewer, row);
        row.show(seat);
      }
    },
  };
}

function headline(seats: readonly PageSeat[]): string {
  if (seats.length === 0) return "Nobody is watching";
  const people = seats.length === 1 ? "One viewer" : `${seats.length} viewers`;
  const controller = seats.find((seat) => seat.role === "control");
  return controller === undefined ? `${people}, nobody controls` : `${people}, ${controller.name} controls`;
}

function viewerRow(viewer: string, mayControl: boolean, tell: (command: PageCommand) => void): Part<PageSeat> {
  const name = h("bdi", { class: "viewer-name" });
  const role = h("span", { class: "badge" });
  const unsealed = h("span", { class: "badge warning" }, "Not sealed");
  const details = h("p", { class: "soft" });
  let controls = false;
  const change = button("", "small", () => tell({ command: controls ? "revoke" : "grant", viewer }));
  const kick = button("Send away", "small danger", () => tell({ command: "kick", viewer }));
  return {
    element: h(
      "li",
      { class: "viewer" },
      h("div", { class: "viewer-words" }, h("p", {}, name, " ", role, " ", unsealed), details),
      h("div", { class: "viewer-tools" }, change, kick),
    ),
    show(seat) {
      controls = seat.role === "control";
      name.textContent = seat.name;
      role.textContent = controls ? "Controls" : "Watches";
      role.dataset.role = seat.role;
      unsealed.hidden = seat.sealed;
      details.textContent = [seat.connection, ...(seat.from === "" ? [] : [`from ${seat.from}`])].join(" · ");
      change.textContent = controls ? "Take control back" : "Give control";
      change.hidden = !mayControl && !controls;
      // Read aloud, buttons of several rows must differ.
      for (const tool of [change, kick]) tool.setAttribute("aria-label", `${tool.textContent}: ${seat.name}`);
    },
  };
}
