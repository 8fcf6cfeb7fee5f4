import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { encodeControl } from "../../protocol/control.ts";
import type { Receiver } from "../../viewer/connect/held-messages.ts";
import { Connection, type Display } from "../../viewer/connection.ts";
import { HandCarriedPipe } from "../support/hand-carried-pipe.ts";

/** A connection over a pipe and a display that are the test's. */
function connect() {
  const pipe = new HandCarriedPipe("direct");
  pipe.open();
  let receiver: Receiver | undefined;
  const display: Display = {
    screen: {
      onPainted: () => {},
      onBroken: () => {},
      apply: () => {},
      reset: () => {},
      stats: { updates: 0, jpegRects: 0, exactRects: 0, solidRects: 0, bytes: 0 },
    },
    image: { onFirstPicture: () => {}, onFailed: () => {}, open: () => {}, close: () => {} },
    cursor: { shape: () => {}, place: () => {}, setRole: () => {} },
  };
  const told: string[] = [];
  const open = {
    pipe,
    pictureUrl: undefined,
    role: "view" as const,
    listen: (one: Receiver) => {
      receiver = one;
    },
  };
  const hands = { heldNow: () => ({ buttons: [], codes: [] }), nowMs: () => performance.now() };
  const connection = new Connection({ close: () => {} }, open, display, hands, {
    painted: () => told.push("painted"),
    role: () => {},
    paused: (paused) => told.push(`paused ${paused}`),
    rtt: () => {},
    pulse: () => {},
    ended: (end) => told.push(`ended ${end.kind}`),
  });
  connection.open();
  const hostSays = (paused: boolean) => receiver?.message(encodeControl({ kind: "paused", paused }));
  return { connection, display, told, hostSays };
}

describe("a connection", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => vi.useRealTimers());

  it("shows no sign of life once it is closed, though an update is still being decoded", () => {
    const { connection, display, told } = connect();
    const { screen, image } = display;
    const [painted, first] = [screen.onPainted, image.onFirstPicture];
    connection.close(undefined);
    expect([screen.onPainted === painted, image.onFirstPicture === first]).toEqual([false, false]);
    screen.onPainted({ sequence: 1, paintTenthsMs: 1 });
    screen.onBroken(new Error("half a picture"), 2);
    image.onFirstPicture();
    expect(told).toEqual([]);
  });

  it("waits no longer for a first picture than it said, pauses apart", () => {
    const { hostSays, told } = connect();
    vi.advanceTimersByTime(1_000);
    hostSays(true);
    vi.advanceTimersByTime(60_000);
    hostSays(false);
    vi.advanceTimersByTime(14_000);
    expect(told).toEqual(["paused true", "paused false"]);
    vi.advanceTimersByTime(2_000);
    expect(told.at(-1)).toBe("ended no-picture");
  });
});
