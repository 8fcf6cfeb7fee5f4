import { randomBytes } from "node:crypto";

import type { HostCommand, HostUi } from "../host-ui.ts";
import { startLoopbackServer } from "./loopback-server.ts";
import { readPageFiles } from "./page-files.ts";
import {
  afterEvent,
  afterNotice,
  afterPause,
  afterQuestion,
  fits,
  type PageState,
  pageView,
  type SharingSettings,
  startingState,
  withoutQuestion,
} from "./sharing.ts";

const TOKEN_BYTES = 16;

export type LocalPage = {
  readonly ui: HostUi;
  /** Opens the page, and lets whoever has it answer for the person at this desktop. */
  readonly url: string;
  /** A command given elsewhere: some leave no other trace, and the page must not show what is over. */
  readonly heard: (command: HostCommand) => void;
};

/**
 * A page on this computer that shows what the terminal shows and asks what it asks, for people who do not live there.
 * @param folder the built page
 * @throws Error of node:fs or node:net when the page is not built or there is no loopback port
 */
export async function openLocalPage(
  folder: string,
  settings: SharingSettings,
  nowMs: () => number,
): Promise<LocalPage> {
  let state = startingState(settings);
  let deliver: ((command: HostCommand) => void) | undefined;
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  const message = (): string => JSON.stringify(pageView(state, nowMs()));

  const server = await startLoopbackServer({
    token,
    files: readPageFiles(folder),
    current: message,
    onCommand: (command) => {
      if (deliver === undefined || !fits(state, command)) return false;
      heard(command);
      deliver(command);
      return true;
    },
  });
  const become = (next: PageState): void => {
    if (next === state) return;
    state = next;
    server.send(message());
  };
  const heard = (command: HostCommand): void => {
    if ("viewer" in command) become(withoutQuestion(state, command.viewer));
  };

  return {
    url: `http://127.0.0.1:${server.port}/${token}/`,
    heard,
    ui: {
      event: (event) => become(afterEvent(state, event)),
      notice: (level, text) => become(afterNotice(state, level, text)),
      ask: (question) => become(afterQuestion(state, question, nowMs())),
      withdraw: (viewer) => become(withoutQuestion(state, viewer)),
      paused: (paused) => become(afterPause(state, paused)),
      listen: (onCommand) => {
        deliver = onCommand;
      },
      close: () => {
        deliver = undefined;
        void server.close();
      },
    },
  };
}
