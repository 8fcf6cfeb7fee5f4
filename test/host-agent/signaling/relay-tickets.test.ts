import { describe, expect, it } from "vitest";
import { RelayTickets } from "../../../host-agent/signaling/relay-tickets.ts";

/** A server that numbers the pairs it gives, and what was asked of it so far. */
function atServer(answers = true) {
  let nowMs = 0;
  let asked = 0;
  const tickets = new RelayTickets(
    async () => {
      asked += 1;
      return answers ? asked : undefined;
    },
    () => nowMs,
  );
  return { tickets, asked: () => asked, pass: (durationMs: number) => (nowMs += durationMs) };
}

describe("relay tickets", () => {
  it("are asked for when somebody knocks, and there when they are wanted", async () => {
    const { tickets, asked } = atServer();
    tickets.expect();
    expect(asked()).toBe(1);
    expect(await tickets.take()).toBe(1);
    expect(asked()).toBe(1);
  });

  it("are one pair ahead, however many knock, and each pair is for one viewer", async () => {
    const { tickets, asked } = atServer();
    for (let knock = 0; knock < 50; knock++) tickets.expect();
    expect(asked()).toBe(1);
    expect(await Promise.all([tickets.take(), tickets.take(), tickets.take()])).toEqual([1, 2, 3]);
  });

  it("are not kept until they are stale", async () => {
    const { tickets, pass } = atServer();
    tickets.expect();
    pass(20_000);
    expect(await tickets.take()).toBe(2);
    tickets.expect();
    pass(19_999);
    tickets.expect();
    expect(await tickets.take()).toBe(3);
  });

  it("are asked for again when the server did not answer, or may be another one", async () => {
    const { tickets, asked } = atServer();
    tickets.expect();
    tickets.forget();
    expect(await tickets.take()).toBe(2);
    const silent = atServer(false);
    silent.tickets.expect();
    expect(await silent.tickets.take()).toBeUndefined();
    expect([asked(), silent.asked()]).toEqual([2, 2]);
  });
});
