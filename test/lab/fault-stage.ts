import { vi } from "vitest";
import { z } from "zod";
import type { Path } from "../../protocol/pipe.ts";
import type { RunningHost } from "../support/deskbeam.ts";
import { type Stage, setStage } from "./stage.ts";
import { type Hands, Typing } from "./typing.ts";
import { type Visit, visit } from "./visit.ts";

/** Each way on each line: 40 ms there and back between viewer and host. */
const LINE = { delayMs: 10, rateBps: 50e6 };
const CLIMB_LIMIT_MS = 10_000;
/** For what was typed to arrive, once the page is live. */
export const ARRIVES_LIMIT_MS = 20_000;

/** A viewer at "home" sees the host at the "desk" directly; one on the "phone" can only do so through the TURN server. */
export type FaultStage = {
  readonly stage: Stage;
  readonly typing: Typing;
  /** A host, and a page that is live on the best path there is and has been typed on; both end with what is done there. */
  session(
    from: "home" | "phone",
    act: (seen: Visit, hands: Hands, host: RunningHost) => Promise<void>,
    hostArgs?: readonly string[],
  ): Promise<void>;
  strike(): Promise<void>;
};

const BEST_PATH: Readonly<Record<"home" | "phone", Path>> = { home: "direct", phone: "turn" };

export async function setFaultStage(seed: number): Promise<FaultStage> {
  const home = { nat: "port-restricted", link: LINE } as const;
  const stage = await setStage({ seed, sites: { home, desk: home, phone: { nat: "symmetric", link: LINE } } });
  try {
    const typing = await Typing.open(stage.display);
    return {
      stage,
      typing,
      session: async (from, act, hostArgs = []) => {
        const host = stage.host("desk", hostArgs);
        try {
          const seen = await visit(stage, await stage.browser(from), host);
          try {
            await seen.untilPath(BEST_PATH[from], CLIMB_LIMIT_MS);
            const hands = await typing.begin(seen.page);
            await hands.typeFor(500);
            await act(seen, hands, host);
          } finally {
            await seen.close();
          }
        } finally {
          await host.stop();
        }
      },
      strike: async () => {
        await typing.close();
        await stage.strike();
      },
    };
  } catch (error) {
    await stage.strike();
    throw error;
  }
}

/**
 * How long after `sinceMs` (of the wall clock) the page was live again, and on which path. It has to have said that it was
 * not live: from `fromMs` on, which is when the trouble began.
 */
export async function liveAgain(
  seen: Visit,
  when: { readonly fromMs: number; readonly sinceMs: number },
  limitMs: number,
): Promise<{ readonly tookMs: number; readonly path: string }> {
  const originMs = z.number().parse(await seen.page.evaluate("Date.now() - performance.now()"));
  return vi.waitFor(
    async () => {
      const after = (await seen.history()).filter(({ ms }) => originMs + ms >= when.fromMs);
      const lost = after.findIndex(({ state }) => state === "reconnecting");
      const found = after.slice(lost + 1).find(({ state }) => state === "live");
      if (lost < 0 || found === undefined) {
        throw new Error(`not live again: ${JSON.stringify(after)}\n${await seen.report()}`);
      }
      return { tookMs: originMs + found.ms - when.sinceMs, path: found.path };
    },
    { timeout: limitMs, interval: 50 },
  );
}
