import type { HostCommand, HostUi } from "../host-ui.ts";

/**
 * Two ways to talk with the same person at once. Both hear everything, either may answer, and what one has answered the
 * other does not ask any more.
 */
export function bothUis(first: HostUi, second: HostUi): HostUi {
  return {
    event(event): void {
      first.event(event);
      second.event(event);
    },
    notice(level, text): void {
      first.notice(level, text);
      second.notice(level, text);
    },
    ask(question): void {
      first.ask(question);
      second.ask(question);
    },
    withdraw(viewer): void {
      first.withdraw(viewer);
      second.withdraw(viewer);
    },
    paused(paused): void {
      first.paused(paused);
      second.paused(paused);
    },
    listen(onCommand): void {
      const hear = (other: HostUi) => (command: HostCommand) => {
        // Before the host acts: it may tell of what follows, and a question must not stand under that.
        if (isAnswer(command)) other.withdraw(command.viewer);
        onCommand(command);
      };
      first.listen(hear(second));
      second.listen(hear(first));
    },
    close(): void {
      first.close();
      second.close();
    },
  };
}

function isAnswer(command: HostCommand): command is Extract<HostCommand, { viewer: string }> {
  return command.command === "approve" || command.command === "deny" || command.command === "grant";
}
