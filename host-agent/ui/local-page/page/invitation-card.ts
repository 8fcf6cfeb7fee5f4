import { h } from "../../../../pages/element.ts";
import type { PageCommand } from "../wire/page-command.ts";
import type { PageView } from "../wire/page-view.ts";
import { button, type Part } from "./part.ts";
import { qrCode } from "./qr-code.ts";

type Invitation = Extract<PageView, { at: "sharing" }>["invitation"];

/** For how long a button says that it has copied. */
const COPIED_MS = 2_000;

/** Link, code and QR code: what the other person needs. */
export function invitationCard(tell: (command: PageCommand) => void): Part<Invitation> {
  const note = h("p", { class: "soft" });
  const qr = h("div", { class: "qr-place" });
  const code = h("output", { class: "code" });
  const server = h("span", {});
  const link = h("input", { class: "link", readonly: true, "aria-label": "Link", spellcheck: "false" });
  const reach = h("p", { class: "soft" });
  let shownLink = "";
  return {
    element: h(
      "section",
      { class: "card invitation" },
      h("h2", {}, "Invite somebody"),
      note,
      qr,
      h("div", { class: "link-row" }, link, copyButton(link)),
      h("p", { class: "soft code-lead" }, "Or this code, to type at ", server),
      code,
      button("Invite another", "wide", () => tell({ command: "invite" })),
      reach,
    ),
    show(invitation) {
      note.textContent = invitation.note;
      code.textContent = invitation.code;
      server.textContent = invitation.server;
      reach.textContent = invitation.reach;
      if (invitation.link === shownLink) return;
      shownLink = invitation.link;
      link.value = invitation.link;
      qr.replaceChildren(qrCode(invitation.link));
    },
  };
}

function copyButton(field: HTMLInputElement): HTMLButtonElement {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const say = (words: string) => {
    element.textContent = words;
    clearTimeout(timer);
    timer = setTimeout(() => {
      element.textContent = "Copy";
    }, COPIED_MS);
  };
  const element = button("Copy", "small", () => {
    navigator.clipboard.writeText(field.value).then(
      () => say("Copied"),
      () => {
        // The browser forbids it: marked text is one key press away from being copied.
        field.select();
        say("Press Ctrl+C");
      },
    );
  });
  return element;
}
