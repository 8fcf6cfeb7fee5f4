import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Path } from "../../protocol/pipe.ts";
import { FULL } from "./extent.ts";
import { middle } from "./middle.ts";
import type { SitePlan } from "./network.ts";
import { ALL_PAIRS, expectedPath, REPRESENTATIVE_PAIRS, siteOf } from "./pairs.ts";
import { SERVER, type Stage, setStage, TURNS } from "./stage.ts";
import { pathAtHost, visit } from "./visit.ts";

/** Each way on each line: 40 ms there and back between viewer and host, whatever the path. */
const LINE = { delayMs: 10, rateBps: 50e6 };
/**
 * From opening the link to a full picture: of each pair, and in the middle of the pairs of a rung. 1.5 s is what is
 * promised, on a computer that does nothing else; where few pairs are tried, on whatever machine, it is held to 2 s. Of the
 * machine's own time (own-time.ts).
 */
const PICTURE_LIMIT_MS = 4000;
const MIDDLE_PICTURE_LIMIT_MS = FULL ? 1500 : 2000;
/** To be on the best path that there is. */
const CLIMB_LIMIT_MS = 10_000;
/** What one page of text costs at the least; and what a path that is not used may still cost: late goodbyes. */
const USED_BYTES = 8000;
const UNUSED_BYTES = 1500;

const pairs = FULL ? ALL_PAIRS : REPRESENTATIVE_PAIRS;

function sitesOf(): Record<string, SitePlan> {
  const ends = pairs.flatMap(({ viewer, host }) => [
    { name: `viewer-${viewer}`, seat: viewer },
    { name: `host-${host}`, seat: host },
  ]);
  return Object.fromEntries(ends.map(({ name, seat }) => [name, { ...siteOf(seat, SERVER, TURNS), link: LINE }]));
}

describe("the best path that there is", () => {
  let stage: Stage;
  const pictureMs: Record<Path, number[]> = { direct: [], turn: [], relay: [], mjpeg: [] };

  beforeAll(async () => {
    stage = await setStage({
      seed: 11,
      sites: {
        ...sitesOf(),
        house: { nat: "port-restricted", link: LINE, machines: ["sofa", "desk"] },
        office: { ...siteOf("server-only", SERVER, TURNS), link: LINE, machines: ["meeting", "cubicle"] },
      },
    });
  });
  afterAll(() => stage?.strike());

  async function meet(viewer: string, at: string, path: Path): Promise<void> {
    const word = `${viewer}-${at}`;
    const host = stage.host(at);
    const seen = await visit(stage, await stage.browser(viewer), host);
    try {
      // At once, on whatever path the first picture came; then on the one that it ends on.
      await seen.type(`${word}-first`);
      await seen.untilPath(path, CLIMB_LIMIT_MS);
      await vi.waitFor(() => expect(pathAtHost(host)).toBe(path), { timeout: 2000, interval: 50 });
      const { turn } = stage;
      const before = await (path === "turn" ? turn.relayedBytes() : turn.relayedBytesAtRest());
      await seen.type(`${word}-then`);
      const relayed = (await turn.relayedBytes()) - before;
      if (path === "turn") expect(relayed).toBeGreaterThan(USED_BYTES);
      else expect(relayed).toBeLessThan(UNUSED_BYTES);
      expect(await seen.page.locator("html").getAttribute("data-sealed")).toBe("true");
      const { pictureOwnMs } = seen;
      const [liveMs, onPathMs] = [await seen.whenState("live"), await seen.whenLiveOn(path)];
      const picture = `picture ${Math.round(liveMs)} ms (${Math.round(pictureOwnMs)} of its own)`;
      process.stdout.write(`${word}: ${picture}, ${path} ${Math.round(onPathMs)} ms\n`);
      pictureMs[path].push(pictureOwnMs);
      // Whatever is tried in vain, and for however long, does not hold up the picture.
      expect(pictureOwnMs).toBeLessThan(PICTURE_LIMIT_MS);
    } finally {
      await seen.close();
      await host.stop();
    }
  }

  for (const pair of pairs) {
    const path = expectedPath(pair);
    it(`${pair.viewer} looks at ${pair.host}: ${path}`, () => meet(`viewer-${pair.viewer}`, `host-${pair.host}`, path));
  }

  it("two machines in one house: direct, though their router does not reflect", () => meet("sofa", "desk", "direct"));

  it("two machines in one office that lets nothing out: direct", () => meet("meeting", "cubicle", "direct"));

  it("a firewall that is closed to UDP at first: TURN, and direct half a minute later", {
    timeout: 120_000,
  }, async () => {
    const { namespace } = stage.lab.router("viewer-port-restricted");
    const rules = (words: string) => promisify(execFile)("ip", ["netns", "exec", namespace, "nft", words]);
    await rules(
      "add table ip late; add chain ip late out { type filter hook forward priority -1; }; add rule ip late out meta l4proto udp drop",
    );
    const letOut = () => rules("add table ip late; delete table ip late");
    const host = stage.host("host-none");
    const seen = await visit(stage, await stage.browser("viewer-port-restricted"), host);
    try {
      await seen.untilPath("turn", CLIMB_LIMIT_MS);
      const inVain = async () => expect(await seen.report()).toMatch(/direct +failed/);
      await vi.waitFor(inVain, { timeout: 20_000, interval: 500 });
      await letOut();
      await seen.untilPath("direct", 45_000);
      await seen.type("let-out");
    } finally {
      await seen.close();
      await host.stop();
      await letOut();
    }
  });

  it.each(["direct", "turn", "relay"] as const)(
    "the first picture of a session that ends on %s comes in time",
    (path) => {
      expect(pictureMs[path].length).toBeGreaterThanOrEqual(2);
      expect(middle(pictureMs[path])).toBeLessThan(MIDDLE_PICTURE_LIMIT_MS);
    },
  );
});
