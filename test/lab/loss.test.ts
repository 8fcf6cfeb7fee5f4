import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openPaintedWindow } from "../support/painted-window.ts";
import { FULL, times } from "./extent.ts";
import { ARRIVES_LIMIT_MS, type FaultStage, setFaultStage } from "./fault-stage.ts";

type Loss = {
  readonly lossPercent: number;
  readonly rttMs: number;
  /** No longer between two keys, when ten are typed a second. */
  readonly freezeMs: number;
};

const ALL: readonly Loss[] = [20, 300].flatMap((rttMs) => [
  { lossPercent: 5, rttMs, freezeMs: 2000 },
  { lossPercent: 10, rttMs, freezeMs: 3000 },
  { lossPercent: 20, rttMs, freezeMs: 5000 },
]);
/** Each loss once, and both distances. */
const REPRESENTATIVE = ALL.filter(({ lossPercent, rttMs }) => (lossPercent === 5) === (rttMs === 20));
/** 95 of 100 keys are at the desktop's program within this, however many packets are lost. */
const p95LimitMs = (rttMs: number): number => 1.5 * rttMs + 60;
/** In `npm test` the machine may be busy with other things. */
const PATIENCE = FULL ? 1 : 2;
const TYPED_MS = times(8, 30) * 1000;

const FILM = { x: 300, y: 360, width: 240, height: 240 };
/** At the most, until it comes in parts. */
const FILM_PICTURES = 600;
const PARTS = 500;
const EXACT_LIMIT_MS = 10_000;

/** As a canvas has it. */
const rgbaOf = (bgrx: Uint8Array): number[] =>
  Array.from(bgrx, (_, at) => (at % 4 === 3 ? 255 : (bgrx[at - 2 * (at % 4) + 2] ?? 0)));

describe("a direct path that loses packets both ways", () => {
  let set: FaultStage;
  beforeAll(async () => {
    set = await setFaultStage(41);
  });
  afterAll(() => set?.strike());

  it.each(FULL ? ALL : REPRESENTATIVE)(
    "carries typing, $lossPercent % lost at $rttMs ms there and back: every stroke once and in order",
    { timeout: 120_000 },
    async ({ lossPercent, rttMs, freezeMs }) => {
      const lines = [set.stage.lab.link("home"), set.stage.lab.link("desk")] as const;
      // A quarter of the way there and back on each line, each way; the loss is all on the viewer's.
      for (const line of lines) await line.shape({ delayMs: rttMs / 4 });
      try {
        await set.session("home", async (_seen, hands) => {
          await lines[0].shape({ lossPercent });
          const { lost } = (await lines[0].count()).up;
          await hands.typeFor(TYPED_MS);
          const { keys, latencyMs, longestGapMs } = await hands.expectExact(ARRIVES_LIMIT_MS);
          expect((await lines[0].count()).up.lost).toBeGreaterThan(lost);
          const { p50, p95, max } = latencyMs;
          const figures = `${keys} keys, p50 ${p50} ms, p95 ${p95} ms, max ${max} ms, longest gap ${longestGapMs} ms`;
          process.stdout.write(`${lossPercent} % at ${rttMs} ms: ${figures}\n`);
          expect(keys).toBeGreaterThan((TYPED_MS / 1000) * 5);
          expect(longestGapMs).toBeLessThan(PATIENCE * freezeMs);
          expect(p95).toBeLessThan(PATIENCE * p95LimitMs(rttMs));
        });
      } finally {
        for (const line of lines) await line.shape({ lossPercent: 0 });
      }
    },
  );

  it("carries a film in parts, 2 % lost, and the last picture becomes exact", { timeout: 120_000 }, async () => {
    const line = set.stage.lab.link("home");
    const film = await openPaintedWindow(set.stage.display, FILM, 0);
    try {
      await set.session("home", async (seen) => {
        const show = async (picture: number) => {
          await pause(33);
          return film.photo({ x: 0, y: 0 }, FILM, picture, 4);
        };
        for (let picture = 0; picture < 30; picture += 1) await show(picture);
        expect(await seen.messagesOn("deskbeam-beside")).toBe(0);
        await line.shape({ lossPercent: 2 });
        let last: Uint8Array = new Uint8Array();
        for (let picture = 30; picture < FILM_PICTURES; picture += 1) {
          last = await show(picture);
          if (picture % 30 === 0 && (await seen.messagesOn("deskbeam-beside")) > PARTS) break;
        }
        expect(await seen.messagesOn("deskbeam-beside")).toBeGreaterThan(PARTS);
        await vi.waitFor(async () => expect(await seen.pixels(FILM)).toEqual(rgbaOf(last)), {
          timeout: EXACT_LIMIT_MS,
          interval: 200,
        });
        expect((await seen.history()).map(({ state }) => state)).not.toContain("reconnecting");
      });
    } finally {
      await line.shape({ lossPercent: 0 });
      await film.close();
    }
  });
});
