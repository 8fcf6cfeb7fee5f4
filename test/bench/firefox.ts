import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { FIREFOX_PATH } from "../support/browser.ts";
import { stopProcess } from "../support/x-server.ts";
import type { BrowserPlace, ViewerBrowser } from "./viewer-browser.ts";

/** What it would show above the page, or ask its maker for: neither is the product's. */
const PREFERENCES: Readonly<Record<string, unknown>> = {
  "app.update.enabled": false,
  "browser.aboutwelcome.enabled": false,
  "browser.preonboarding.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.homepage_override.mstone": "ignore",
  "datareporting.policy.dataSubmissionEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "data:,",
  "toolkit.telemetry.enabled": false,
};

/**
 * Started with its page and ended with it, like by a person: what drives browsers speaks to this one over TCP, and here it is
 * in a network of its own.
 */
export function openFirefox({ folder, display, size, network }: BrowserPlace): ViewerBrowser {
  let running: ChildProcess | undefined;
  const leave = async () => {
    const ended = running;
    running = undefined;
    if (ended !== undefined) await stopProcess(ended);
  };
  return {
    open: async (url) => {
      await leave();
      const window = ["--kiosk", "--width", String(size.width), "--height", String(size.height)];
      const [command = "", ...words] = [...network.enter, FIREFOX_PATH, "--no-remote", "--profile", newProfile(folder)];
      const child = spawn(command, [...words, ...window, url], {
        stdio: "ignore",
        // Its caches are in the home folder; and on a desktop of today it would go there instead of to this display.
        env: { ...process.env, DISPLAY: display, HOME: folder, MOZ_ENABLE_WAYLAND: "0" },
      });
      running = child;
      const ended = (why: unknown) => {
        if (running === child) process.stderr.write(`bench: Firefox has ended by itself (${why}).\n`);
      };
      child.on("error", ended);
      child.on("exit", ended);
    },
    leave,
    countPageHeap: () => Promise.reject(new Error("Firefox does not tell what a page holds.")),
    close: leave,
  };
}

/** For each start: with one that was used it would ask whether to open the pages of before. */
function newProfile(folder: string): string {
  const profile = mkdtempSync(join(folder, "firefox-"));
  const lines = Object.entries(PREFERENCES).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`);
  writeFileSync(join(profile, "user.js"), `${lines.join("\n")}\n`);
  return profile;
}
