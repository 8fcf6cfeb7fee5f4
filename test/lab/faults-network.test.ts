import { execFile } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openX11 } from "../../host-agent/x11/connection.ts";
import { untilState } from "../support/browser.ts";
import type { RunningHost } from "../support/deskbeam.ts";
import { times } from "./extent.ts";
import { ARRIVES_LIMIT_MS, type FaultStage, liveAgain, setFaultStage } from "./fault-stage.ts";
import { blockUdp, changeAddress, changePublicAddress } from "./outages.ts";
import { Spans } from "./spans.ts";

const HOST_GONE_SAID_MS = 5000;
/** A killed host gets a minute to come back; the server looks once a second. */
const ROOM_FREED_MS = 62_000;
const LINE_DOWN_MS = 5000;
const RESUMED_SOON_MS = 10_000;
const RESUMED_LIMIT_MS = 30_000;
const UDP_BLOCKED_LIMIT_MS = 12_000;
const TURN_KILLED_LIMIT_MS = 15_000;
const GOES_ON_MS = 1000;
const SOON = { timeout: 5000, interval: 50 };

describe("when the host, the line or a relay goes away in the middle of a session", () => {
  let set: FaultStage;
  beforeAll(async () => {
    set = await setFaultStage(31);
  });
  afterAll(() => set?.strike());

  let roomFreed: Promise<number>;

  it("a killed host: the page says so within 5 s, and the next host lets go of the key that was held", async () => {
    const display = await openX11(set.stage.display, false);
    const keysDown = async (): Promise<number> => {
      const map = await display.ask<Buffer>((reply) => display.client.QueryKeymap(reply));
      return map.filter((byte) => byte !== 0).length;
    };
    try {
      await set.session(
        "home",
        async (seen, hands, host) => {
          await hands.expectExact(ARRIVES_LIMIT_MS);
          await seen.page.keyboard.down("q");
          await vi.waitFor(async () => expect(await keysDown()).toBe(1), SOON);
          const camera = cameraOf(host);
          expect(await answerOf(camera)).toBe("200");
          const killedMs = Date.now();
          host.process.kill("SIGKILL");
          await untilState(seen.page, "reconnecting", HOST_GONE_SAID_MS);
          process.stdout.write(`host killed: said after ${Date.now() - killedMs} ms\n`);
          roomFreed = untilGone(camera, killedMs);
          // Looked at by the last of these tests.
          roomFreed.catch(() => undefined);

          expect(await keysDown()).toBe(1);
          const next = set.stage.host("desk");
          await next.next("ready");
          await vi.waitFor(async () => expect(await keysDown()).toBe(0), SOON);
          await next.stop();
        },
        ["--mjpeg", "allow"],
      );
    } finally {
      await display.close();
    }
  });

  describe("the line is down for 5 s", () => {
    const took = new Spans("line down for 5 s, live again after it is back");
    const ends = [
      { whose: "the viewer's", site: "home" },
      { whose: "the host's", site: "desk" },
    ] as const;
    const nothing = { meanwhile: "nothing changes", change: async () => undefined };
    const machine = {
      meanwhile: "the machine gets another address",
      change: (site: string) => changeAddress(set.stage.lab, site),
    };
    const router = {
      meanwhile: "the router gets another address",
      change: (site: string) => changePublicAddress(set.stage.lab, site),
    };
    // At either end, by turns: in half of the runs nothing changes, and each address in a quarter.
    const changes = [nothing, machine, router, nothing, machine, nothing, nothing, router] as const;
    const runs = times(3, 20);

    for (let run = 0; run < runs; run++) {
      const { whose, site } = ends[run % ends.length] ?? ends[0];
      const { meanwhile, change } = changes[run % changes.length] ?? nothing;

      it(`run ${run + 1}: ${whose} line, and ${meanwhile}`, () =>
        set.session("home", async (seen, hands, host) => {
          const line = set.stage.lab.link(site);
          const fromMs = Date.now();
          const again = await hands.during(async () => {
            await line.cut();
            await change(site);
            await pause(LINE_DOWN_MS);
            await line.mend();
            const back = await liveAgain(seen, { fromMs, sinceMs: Date.now() }, RESUMED_LIMIT_MS);
            await pause(GOES_ON_MS);
            return back;
          });
          process.stdout.write(`${whose} line, ${meanwhile}: ${again.path} after ${Math.round(again.tookMs)} ms\n`);
          took.add(again.tookMs);
          await hands.expectExact(ARRIVES_LIMIT_MS);
          // The seat was kept: nobody came with a code again, and nobody was asked.
          expect(host.events.filter(({ event }) => event === "knock")).toHaveLength(1);
        }));
    }

    it("all but one in twenty are live again within 10 s", () => {
      took.tell();
      expect(took.count).toBe(runs);
      expect(took.within(RESUMED_SOON_MS)).toBeGreaterThanOrEqual(Math.ceil(took.count * 0.95));
    });
  });

  const cases = [
    {
      fault: "UDP is blocked",
      from: "home",
      limitMs: UDP_BLOCKED_LIMIT_MS,
      begin: () => blockUdp(set.stage.lab, "home"),
    },
    {
      fault: "the TURN server is killed",
      from: "phone",
      limitMs: TURN_KILLED_LIMIT_MS,
      begin: async () => {
        await set.stage.turn.kill();
        return () => set.stage.turn.start();
      },
    },
  ] as const;

  for (const { fault, from, limitMs, begin } of cases) {
    describe(fault, () => {
      const took = new Spans(`${fault}, live again`);
      const runs = times(3, 20);

      it.each(Array.from({ length: runs }, (_, run) => run + 1))(`run %i: live again within ${limitMs / 1000} s`, () =>
        set.session(from, async (seen, hands) => {
          const fromMs = Date.now();
          const end = await hands.during(begin);
          try {
            const again = await hands.during(async () => {
              const back = await liveAgain(seen, { fromMs, sinceMs: fromMs }, limitMs);
              await pause(GOES_ON_MS);
              return back;
            });
            process.stdout.write(`${fault}: ${again.path} after ${Math.round(again.tookMs)} ms\n`);
            took.add(again.tookMs);
            expect(again.path).not.toBe("direct");
            await hands.expectExact(ARRIVES_LIMIT_MS);
          } finally {
            await end();
          }
        }),
      );

      it("each time", () => {
        took.tell();
        expect(took.within(limitMs)).toBe(runs);
      });
    });
  }

  it("the room of the killed host is freed a minute later", { timeout: 70_000 }, async () => {
    const freedMs = await roomFreed;
    process.stdout.write(`host killed: room freed after ${freedMs} ms\n`);
    expect(freedMs).toBeLessThan(ROOM_FREED_MS);
  });

  /** The picture for cameras is there for as long as its room is. */
  function cameraOf(host: RunningHost): string {
    const ready = host.events.find((event) => event.event === "ready");
    if (ready?.mjpeg == null) throw new Error("the host offers no picture to cameras");
    return ready.mjpeg;
  }

  async function answerOf(url: string): Promise<string> {
    const [command = "", ...inside] = set.stage.lab.machine("server").inside;
    const ask = [
      "curl",
      "--insecure",
      "--silent",
      "--head",
      "--output",
      "/dev/null",
      "--write-out",
      "%{http_code}",
      url,
    ];
    return (await promisify(execFile)(command, [...inside, ...ask])).stdout;
  }

  async function untilGone(url: string, sinceMs: number): Promise<number> {
    const limit = { timeout: ROOM_FREED_MS + 5000, interval: 500 };
    await vi.waitFor(async () => expect(await answerOf(url)).toBe("404"), limit);
    return Date.now() - sinceMs;
  }
});
