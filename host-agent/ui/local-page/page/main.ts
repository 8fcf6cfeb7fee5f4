import * as z from "zod/mini";
import { h } from "../../../../pages/element.ts";

import type { PageCommand } from "../wire/page-command.ts";
import type { PageView } from "../wire/page-view.ts";
import { followHost, type HostWord, tellHost } from "./host-line.ts";
import { invitationCard } from "./invitation-card.ts";
import { noticeList } from "./notice-list.ts";
import { questionCard } from "./question-card.ts";
import { sharingBar } from "./sharing-bar.ts";
import { viewerList } from "./viewer-list.ts";

// The page's policy forbids code made of strings, which zod would try out.
z.config({ jitless: true });

const problem = h("p", { class: "notice error", role: "alert", hidden: true });
const tell = (command: PageCommand): void => {
  void tellHost(command).then((sentence) => {
    problem.textContent = sentence ?? "";
    problem.hidden = sentence === undefined;
  });
};

const bar = sharingBar(tell);
const question = questionCard(tell);
const viewers = viewerList(tell);
const invitation = invitationCard(tell);
const notices = noticeList();
const desk = h(
  "main",
  { class: "desk", hidden: true },
  h("div", { class: "people" }, problem, question.element, viewers.element, notices.element),
  invitation.element,
);
const farewellHeading = h("h2", {});
const farewellWords = h("p", { class: "soft" });
const farewell = h("main", { class: "card farewell", hidden: true }, farewellHeading, farewellWords);
document.querySelector("#app")?.replaceChildren(bar.element, desk, farewell);

bar.show({ at: "starting" });
followHost((word) => {
  const view: PageView | undefined = word.kind === "view" ? word.view : undefined;
  document.title = titleOf(word);
  document.documentElement.dataset.state = view?.at ?? "lost";
  desk.hidden = view?.at !== "sharing";
  farewell.hidden = view !== undefined && view.at !== "ended";
  farewellHeading.textContent = view?.at === "ended" ? "The sharing has ended" : "deskbeam does not answer";
  farewellWords.textContent =
    view?.at === "ended"
      ? `Why: ${view.why}. This page can be closed.`
      : "It may have been stopped. Look at the terminal where it was started.";
  if (view?.at !== "sharing") {
    bar.show({ at: view?.at === "starting" ? "starting" : "over" });
    question.show({ question: undefined, behind: 0, mayControl: false });
    return;
  }
  const { questions, mayControl, seats, rights } = view;
  bar.show(view);
  question.show({ question: questions[0], behind: Math.max(0, questions.length - 1), mayControl });
  viewers.show({ seats, mayControl, rights });
  invitation.show(view.invitation);
  notices.show(view.notices);
});

/** Seen among other tabs: whoever waits comes first. */
function titleOf(word: HostWord): string {
  if (word.kind === "lost" || word.view.at === "ended") return "Ended — deskbeam";
  if (word.view.at === "starting") return "deskbeam";
  const { questions, seats, paused } = word.view;
  const first = questions[0];
  if (first !== undefined) return `(${questions.length}) ${first.name} waits — deskbeam`;
  if (paused) return "Paused — deskbeam";
  return seats.length === 0 ? "Sharing — deskbeam" : `${seats.length} watching — deskbeam`;
}
