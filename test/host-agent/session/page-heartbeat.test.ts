import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { PageHeartbeat } from "../../../host-agent/session/page-heartbeat.ts";

let nowMs = 0;
let said: string[] = [];
let looks = 0;
let awake = true;
let pictureBytes = 0;
let heartbeat: PageHeartbeat;

beforeEach(() => {
  vi.useFakeTimers();
  [nowMs, said, looks, awake, pictureBytes] = [0, [], 0, true, 0];
  heartbeat = new PageHeartbeat({
    nowMs: () => nowMs,
    awake: () => {
      looks += 1;
      return awake;
    },
    pictureBytes: () => pictureBytes,
    ask: () => said.push(`asks at ${nowMs}`),
    silent: () => {
      said.push(`silent at ${nowMs}`);
      heartbeat.rest();
    },
    roundTripChanged: (rttMs) => said.push(`${rttMs} ms`),
  });
  heartbeat.begin();
  heartbeat.ask();
  said.length = 0;
});

afterEach(() => {
  heartbeat.rest();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function pass(ms: number): void {
  for (const endMs = nowMs + ms; nowMs < endMs; nowMs += 100) vi.advanceTimersByTime(100);
}

/** A viewer is heard every so many ms for so long. */
function hear(everyMs: number, forMs: number): void {
  for (const endMs = nowMs + forMs; nowMs < endMs; pass(everyMs)) heartbeat.heard();
}

it("beats with the words of a viewer that asks every 1.5 s, and wakes for nothing else", () => {
  hear(1_500, 3_000);
  looks = 0;
  hear(1_500, 15_000);
  expect(looks).toBe(10);
  expect(said).toEqual([]);
});

it("beats once a second, however much is heard", () => {
  hear(100, 10_000);
  expect(looks).toBe(10);
});

it("asks a viewer that is silent, once a second, and gives it up within 5.5 s", () => {
  hear(100, 2_000);
  const lastWordMs = nowMs - 100;
  pass(10_000);
  const [ask = "", ...more] = said;
  const askedMs = Number(ask.slice("asks at ".length));
  expect(askedMs - lastWordMs).toBeGreaterThanOrEqual(1_500);
  expect(more).toEqual([`asks at ${askedMs + 1_000}`, `asks at ${askedMs + 2_000}`, `silent at ${askedMs + 3_000}`]);
  expect(askedMs + 3_000 - lastWordMs).toBeLessThanOrEqual(5_500);
});

it("keeps a page in the background that only answers", () => {
  for (let second = 0; second < 60; second++) {
    const asked = said.length;
    pass(1_000);
    if (said.length > asked) heartbeat.heard();
  }
  expect(said.length).toBeGreaterThan(15);
  expect(said.filter((word) => word.startsWith("silent"))).toEqual([]);
});

it("does not blame a viewer for a program that did not run, and finds out a beat later", () => {
  nowMs += 60_000;
  pass(1_100);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/^asks/);
  pass(1_000);
  expect(said[1]).toMatch(/^silent/);
});

it("believes nothing while the machine has slept, and beats on", () => {
  awake = false;
  pass(20_000);
  expect(said).toEqual([]);
  expect(looks).toBeGreaterThan(10);
});

it("asks once a second while many bytes of pictures are sent, and else every half minute", () => {
  for (let second = 0; second < 10; second++) {
    pictureBytes += 100_000;
    hear(100, 1_000);
  }
  expect(said.length).toBeGreaterThanOrEqual(9);
  said.length = 0;
  hear(1_500, 65_000);
  expect(said.length).toBe(2);
});

it("tells a round trip that changes much, and none that wavers", () => {
  pass(1_000);
  for (const rttMs of [30, 45, 90]) {
    heartbeat.answered(nowMs - rttMs);
    pass(11_000);
    heartbeat.heard();
  }
  expect(said.filter((word) => word.endsWith(" ms"))).toEqual(["30 ms", "90 ms"]);
});
