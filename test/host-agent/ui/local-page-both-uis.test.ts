import { beforeEach, describe, expect, test } from "vitest";

import type { HostCommand, HostUi, Question } from "../../../host-agent/ui/host-ui.ts";
import { bothUis } from "../../../host-agent/ui/local-page/both-uis.ts";

const QUESTION: Question = {
  kind: "admit",
  viewer: "v1",
  label: "Anna",
  from: "10.0.0.2",
  mjpeg: false,
  timeoutMs: 30_000,
};

/** A person who notes what is said and can say something. */
function person() {
  const heard: string[] = [];
  let say: (command: HostCommand) => void = () => {};
  const ui: HostUi = {
    event: (event) => heard.push(`event ${event.event}`),
    notice: (level, text) => heard.push(`${level}: ${text}`),
    ask: (question) => heard.push(`asked about ${question.viewer}`),
    withdraw: (viewer) => heard.push(`${viewer} withdrawn`),
    paused: (paused) => heard.push(paused ? "paused" : "going on"),
    listen: (onCommand) => {
      say = onCommand;
    },
    close: () => heard.push("closed"),
  };
  return { ui, heard, say: (command: HostCommand) => say(command) };
}

describe("two ways to talk with one person", () => {
  let first: ReturnType<typeof person>;
  let second: ReturnType<typeof person>;
  let both: HostUi;
  let commands: HostCommand[];

  beforeEach(() => {
    first = person();
    second = person();
    both = bothUis(first.ui, second.ui);
    commands = [];
    both.listen((command) => commands.push(command));
  });

  test("both hear everything", () => {
    both.event({ event: "ended", reason: "host-stopped" });
    both.notice("warning", "no display");
    both.ask(QUESTION);
    both.withdraw("v1");
    both.paused(true);
    both.close();
    expect(first.heard).toEqual([
      "event ended",
      "warning: no display",
      "asked about v1",
      "v1 withdrawn",
      "paused",
      "closed",
    ]);
    expect(second.heard).toEqual(first.heard);
  });

  test("either may command", () => {
    first.say({ command: "pause" });
    second.say({ command: "resume" });
    expect(commands).toEqual([{ command: "pause" }, { command: "resume" }]);
    expect([...first.heard, ...second.heard]).toEqual([]);
  });

  test.each<HostCommand>([
    { command: "approve", viewer: "v1", role: "view" },
    { command: "deny", viewer: "v1" },
    { command: "grant", viewer: "v1" },
  ])("what one answers with $command the other does not ask any more, before the host acts on it", (answer) => {
    both.ask(QUESTION);
    both.listen(() => expect(second.heard).toContain("v1 withdrawn"));
    first.say(answer);
    expect(first.heard).not.toContain("v1 withdrawn");
    both.listen((command) => commands.push(command));
    second.say(answer);
    expect(first.heard).toContain("v1 withdrawn");
    expect(commands).toEqual([answer]);
  });

  test("what is no answer leaves the questions alone", () => {
    both.ask(QUESTION);
    first.say({ command: "invite" });
    first.say({ command: "revoke", viewer: "v2" });
    expect(second.heard).toEqual(["asked about v1"]);
  });
});
