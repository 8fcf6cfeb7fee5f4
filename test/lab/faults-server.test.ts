import { setTimeout as pause } from "node:timers/promises";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { untilState } from "../support/browser.ts";
import type { RunningHost } from "../support/deskbeam.ts";
import { times } from "./extent.ts";
import { ARRIVES_LIMIT_MS, type FaultStage, setFaultStage } from "./fault-stage.ts";
import { Spans } from "./spans.ts";

const SERVER_DOWN_MS = 1500;
const ROOM_BACK_MS = 5000;
const ROOM_BACK_LIMIT_MS = 20_000;
/** Within which a page is live or says what is wrong. */
const VERDICT_LIMIT_MS = 20_000;
/** From opening the link; by then a page is usually live. */
const LATEST_KILL_MS = 600;

describe("when the signaling server is killed", () => {
  let set: FaultStage;
  beforeAll(async () => {
    set = await setFaultStage(37);
  });
  afterAll(() => set?.strike());

  const timesBack = (host: RunningHost): number => host.notices().split("is back").length - 1;

  describe("in the middle of a direct session", () => {
    const roomBack = new Spans("server killed, room back after it is");
    const runs = times(3, 50);

    it.each(Array.from({ length: runs }, (_, run) => run + 1))(
      "run %i: the session goes on, and the room comes back",
      () =>
        set.session("home", async (seen, hands, host) => {
          await hands.during(async () => {
            await set.stage.killServer();
            await pause(SERVER_DOWN_MS);
            await set.stage.startServer();
            const upMs = Date.now();
            await vi.waitFor(() => expect(timesBack(host)).toBe(1), { timeout: ROOM_BACK_LIMIT_MS, interval: 50 });
            roomBack.add(Date.now() - upMs);
          });
          await hands.expectExact(ARRIVES_LIMIT_MS);
          const history = await seen.history();
          const since = history.slice(history.findIndex(({ state, path }) => state === "live" && path === "direct"));
          expect(since.map(({ state, path }) => `${state} ${path}`)).toEqual(["live direct"]);

          const { link } = await host.next("code");
          const second = await seen.page.context().newPage();
          await second.goto(link);
          await untilState(second, "live");
        }),
    );

    it("the room is back within 5 s each time", () => {
      roomBack.tell();
      expect(roomBack.within(ROOM_BACK_MS)).toBe(runs);
    });
  });

  describe("while a viewer arrives", () => {
    let host: RunningHost;
    let link: string;
    let killed = 0;
    const decided = new Spans("server killed while a viewer arrives, live or told");
    const verdicts: string[] = [];
    const runs = times(3, 50);

    beforeAll(async () => {
      host = set.stage.host("desk", ["--reusable"]);
      link = (await host.next("ready")).link;
    });
    afterAll(() => host?.stop());

    const plan = Array.from({ length: runs }, (_, run) => ({
      run: run + 1,
      // Evenly spread, in an order without a pattern: steps of the golden section.
      afterMs: Math.round((((run + 0.5) * 0.618_034) % 1) * LATEST_KILL_MS),
      moment: run % 2 === 0 ? ("the page began to connect" as const) : ("the link was opened" as const),
      fate: run % 4 < 2 ? ("is started again" as const) : ("stays away" as const),
    }));

    it.each(plan)("run $run: $afterMs ms after $moment, the server $fate", async ({ afterMs, moment, fate }) => {
      await vi.waitFor(() => expect(timesBack(host)).toBe(killed), { timeout: ROOM_BACK_LIMIT_MS, interval: 50 });
      const context = await (await set.stage.browser("home")).newContext();
      const page = await context.newPage();
      let isDown = false;
      try {
        const openedMs = Date.now();
        // Without a server there may be no page at all: then it is the browser that says so.
        const opened = page.goto(link, { waitUntil: "commit" }).catch(() => undefined);
        if (moment === "the page began to connect")
          await page.locator("html[data-state]").waitFor({ state: "attached" });
        await pause(afterMs);
        await set.stage.killServer();
        killed += 1;
        isDown = true;
        const killedMs = Date.now();
        if (fate === "is started again") {
          await set.stage.startServer();
          isDown = false;
        }
        await opened;
        const verdict = await vi.waitFor(() => verdictOf(page), { timeout: VERDICT_LIMIT_MS, interval: 50 });
        const tookMs = Date.now() - openedMs;
        decided.add(tookMs);
        verdicts.push(verdict);
        process.stdout.write(`killed ${killedMs - openedMs} ms after opening: ${verdict} after ${tookMs} ms\n`);
        expect(tookMs).toBeLessThan(VERDICT_LIMIT_MS);
      } finally {
        await context.close();
        if (isDown) await set.stage.startServer();
      }
    });

    it("none of them hangs", () => {
      decided.tell();
      process.stdout.write(`live ${verdicts.filter((verdict) => verdict === "live").length} of ${runs}\n`);
      expect(decided.within(VERDICT_LIMIT_MS)).toBe(runs);
    });
  });
});

const shownSchema = z.object({ state: z.string(), reason: z.string(), words: z.string() });

/** Live, or what the page says in words; throws as long as it is neither. */
async function verdictOf(page: Page): Promise<string> {
  if (page.url().startsWith("chrome-error:")) return "the browser found no server";
  const { state, reason, words } = shownSchema.parse(
    await page.evaluate(`({
      state: document.documentElement.dataset.state ?? "",
      reason: document.documentElement.dataset.reason ?? "",
      words: (document.querySelector(".notice:not([hidden])") ?? document.body).innerText.trim(),
    })`),
  );
  if (state === "live") return "live";
  // Of a page that came only in part its own words are all there is.
  const isOver = state === "" || ((state === "join" || state === "ended") && reason !== "");
  if (isOver && words !== "") return `"${words.split("\n")[0]}"`;
  throw new Error(`${state} ${reason}: ${words}`);
}
