import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { FIREFOX_PATH } from "../support/browser.ts";
import { stopProcess } from "../support/x-server.ts";
import type { BrowserPlace, ViewerBrowser } from "./viewer-browser.ts";

/** What it would show above the page, or ask its maker for: neither is the product's. */
const PREFERENCES: Readonly<Record<string, unknown>> = {
  "app.update.enabled": false,
  "browser.aboutwelcome.enabled": false,
  "browser.preonboarding.enabled": false,
  "browser.sessionstore.resume_from_crash": false,
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
  const profile = join(folder, "firefox");
  mkdirSync(profile);
  const lines = Object.entries(PREFERENCES).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`);
  writeFileSync(join(profile, "user.js"), `${lines.join("\n")}\n`);
  let running: ChildProcess | undefined;
  const leave = async () => {
    if (running !== undefined) await stopProcess(running);
    running = undefined;
  };
  return {
    name: "Firefox",
    open: async (url) => {
      await leave();
      const [command = "", ...words] = [...network.enter, FIREFOX_PATH, "--no-remote", "--profile", profile];
      running = spawn(
        command,
        [...words, "--kiosk", "--width", String(size.width), "--height", String(size.height), url],
        {
          stdio: "ignore",
          env: { ...process.env, DISPLAY: display, HOME: folder },
        },
      );
    },
    leave,
    countPageHeap: () => Promise.reject(new Error("Firefox does not tell what a page holds: only Chromium is soaked.")),
    close: leave,
  };
}
