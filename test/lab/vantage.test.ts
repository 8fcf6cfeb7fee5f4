import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { times } from "./extent.ts";
import { middle } from "./middle.ts";
import { type Stage, setStage } from "./stage.ts";
import { addDocker, addVpn } from "./virtual-interfaces.ts";
import { visit } from "./visit.ts";

const DIRECT_LIMIT_MS = 3000;
const UNUSED_BYTES = 1500;
/** What one run differs from the next by itself. */
const NOISE_MS = 400;

// Without any delay a relay is found as fast as the direct path, and whoever takes the first one stays on it.
describe("two homes that can reach each other do, although a relay is as near", () => {
  let stage: Stage;
  /** When each run was live on the direct path, from the moment it began to connect. */
  const tookMs: Record<"bare" | "crowded", number[]> = { bare: [], crowded: [] };

  beforeAll(async () => {
    stage = await setStage({
      seed: 23,
      sites: {
        home: { nat: "port-restricted", machines: ["bare", "crowded"] },
        viewer: { nat: "port-restricted" },
      },
    });
    const crowded = stage.lab.machine("crowded");
    await addVpn(stage.lab, crowded);
    await addDocker(stage.lab, crowded);
  });
  afterAll(() => stage?.strike());

  it("the crowded machine has a VPN and a bridge of containers that programs can see", async () => {
    const [command = "", ...rest] = [...stage.lab.machine("crowded").inside, process.execPath];
    const print = "console.log(Object.keys(require('node:os').networkInterfaces()).sort().join(' '))";
    const { stdout } = await promisify(execFile)(command, [...rest, "-e", print]);
    expect(stdout.trim().split(" ")).toEqual(expect.arrayContaining(["docker0", "eth0", "lo", "tun0"]));
  });

  for (let run = 1; run <= times(3, 20); run++) {
    it.each(["bare", "crowded"] as const)(
      `run ${run}: direct within 3 s from the %s machine, by the counters at the relay`,
      async (machine) => {
        const host = stage.host(machine);
        const seen = await visit(stage, await stage.browser("viewer"), host);
        try {
          await seen.untilPath("direct", DIRECT_LIMIT_MS);
          const took = (await seen.whenLiveOn("direct")) - (await seen.whenState("connecting"));
          expect(took).toBeLessThan(DIRECT_LIMIT_MS);
          tookMs[machine].push(took);
          const before = await stage.turn.relayedBytesAtRest();
          await seen.type(`${machine}-${run}`);
          expect((await stage.turn.relayedBytes()) - before).toBeLessThan(UNUSED_BYTES);
        } finally {
          await seen.close();
          await host.stop();
        }
      },
    );
  }

  it("a VPN and a bridge cost no time", () => {
    process.stdout.write(
      `direct after (middle): bare ${middle(tookMs.bare)} ms, crowded ${middle(tookMs.crowded)} ms\n`,
    );
    expect(middle(tookMs.crowded)).toBeLessThan(middle(tookMs.bare) + NOISE_MS);
  });
});
