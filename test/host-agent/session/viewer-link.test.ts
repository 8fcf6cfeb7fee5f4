import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { noneDriver } from "../../../host-agent/input/none.ts";
import { ViewerLink } from "../../../host-agent/session/viewer-link.ts";
import { encodeControl } from "../../../protocol/control.ts";
import { HandCarriedPipe } from "../../support/hand-carried-pipe.ts";

const injector = await noneDriver.open({ display: undefined });

describe("the host's end of an open pipe", () => {
  let nowMs: number;
  let ended: string[];
  let link: ViewerLink;
  beforeEach(() => {
    vi.useFakeTimers();
    nowMs = 0;
    ended = [];
    const pipe = new HandCarriedPipe("direct");
    pipe.open();
    link = new ViewerLink({
      pipe,
      stream: undefined,
      role: "view",
      displaySize: { width: 64, height: 48 },
      injector,
      nowMs: () => nowMs,
      events: {
        asksControl: () => {},
        wishes: () => {},
        roundTrip: () => {},
        signOfLife: () => {},
        progress: () => {},
        ended: (reason) => ended.push(reason),
      },
    });
  });
  afterEach(() => {
    link.end("host-stopped");
    vi.useRealTimers();
  });

  /** One second of the clock, and with it one beat. */
  const beats = (count: number) => {
    for (; count > 0; count--) {
      nowMs += 1_000;
      vi.advanceTimersByTime(1_000);
    }
  };

  it("notices within five seconds that the viewer has gone", () => {
    beats(4);
    expect(ended).toEqual([]);
    beats(1);
    expect(ended).toEqual(["no-progress"]);
  });

  it("blames no viewer for seconds in which this program did not run", () => {
    nowMs += 6_000;
    vi.advanceTimersByTime(1_000);
    expect(ended).toEqual([]);
    link.receive(encodeControl({ kind: "ping", clockMs: 1 }));
    beats(4);
    expect(ended).toEqual([]);
  });
});
