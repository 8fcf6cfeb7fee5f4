import { randomInt } from "node:crypto";
import { describe, expect, it, onTestFinished } from "vitest";
import { startTestServer, type TestServer } from "../signaling/running.ts";
import { Guesser } from "../support/guesser.ts";
import { parallel } from "../support/parallel.ts";
import { type SharedHost, shareHost } from "../support/shared-host.ts";
import { codeProof, visit } from "../support/visitor.ts";

/*
 * G1: guessing. The real server, with its limits per address out of the way as if the guesser had as many addresses as it
 * liked; what a code allows is never raised.
 */
const HOSTS = 20;
const CODES_PER_HOST = 50;
const GUESSES_PER_CODE = 3;

function wrongFor(host: SharedHost): string {
  const guess = String(randomInt(10 ** 8)).padStart(8, "0");
  return guess === host.code() ? wrongFor(host) : guess;
}

async function hostAt(server: TestServer): Promise<SharedHost> {
  const host = await shareHost(server.url);
  onTestFinished(() => host.stop());
  return host;
}

const whys = (host: SharedHost): string[] => host.eventsOf("code").map(({ why }) => why);

/** Somebody who guesses wrong as often as a code takes it. */
async function burn(server: TestServer, host: SharedHost): Promise<void> {
  const guesser = new Guesser(server.url, host.room);
  for (let count = 0; count < GUESSES_PER_CODE; count += 1)
    expect(await guesser.guess(wrongFor(host))).toBe("wrong-code");
}

describe("wrong codes", () => {
  it("3,000 of them in 20 rooms let nobody in, ask nobody, and burn each code after exactly three", {
    timeout: 240_000,
  }, async () => {
    const server = await startTestServer();
    const hosts = await Promise.all(Array.from({ length: HOSTS }, () => hostAt(server)));
    const courses = await parallel(hosts, HOSTS, async (host) => {
      const guesser = new Guesser(server.url, host.room);
      const course: string[] = [];
      for (let count = 0; count < CODES_PER_HOST * GUESSES_PER_CODE; count += 1) {
        const answer = await guesser.guess(wrongFor(host));
        course.push(`${answer}, ${host.eventsOf("code").length} burned`);
      }
      return course;
    });
    const expected = Array.from(
      { length: CODES_PER_HOST * GUESSES_PER_CODE },
      (_, index) => `wrong-code, ${Math.floor((index + 1) / GUESSES_PER_CODE)} burned`,
    );
    for (const course of courses) expect(course).toEqual(expected);
    for (const host of hosts) {
      expect(whys(host)).toEqual(Array(CODES_PER_HOST).fill("burned"));
      expect(new Set(host.eventsOf("code").map(({ code }) => code)).size).toBe(CODES_PER_HOST);
      expect({ knocks: host.eventsOf("knock"), questions: host.ui.questions }).toEqual({ knocks: [], questions: [] });
    }
  });

  it("are told to the viewer's own page as what they are", async () => {
    const server = await startTestServer();
    const host = await hostAt(server);
    // A way that needs no WebRTC: a page without any would not even join.
    const visitor = visit(server.url, host.room, codeProof(wrongFor(host)), { path: "relay" });
    await visitor.settled;
    expect(visitor.failure).toEqual({ kind: "refused", reason: "wrong-code" });
    visitor.close();
  });

  it("burn the code also for somebody who knows it and comes to prove it one moment later", async () => {
    const server = await startTestServer();
    const host = await hostAt(server);
    const honest = await new Guesser(server.url, host.room).prepare(host.code());
    await burn(server, host);
    expect(await honest()).toEqual({ kind: "refused", reason: "code-burned" });
    expect(host.ui.questions).toEqual([]);
  });

  it("do not pass as one more when four are proved at once", async () => {
    const server = await startTestServer();
    const host = await hostAt(server);
    const guessers = Array.from({ length: 4 }, () => new Guesser(server.url, host.room));
    const proofs = await Promise.all(guessers.map((guesser) => guesser.prepare(wrongFor(host))));
    const verdicts = await Promise.all(proofs.map((prove) => prove()));
    const reasons = verdicts.map((verdict) => (verdict.kind === "refused" ? verdict.reason : "right"));
    expect(reasons.sort()).toEqual(["code-burned", "wrong-code", "wrong-code", "wrong-code"]);
    expect(whys(host)).toEqual(["burned"]);
  });

  it("leave a burned code dead: it counts as a guess at the next one", async () => {
    const server = await startTestServer();
    const host = await hostAt(server);
    const burned = host.code();
    await burn(server, host);
    const guesser = new Guesser(server.url, host.room);
    expect(await guesser.guess(burned)).toBe("wrong-code");
    await guesser.guess(wrongFor(host));
    await guesser.guess(wrongFor(host));
    expect(whys(host)).toEqual(["burned", "burned"]);
  });
});

describe("somebody who knocks and never proves anything", () => {
  it("takes up one place at the door, however often they knock", async () => {
    const server = await startTestServer();
    const host = await hostAt(server);
    const stranger = new Guesser(server.url, host.room);
    for (let count = 0; count < 20; count += 1) await stranger.knock();
    expect(await new Guesser(server.url, host.room).guess(host.code())).toBe("right");
  });
});
