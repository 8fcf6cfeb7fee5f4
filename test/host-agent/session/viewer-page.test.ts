import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ViewerPage } from "../../../host-agent/session/viewer-page.ts";
import { type ControlMessage, encodeControl } from "../../../protocol/control.ts";
import { encodeInput, type InputEvent } from "../../../protocol/input.ts";
import { decodeMessage } from "../../../protocol/message.ts";
import { HandCarriedPipe } from "../../support/hand-carried-pipe.ts";
import { RecordingInjector } from "../../support/recording-injector.ts";
import { keyEvent } from "../../support/strokes.ts";

const shiftKey = (down: boolean): InputEvent => keyEvent("ShiftLeft", down);

/** What went out, except for the heartbeat. */
const words = (pipe: HandCarriedPipe) =>
  pipe.sent.map((bytes) => decodeMessage(bytes).kind).filter((kind) => kind !== "ping");

describe("the host's end of a page", () => {
  let nowMs: number;
  let awake: boolean;
  let told: string[];
  let injector: RecordingInjector;
  let pipe: HandCarriedPipe;
  let page: ViewerPage;
  beforeEach(() => {
    vi.useFakeTimers();
    nowMs = 0;
    awake = true;
    told = [];
    injector = new RecordingInjector();
    page = new ViewerPage({
      id: 1,
      role: "control",
      displaySize: { width: 64, height: 48 },
      injector,
      nowMs: () => nowMs,
      awake: () => awake,
      openStream: () => {
        throw new Error("no test of this file looks at pictures");
      },
      closeStream: () => {},
      events: {
        asksControl: () => {},
        wishes: () => {},
        roundTrip: (rttMs) => told.push(`${rttMs} ms`),
        signOfLife: () => {},
        progress: () => {},
        lost: () => told.push("lost"),
        found: () => {
          told.push("found");
          page.carry(pipe, 1, 0);
        },
        ended: (reason) => told.push(`ended ${reason}`),
      },
    });
    carryOn();
  });
  afterEach(() => {
    page.end("host-stopped");
    vi.useRealTimers();
  });

  /** Over a new pipe, beside which the picture goes its own way. */
  const carryOn = () => {
    pipe = new HandCarriedPipe("mjpeg");
    pipe.open();
    page.carry(pipe, 1, 0);
  };
  /** Seconds of the clock, and with them the beats. */
  const beats = (count: number) => {
    for (; count > 0; count--) {
      nowMs += 1_000;
      vi.advanceTimersByTime(1_000);
    }
  };
  const say = (message: ControlMessage, over = pipe) => page.receive(over, encodeControl(message));
  const input = (firstSequence: number, ...events: InputEvent[]) =>
    page.receive(pipe, encodeInput(firstSequence, events));

  it("notices within five seconds that the viewer has gone", () => {
    beats(4);
    expect(told).toEqual([]);
    beats(1);
    expect(told).toEqual(["lost"]);
  });

  it("blames no viewer for seconds in which this program did not run", () => {
    nowMs += 6_000;
    vi.advanceTimersByTime(1_000);
    expect(told).toEqual([]);
    say({ kind: "ping", clockMs: 1 });
    beats(4);
    expect(told).toEqual([]);
  });

  it("acknowledges at once what comes alone, and with one word all that comes together", () => {
    const acknowledged = () =>
      pipe.sent.map((bytes) => decodeMessage(bytes)).flatMap((one) => (one.kind === "input-ack" ? [one.sequence] : []));
    input(1, shiftKey(true));
    expect(acknowledged()).toEqual([1]);
    for (let sequence = 2; sequence <= 400; sequence++) input(sequence, shiftKey(sequence % 2 === 1));
    expect(acknowledged()).toEqual([1]);
    vi.advanceTimersByTime(20);
    expect(acknowledged()).toEqual([1, 400]);
    vi.advanceTimersByTime(100);
    input(401, shiftKey(true));
    expect(acknowledged()).toEqual([1, 400, 401]);
  });

  it("takes strokes from copies too, each once, and waits for what is missing before them", () => {
    const copy = (firstSequence: number, ...events: InputEvent[]) =>
      page.receiveCopy(pipe, encodeInput(firstSequence, events));
    copy(2, shiftKey(false));
    expect(injector.injected).toEqual([]);
    copy(1, shiftKey(true));
    expect(injector.held).toEqual(["ShiftLeft"]);
    input(1, shiftKey(true), shiftKey(false));
    copy(1, shiftKey(true), shiftKey(false));
    expect(injector.held).toEqual([]);
    expect(injector.injected).toHaveLength(2);
    expect(told).toEqual([]);
  });

  it("ends with who copies anything but input", () => {
    page.receiveCopy(pipe, encodeControl({ kind: "ask-control" }));
    expect(told).toEqual(["ended protocol-error"]);
  });

  it("lets go of everything held when it loses sight of the viewer, and says nothing more", () => {
    input(1, shiftKey(true));
    expect(injector.held).toEqual(["ShiftLeft"]);
    page.lose();
    expect(injector.held).toEqual([]);
    pipe.sent.length = 0;
    page.setRole("view");
    page.setPaused(true);
    beats(60);
    expect(pipe.sent).toEqual([]);
    expect(told).toEqual(["lost"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("goes on when the silent pipe is heard again, tells how things stand now, and takes what it was just told", () => {
    input(1, shiftKey(true));
    beats(5);
    page.setPaused(true);
    page.setPaused(false);
    pipe.sent.length = 0;
    input(2, shiftKey(false), shiftKey(true));
    expect(told).toEqual(["lost", "found"]);
    expect(words(pipe)).toEqual(["role", "paused", "input-ack"]);
    expect(injector.held).toEqual(["ShiftLeft"]);
  });

  it("asks nobody who is heard, but for the round trip now and then; whoever is silent is asked each second", () => {
    const asked = () => pipe.sent.splice(0).filter((bytes) => decodeMessage(bytes).kind === "ping").length;
    expect(asked()).toBe(1);
    for (let second = 1; second <= 61; second++) {
      beats(1);
      say({ kind: "ping", clockMs: 0 });
    }
    expect(asked()).toBe(2);
    beats(4);
    expect(asked()).toBe(3);
  });

  it("measures the round trip of each pipe, and believes no pong that came over another", () => {
    const before = pipe;
    nowMs += 30;
    say({ kind: "pong", clockMs: 0 });
    carryOn();
    say({ kind: "pong", clockMs: 0 }, before);
    nowMs += 80;
    say({ kind: "pong", clockMs: 30 });
    expect(told).toEqual(["30 ms", "80 ms"]);
  });

  it("forgives a pong that comes more than a minute late, and measures by the next", () => {
    for (; nowMs < 61_000; beats(1)) say({ kind: "ping", clockMs: 0 });
    say({ kind: "pong", clockMs: 0 });
    expect(told).toEqual([]);
    say({ kind: "pong", clockMs: nowMs - 30 });
    expect(told).toEqual(["30 ms"]);
  });

  it("believes nothing that waited while this machine slept", () => {
    awake = false;
    input(1, shiftKey(true));
    beats(10);
    expect(injector.injected).toEqual([]);
    expect(told).toEqual([]);
  });

  it("counts input over all its pipes: nothing twice, nothing left out", () => {
    input(1, shiftKey(true), shiftKey(false));
    page.lose();
    carryOn();
    input(1, shiftKey(true), shiftKey(false), shiftKey(true));
    expect(injector.injected.map((one) => "down" in one && one.down)).toEqual([true, false, true]);
    input(5, shiftKey(false));
    expect(told).toEqual(["lost", "ended protocol-error"]);
    expect(injector.held).toEqual([]);
  });

  it("ends for a viewer that asks and asks and never listens", () => {
    pipe.unsentBytes = 9 * 1024 * 1024;
    page.receive(pipe, encodeControl({ kind: "ping", clockMs: 1 }));
    expect(told).toEqual(["ended flooded"]);
  });
});
