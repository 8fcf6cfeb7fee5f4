import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ControlMessage, encodeControl } from "../../protocol/control.ts";
import { decodeMessage } from "../../protocol/message.ts";
import type { Path } from "../../protocol/pipe.ts";
import type { Receiver } from "../../viewer/connect/pipe-outlet.ts";
import { Connection, type Display } from "../../viewer/connection.ts";
import { NOTHING_PAINTED } from "../../viewer/core/screen-stats.ts";
import { HandCarriedPipe } from "../support/hand-carried-pipe.ts";

/** A connection over pipes and a display that are the test's. */
function connect() {
  const told: string[] = [];
  const display: Display = {
    screen: {
      onPainted: () => {},
      onBroken: () => {},
      apply: () => {},
      applyShort: () => {},
      skip: () => told.push("screen skip"),
      reset: () => told.push("screen reset"),
      stats: NOTHING_PAINTED,
    },
    image: {
      onFirstPicture: () => {},
      onFailed: () => {},
      open: (url) => told.push(`image ${url}`),
      close: () => told.push("image closed"),
    },
    cursor: { shape: () => {}, place: () => {}, setRole: () => {} },
  };
  const hands = { heldNow: () => ({ buttons: [], codes: [] }), nowMs: () => performance.now() };
  const connection = new Connection(1, display, hands, {
    moved: () => told.push("moved"),
    painted: () => told.push("painted"),
    role: () => {},
    paused: (paused) => told.push(`paused ${paused}`),
    rtt: () => {},
    pulse: () => {},
    ended: (end) => told.push(`ended ${end.kind}`),
  });
  /** Goes on over a new pipe, and returns the host's end of it. */
  const carry = (path: Path, pictureUrl?: string) => {
    const pipe = new HandCarriedPipe(path);
    const listen = ({ message, closed }: Receiver) => pipe.listen({ opened: () => {}, message, closed });
    pipe.open();
    connection.carry({ pipe, pictureUrl, listen });
    return { pipe, say: (message: ControlMessage) => pipe.deliver(encodeControl(message)) };
  };
  return { connection, display, told, carry };
}

const kindsSent = (pipe: HandCarriedPipe) => pipe.sent.map((bytes) => decodeMessage(bytes).kind);

describe("a connection", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => vi.useRealTimers());

  it("shows no sign of life once it is closed, though an update is still being decoded", () => {
    const { connection, display, told, carry } = connect();
    carry("direct");
    const { screen, image } = display;
    const [painted, first] = [screen.onPainted, image.onFirstPicture];
    connection.close(undefined);
    expect([screen.onPainted === painted, image.onFirstPicture === first]).toEqual([false, false]);
    told.length = 0;
    screen.onPainted({ sequence: 1, paintTenthsMs: 1 });
    screen.onBroken(new Error("half a picture"), 2);
    image.onFirstPicture();
    expect(told).toEqual([]);
  });

  it("shows none either once its pipe is gone, and nothing of that pipe is painted any more", () => {
    const { connection, display, told, carry } = connect();
    carry("relay").pipe.close("gone");
    display.screen.onPainted({ sequence: 1, paintTenthsMs: 1 });
    display.image.onFirstPicture();
    expect(told.slice(0, 2)).toEqual(["screen reset", "ended closed"]);
    expect(told).not.toContain("painted");
    expect(connection.painted).toBe(false);
  });

  it("waits no longer for a first picture than it said, pauses apart", () => {
    const { carry, told } = connect();
    const { pipe, say } = carry("direct");
    /** A host that answers, as a real one does. */
    const pass = (durationMs: number) => {
      for (let passedMs = 0; passedMs < durationMs; passedMs += 500) {
        vi.advanceTimersByTime(500);
        if (pipe.sent.splice(0).length > 0) say({ kind: "ping", clockMs: 0 });
      }
    };
    pass(1_000);
    say({ kind: "paused", paused: true });
    pass(60_000);
    say({ kind: "paused", paused: false });
    pass(14_000);
    expect(told.filter((word) => word.startsWith("paused"))).toEqual(["paused true", "paused false"]);
    expect(told).not.toContain("ended no-picture");
    pass(2_000);
    expect(told.at(-1)).toBe("ended no-picture");
    // The session ends it or climbs again; until then nothing runs here but the heartbeat.
    pipe.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("keeps the last whole picture when the host is heard on another pipe, and sends receipts there", () => {
    const { display, told, carry } = connect();
    const relay = carry("relay");
    relay.say({ kind: "role", role: "view" });
    display.screen.onPainted({ sequence: 1, paintTenthsMs: 1 });
    told.length = 0;
    const direct = carry("direct");
    expect(told).toEqual([]);
    direct.say({ kind: "role", role: "view" });
    expect(told).toEqual(["screen reset", "moved"]);
    relay.pipe.sent.length = 0;
    display.screen.onPainted({ sequence: 2, paintTenthsMs: 1 });
    expect(kindsSent(direct.pipe)).toEqual(["use-pipe", "ping", "receipt"]);
    expect(relay.pipe.sent).toEqual([]);
  });

  it("asks for a picture at once, when the host is heard again, where a loss kept it from asking in its turn", () => {
    const { connection, display, carry } = connect();
    const relay = carry("relay");
    for (const sequence of [1, 2]) display.screen.onBroken(new Error("half a picture"), sequence);
    expect(kindsSent(relay.pipe).filter((kind) => kind === "repaint")).toHaveLength(1);
    relay.pipe.close();
    vi.advanceTimersByTime(5_000);
    const direct = carry("direct");
    expect(kindsSent(direct.pipe)).not.toContain("repaint");
    connection.awaitPicture();
    expect(kindsSent(direct.pipe)).toContain("repaint");
    connection.close(undefined);
  });

  it("takes the plain image away when a sealed picture is painted, and not before", () => {
    const { display, told, carry } = connect();
    carry("mjpeg", "http://localhost/mjpeg/token").say({ kind: "role", role: "view" });
    display.image.onFirstPicture();
    carry("relay").say({ kind: "role", role: "view" });
    expect(told).not.toContain("image closed");
    display.screen.onPainted({ sequence: 1, paintTenthsMs: 1 });
    expect(told.slice(-2)).toEqual(["image closed", "painted"]);
  });

  it("outlives its pipe, and waits again for a picture on the next one", () => {
    const { connection, display, told, carry } = connect();
    carry("direct").pipe.close("gone");
    expect(told).toContain("ended closed");
    vi.advanceTimersByTime(60_000);
    expect(told).not.toContain("ended no-picture");
    carry("relay").say({ kind: "role", role: "view" });
    expect(connection.painted).toBe(false);
    display.screen.onPainted({ sequence: 1, paintTenthsMs: 1 });
    expect(connection.painted).toBe(true);
  });
});
