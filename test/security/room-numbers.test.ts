import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../../signaling/core/limits.ts";
import { connect, openRoom, randomNonce, startTestServer } from "../signaling/running.ts";

/* G4: room numbers are short and public; what a stranger learns about which are in use is counted. */

const ask = (client: Awaited<ReturnType<typeof connect>>, room: string) =>
  client.timeout(5_000).emitWithAck("room.join", { room, nonce: randomNonce() });

const UNKNOWN = { ok: false, error: "no-such-room" };
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

describe("somebody who tries room numbers", () => {
  it("learns of five a minute, and then of none, from however many sockets at once", async () => {
    const server = await startTestServer({ limits: DEFAULT_LIMITS });
    const host = await openRoom(server);
    const sockets = await Promise.all(Array.from({ length: 20 }, () => connect(server)));
    const answers = await Promise.all(sockets.map((socket, index) => ask(socket, String(200_000 + index))));
    expect(answers.filter((answer) => !answer.ok && answer.error === "no-such-room")).toHaveLength(5);
    expect(answers.filter((answer) => !answer.ok && answer.error === "too-many")).toHaveLength(15);
    const one = await connect(server);
    expect(await ask(one, host.room)).toEqual({ ok: false, error: "too-many" });
  });

  it("is answered the same, and as fast, about a room that never was and one whose host is away", async () => {
    const server = await startTestServer();
    const host = await openRoom(server);
    let client = await connect(server);
    host.client.close();
    await expect.poll(() => ask(client, host.room)).toEqual(UNKNOWN);
    const tookMs = { away: [] as number[], unknown: [] as number[] };
    for (let trial = 0; trial < 500; trial += 1) {
      // A socket may say so much a second, and no more.
      if (trial % 40 === 39) client = await connect(server);
      for (const [kind, room] of [
        ["away", host.room],
        ["unknown", String(300_000 + trial)],
      ] as const) {
        const startMs = performance.now();
        expect(await ask(client, room)).toEqual(UNKNOWN);
        tookMs[kind].push(performance.now() - startMs);
      }
    }
    expect(Math.abs(median(tookMs.away) - median(tookMs.unknown))).toBeLessThan(5);
  });
});
