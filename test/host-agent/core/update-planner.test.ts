import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Move } from "../../../host-agent/core/move.ts";
import { Region } from "../../../host-agent/core/region.ts";
import { type Plan, UpdatePlanner } from "../../../host-agent/core/update-planner.ts";
import { type Rect, wholeOf } from "../../../protocol/geometry.ts";
import { sliversOf } from "../../support/slivers.ts";

const SIZE = { width: 1920, height: 1080 };
const WINDOW: Rect = { x: 100, y: 100, width: 200, height: 150 };
const CARET: Rect = { x: 140, y: 150, width: 2, height: 18 };
const ELSEWHERE: Rect = { x: 1500, y: 800, width: 60, height: 40 };

const areaOf = (rects: readonly Rect[]) => Region.of(rects).area;

/** A viewer that has everything exact. */
function upToDate(): UpdatePlanner {
  const planner = new UpdatePlanner(SIZE);
  planner.sentExact(planner.next(0)?.rects ?? []);
  return planner;
}

/** A viewer that got the window lossy at time 0 and everything else exact. */
function withLossyWindow(): UpdatePlanner {
  const planner = upToDate();
  planner.changed([WINDOW], undefined, 0);
  planner.sentLossy(planner.next(0)?.rects ?? []);
  return planner;
}

/** Sends refinements at `nowMs` until there is none left. */
function refineAll(planner: UpdatePlanner, nowMs: number): Plan[] {
  const plans: Plan[] = [];
  for (let plan = planner.next(nowMs); plan !== undefined; plan = planner.next(nowMs)) {
    plans.push(plan);
    planner.sentExact(plan.rects);
    if (plans.length > 1000) throw new Error("it never ends");
  }
  return plans;
}

describe("a viewer that has just come", () => {
  it("gets the whole picture, once", () => {
    const planner = new UpdatePlanner(SIZE);
    expect(planner.next(0)).toEqual({ purpose: "fresh", rects: [wholeOf(SIZE)] });
    planner.sentExact([wholeOf(SIZE)]);
    expect(planner.next(0)).toBeUndefined();
    expect(planner.refineAtMs(0)).toBeUndefined();
  });
});

describe("a viewer is complete", () => {
  it("when it has been handed everything exact: no receipt of it changes anything then", () => {
    const planner = upToDate();
    expect(planner.isComplete).toBe(true);
    planner.changed([WINDOW], undefined, 0);
    expect(planner.isComplete).toBe(false);
    planner.sentExact(planner.next(0)?.rects ?? []);
    expect(planner.isComplete).toBe(true);
  });

  it("not while something is lossy, or is to be copied", () => {
    const planner = withLossyWindow();
    expect(planner.isComplete).toBe(false);
    refineAll(planner, 10_000);
    expect(planner.isComplete).toBe(true);
    planner.changed([], { to: WINDOW, from: { x: 100, y: 110 } }, 20_000);
    expect(planner.isComplete).toBe(false);
  });
});

describe("a letter beside a film", () => {
  const FILM: Rect = { x: 200, y: 200, width: 1000, height: 500 };

  it("is handed out first, and then the film", () => {
    const planner = upToDate();
    planner.changed([FILM, ELSEWHERE], undefined, 1000);
    expect(planner.nextShort(false)).toEqual({ purpose: "fresh", rects: [ELSEWHERE] });
    planner.sentExact([ELSEWHERE]);
    expect(planner.nextShort(false)).toBeUndefined();
    expect(planner.next(1000)).toEqual({ purpose: "fresh", rects: [FILM] });
  });

  it("is nothing of its own where there is no film, unless nothing but that can be sent", () => {
    const planner = upToDate();
    planner.changed([ELSEWHERE], undefined, 1000);
    expect(planner.nextShort(false)).toBeUndefined();
    expect(planner.nextShort(true)).toEqual({ purpose: "fresh", rects: [ELSEWHERE] });
    expect(planner.next(1000)).toBeUndefined();
  });

  it("waits for a copy that is still to be made: it may be what the copy leaves", () => {
    const planner = upToDate();
    planner.changed([FILM, ELSEWHERE], { to: { ...FILM, y: 710, height: 300 }, from: { x: 200, y: 700 } }, 1000);
    expect(planner.nextShort(true)).toBeUndefined();
  });
});

describe("a film that comes in slivers", () => {
  const FILM: Rect = { x: 320, y: 180, width: 1280, height: 720 };
  const LOGO: Rect = { x: 1480, y: 220, width: 60, height: 40 };
  const slivers = (picture: number) => Region.of(sliversOf(FILM, picture)).without(LOGO).rects;

  /** A second of it, 30 pictures a second. */
  function afterASecond(): UpdatePlanner {
    const planner = upToDate();
    for (let picture = 0; picture < 30; picture += 1) {
      planner.changed(slivers(picture), undefined, picture * 33);
      planner.sentLossy(planner.next(picture * 33)?.rects ?? []);
    }
    return planner;
  }

  it("is handed out whole", () => {
    const planner = afterASecond();
    planner.changed([...slivers(30), CARET], undefined, 1000);
    expect(planner.next(1000)).toEqual({ purpose: "fresh", rects: [FILM, CARET] });
  });

  it("is no letter where little of it changes", () => {
    const planner = afterASecond();
    const little: Rect = { x: 400, y: 300, width: 16, height: 16 };
    planner.changed([little], undefined, 1000);
    expect(planner.nextShort(true)).toBeUndefined();
    planner.changed([little, CARET], undefined, 1010);
    expect(planner.nextShort(true)).toEqual({ purpose: "fresh", rects: [CARET] });
  });

  it("is not where something was moved: what a copy uncovers is sent as it is", () => {
    const planner = afterASecond();
    const [left, right]: Rect[] = [320, 1160].map((x) => ({ x, y: 180, width: 440, height: 100 }));
    if (left === undefined || right === undefined) throw new Error("there are two");
    const move = { to: { x: 400, y: 500, width: 300, height: 300 }, from: { x: 390, y: 500 } };
    planner.changed([left, right], move, 1000);
    expect(planner.next(1000)).toEqual({ purpose: "fresh", move, rects: [left, right] });
  });

  it("is the same for all who keep up, whenever they came", () => {
    const [early, late] = [upToDate(), new UpdatePlanner(SIZE)];
    for (let picture = 0; picture < 90; picture += 1) {
      const nowMs = 70 + picture * 33;
      const plans = [early, late].map((planner) => {
        if (planner === late && picture < 31) return undefined;
        planner.changed(slivers(picture), undefined, nowMs);
        const plan = planner.next(nowMs);
        planner.sentLossy(plan?.rects ?? []);
        return plan;
      });
      // About a second after it came.
      if (picture > 66) expect(plans[0]).toEqual(plans[1]);
    }
  });

  it("is not made exact where it rests, and all of it when it is over", () => {
    const planner = afterASecond();
    for (const nowMs of [957, 1000, 1050]) expect(planner.next(nowMs)).toBeUndefined();
    const exact = refineAll(planner, 1100).flatMap(({ rects }) => rects);
    expect(areaOf(exact)).toBe(areaOf([FILM]));
    expect(planner.isComplete).toBe(true);
  });
});

describe("a viewer that keeps up", () => {
  it("gets what changed, and then nothing, and needs no timer", () => {
    const planner = upToDate();
    planner.changed([CARET], undefined, 1000);
    expect(planner.next(1000)).toEqual({ purpose: "fresh", rects: [CARET] });
    planner.sentExact([CARET]);
    expect(planner.next(1001)).toBeUndefined();
    expect(planner.refineAtMs(1001)).toBeUndefined();
  });

  it("gets the same rectangles as another that keeps up, whenever each of them came", () => {
    const early = new UpdatePlanner(SIZE);
    early.sentLossy(early.next(0)?.rects ?? []);
    early.changed([ELSEWHERE], undefined, 10);
    const late = new UpdatePlanner(SIZE);
    for (const planner of [early, late]) planner.sentLossy(planner.next(50)?.rects ?? []);
    const script: [number, Rect[]][] = [
      [100, [WINDOW, CARET]],
      [116, [ELSEWHERE]],
      [133, [{ ...WINDOW, x: 120 }, CARET]],
      [400, [CARET]],
    ];
    for (const [nowMs, rects] of script) {
      const plans = [early, late].map((planner) => {
        planner.changed(rects, undefined, nowMs);
        const plan = planner.next(nowMs);
        planner.sentLossy(plan?.rects ?? []);
        return plan;
      });
      expect(plans[0]).toEqual(plans[1]);
      expect(plans[0]?.purpose).toBe("fresh");
    }
    expect(early.refineAtMs(400)).toBe(late.refineAtMs(400));
    expect(refineAll(early, 700)).toEqual(refineAll(late, 700));
  });

  it("loses no change that comes while the last one is being encoded", () => {
    const planner = upToDate();
    planner.changed([WINDOW], undefined, 0);
    const plan = planner.next(0);
    planner.changed([CARET], undefined, 1);
    planner.sentLossy(plan?.rects ?? []);
    expect(planner.next(2)).toEqual({ purpose: "fresh", rects: [CARET] });
  });
});

describe("a viewer that falls behind", () => {
  it("gets everything it missed in one update, not a queue of old ones", () => {
    const planner = upToDate();
    for (let frame = 0; frame < 100; frame += 1) {
      planner.changed([{ ...WINDOW, x: 100 + frame }], undefined, frame * 16);
    }
    const plan = planner.next(1600);
    expect(plan).toEqual({ purpose: "fresh", rects: [{ ...WINDOW, width: WINDOW.width + 99 }] });
    expect(planner.next(1600)).toBeUndefined();
  });

  it("is handed a bounded number of rectangles after any number of changes", () => {
    const planner = upToDate();
    for (let at = 0; at < 3000; at += 1) {
      planner.changed([{ x: (at * 97) % 1910, y: (at * 61) % 1070, width: 5, height: 5 }], undefined, at);
    }
    expect(planner.next(3000)?.rects.length).toBeLessThanOrEqual(64);
  });
});

describe("a display of another size", () => {
  it("begins anew: all of it is missing and nothing of the old one is refined", () => {
    const planner = withLossyWindow();
    const small = { width: 640, height: 480 };
    planner.resized(small);
    expect(planner.refineAtMs(200)).toBeUndefined();
    expect(planner.next(300)).toEqual({ purpose: "fresh", rects: [wholeOf(small)] });
    planner.changed([{ x: 600, y: 470, width: 100, height: 100 }], undefined, 300);
    expect(planner.next(300)).toEqual({ purpose: "fresh", rects: [{ x: 600, y: 470, width: 40, height: 10 }] });
  });

  it("and a viewer that asks for it gets everything again", () => {
    const planner = withLossyWindow();
    planner.repaint();
    expect(planner.next(300)).toEqual({ purpose: "fresh", rects: [wholeOf(SIZE)] });
    planner.sentExact([wholeOf(SIZE)]);
    expect(planner.next(1000)).toBeUndefined();
  });
});

describe("what was sent lossy", () => {
  it("is sent exact when it has rested for 100 ms, and says when that is", () => {
    const planner = withLossyWindow();
    expect(planner.refineAtMs(0)).toBe(100);
    expect(planner.next(99)).toBeUndefined();
    const plans = refineAll(planner, 100);
    expect(plans.every((plan) => plan.purpose === "refine")).toBe(true);
    expect(plans.flatMap((plan) => plan.rects)).toEqual([WINDOW]);
    expect(planner.refineAtMs(100)).toBeUndefined();
  });

  it("waits while it moves", () => {
    const planner = withLossyWindow();
    for (let nowMs = 16; nowMs < 1000; nowMs += 16) {
      planner.changed([WINDOW], undefined, nowMs);
      expect(planner.next(nowMs)?.purpose).toBe("fresh");
      planner.sentLossy([WINDOW]);
      expect(planner.next(nowMs)).toBeUndefined();
    }
    expect(planner.refineAtMs(992)).toBeGreaterThanOrEqual(992 + 100);
    expect(refineAll(planner, 1300).flatMap((plan) => plan.rects)).toEqual([WINDOW]);
  });

  it("is refined around a caret that goes on blinking in it", () => {
    const planner = withLossyWindow();
    for (const nowMs of [50, 90]) {
      planner.changed([CARET], undefined, nowMs);
      expect(planner.next(nowMs)).toEqual({ purpose: "fresh", rects: [CARET] });
      planner.sentExact([CARET]);
    }
    expect(planner.refineAtMs(90)).toBe(100);
    const refined = refineAll(planner, 100).flatMap((plan) => plan.rects);
    expect(
      Region.of([WINDOW])
        .subtract(Region.of(refined))
        .subtract(Region.of([CARET])).isEmpty,
    ).toBe(true);
  });

  describe("beside a film", () => {
    const FILM: Rect = { x: 600, y: 200, width: 1280, height: 720 };
    const FRAME_MS = 40;

    /** Plays it and sends all there is to send; what was refined, and when. */
    function refinedBesideFilm(planner: UpdatePlanner, fromMs: number, toMs: number) {
      const refined: { nowMs: number; rects: readonly Rect[] }[] = [];
      for (let nowMs = fromMs; nowMs < toMs; nowMs += FRAME_MS) {
        planner.changed([FILM], undefined, nowMs);
        planner.sentLossy(planner.next(nowMs)?.rects ?? []);
        for (const { rects } of refineAll(planner, nowMs)) refined.push({ nowMs, rects });
      }
      return refined;
    }

    it("is refined in small pieces, eight times a second, and at once when the film rests", () => {
      const planner = new UpdatePlanner(SIZE);
      planner.sentLossy(planner.next(0)?.rects ?? []);
      const beside = refinedBesideFilm(planner, 1_000, 3_000);
      expect(beside.slice(0, 5).map(({ nowMs }) => nowMs)).toEqual([1_000, 1_160, 1_280, 1_400, 1_520]);
      expect(beside).toHaveLength(16);
      for (const { rects } of beside) expect(areaOf(rects)).toBeLessThanOrEqual(16_384);
      const lastFrameMs = 2_960;
      expect(planner.refineAtMs(lastFrameMs)).toBe(3_000);
      expect(refineAll(planner, lastFrameMs + 100).length).toBeGreaterThan(20);
      expect(planner.refineAtMs(lastFrameMs + 100)).toBeUndefined();
    });

    it("is refined at the same times for every viewer, so that one encoding serves them all", () => {
      const [early, late] = [withLossyWindow(), withLossyWindow()];
      refinedBesideFilm(early, 200, 1_000);
      early.changed([ELSEWHERE], undefined, 1_000);
      late.changed([ELSEWHERE], undefined, 1_000);
      for (const planner of [early, late]) planner.sentLossy(planner.next(1_000)?.rects ?? []);
      refinedBesideFilm(late, 1_000, 1_400);
      const timesOf = (planner: UpdatePlanner) => refinedBesideFilm(planner, 1_480, 3_000).map(({ nowMs }) => nowMs);
      expect(timesOf(late)).toEqual(timesOf(early));
    });
  });

  it("goes after fresh changes, in pieces small enough that those never wait long", () => {
    const planner = new UpdatePlanner(SIZE);
    planner.sentLossy(planner.next(0)?.rects ?? []);
    const first = planner.next(500);
    expect(first?.purpose).toBe("refine");
    planner.sentExact(first?.rects ?? []);
    planner.changed([ELSEWHERE], undefined, 501);
    expect(planner.next(501)).toEqual({ purpose: "fresh", rects: [ELSEWHERE] });
    planner.sentExact([ELSEWHERE]);
    const rest = refineAll(planner, 502);
    for (const plan of [first, ...rest]) expect(areaOf(plan?.rects ?? [])).toBeLessThanOrEqual(65_536);
    const refined = Region.of([first, ...rest].flatMap((plan) => plan?.rects ?? []));
    expect(
      Region.of([wholeOf(SIZE)])
        .subtract(refined)
        .subtract(Region.of([ELSEWHERE])).isEmpty,
    ).toBe(true);
  });

  it("is refined as far as there is something to spare; what is fresh does not ask for it", () => {
    const planner = withLossyWindow();
    expect(planner.next(500, 0)).toBeUndefined();
    const plan = planner.next(500, 4_000);
    expect(plan?.purpose).toBe("refine");
    expect(areaOf(plan?.rects ?? [])).toBe(200 * 20);
    planner.changed([ELSEWHERE], undefined, 501);
    expect(planner.next(501, 0)).toEqual({ purpose: "fresh", rects: [ELSEWHERE] });
  });

  it("is not refined when its pixels are about to be sent fresh anyway", () => {
    const planner = withLossyWindow();
    planner.changed([WINDOW], undefined, 250);
    expect(planner.refineAtMs(250)).toBeUndefined();
  });

  it("is refined a row at a time where one row is already as much as may be sent", () => {
    const wide = { width: 65_535, height: 16 };
    const planner = new UpdatePlanner(wide);
    planner.sentLossy(planner.next(0)?.rects ?? []);
    const plans = refineAll(planner, 0);
    expect(plans).toHaveLength(16);
  });
});

describe("what moved", () => {
  /** Scrolled by 30 pixels: what was below is above now, and a strip is new. */
  const SCROLLED: Move = { to: { ...WINDOW, height: 120 }, from: { x: WINDOW.x, y: WINDOW.y + 30 } };
  const STRIP: Rect = { ...WINDOW, y: WINDOW.y + 120, height: 30 };
  const TWICE: Move = { to: { ...WINDOW, height: 90 }, from: { x: WINDOW.x, y: WINDOW.y + 60 } };

  it("is copied by a viewer that has it; only what changed beside it is sent", () => {
    const planner = upToDate();
    planner.changed([STRIP], SCROLLED, 0);
    expect(planner.next(0)).toEqual({ purpose: "fresh", move: SCROLLED, rects: [STRIP] });
    planner.sentExact([STRIP]);
    expect(planner.next(1)).toBeUndefined();
    expect(planner.refineAtMs(1)).toBeUndefined();
  });

  it("is copied even when nothing changed beside it", () => {
    const planner = upToDate();
    planner.changed([], SCROLLED, 0);
    expect(planner.next(0)).toEqual({ purpose: "fresh", move: SCROLLED, rects: [] });
  });

  it("is as approximate as it was where it came from", () => {
    const planner = withLossyWindow();
    const away: Move = { to: { ...WINDOW, x: 1000 }, from: WINDOW };
    planner.changed([], away, 0);
    planner.next(0);
    planner.sentExact([]);
    const refined = refineAll(planner, 300).flatMap((plan) => plan.rects);
    expect(areaOf(refined)).toBe(2 * areaOf([WINDOW]));
    expect(Region.of(refined).without(WINDOW).without(away.to).isEmpty).toBe(true);
  });

  it("makes exact what was approximate, where it came from exact pixels", () => {
    const planner = withLossyWindow();
    planner.changed([], { to: WINDOW, from: { x: 1000, y: 500 } }, 0);
    planner.next(0);
    planner.sentExact([]);
    expect(planner.refineAtMs(0)).toBeUndefined();
  });

  it("is sent to a viewer that has not got it", () => {
    const planner = new UpdatePlanner(SIZE);
    planner.changed([STRIP], SCROLLED, 0);
    expect(planner.next(0)).toEqual({ purpose: "fresh", rects: [wholeOf(SIZE)] });
  });

  it("is copied as far as the viewer has it; what it lacked of it, it lacks where that went", () => {
    const planner = upToDate();
    planner.changed([CARET], undefined, 0);
    planner.changed([STRIP], SCROLLED, 0);
    const plan = planner.next(0);
    expect(plan?.move).toEqual(SCROLLED);
    expect(plan?.rects).toEqual([{ ...CARET, y: CARET.y - 30 }, STRIP]);
  });

  it("twice before it was sent is one copy, from where it was before both", () => {
    const planner = upToDate();
    planner.changed([STRIP], SCROLLED, 0);
    planner.changed([STRIP], SCROLLED, 10);
    expect(planner.next(10)).toEqual({
      purpose: "fresh",
      move: TWICE,
      rects: [{ ...WINDOW, y: WINDOW.y + 90, height: 60 }],
    });
  });

  it("twice before it was sent leaves nothing behind on its way", () => {
    const planner = upToDate();
    const right = (x: number): Move => ({ to: { ...WINDOW, x: x + 10 }, from: { x, y: WINDOW.y } });
    planner.changed([], right(100), 0);
    planner.changed([], right(110), 10);
    expect(planner.next(10)).toEqual({
      purpose: "fresh",
      move: { to: { ...WINDOW, x: 120 }, from: { x: 100, y: WINDOW.y } },
      rects: [{ ...WINDOW, x: 110, width: 10 }],
    });
  });

  it("again and again is one copy, as long as that brings an eighth of it", () => {
    const planner = upToDate();
    for (let lines = 1; lines <= 4; lines += 1) planner.changed([STRIP], SCROLLED, 10 * lines);
    expect(planner.next(40)).toEqual({
      purpose: "fresh",
      move: { to: { ...WINDOW, height: 30 }, from: { x: WINDOW.x, y: WINDOW.y + 120 } },
      rects: [{ ...WINDOW, y: WINDOW.y + 30, height: 120 }],
    });
    planner.sentExact([WINDOW]);
    for (let lines = 1; lines <= 5; lines += 1) planner.changed([STRIP], SCROLLED, 10 * lines);
    expect(planner.next(50)).toEqual({ purpose: "fresh", rects: [WINDOW] });
  });

  it.each([
    { movesOn: 160, brought: { to: { x: 300, width: 160 }, fromX: 140, leaves: { x: 460, width: 40 } } },
    { movesOn: 40, brought: { to: { x: 300, width: 200 }, fromX: 1160, leaves: { x: 300, width: 40 } } },
  ])("is copied so as to bring more when $movesOn of 200 columns move on with others", ({ movesOn, brought }) => {
    const planner = upToDate();
    const there = { ...WINDOW, x: 1000 };
    planner.changed([], { to: there, from: WINDOW }, 0);
    const on = { ...WINDOW, x: 300, y: 600 };
    planner.changed([], { to: on, from: { x: there.x + there.width - movesOn, y: there.y } }, 10);
    expect(planner.next(10)).toEqual({
      purpose: "fresh",
      move: { to: { ...on, ...brought.to }, from: { x: brought.fromX, y: WINDOW.y } },
      rects: [there, { ...on, ...brought.leaves }],
    });
  });

  it("is sent when something else moved after it: there is one copy in an update", () => {
    const planner = upToDate();
    const other: Move = { to: { x: 1200, y: 600, width: 300, height: 300 }, from: { x: 1250, y: 620 } };
    planner.changed([STRIP], SCROLLED, 0);
    planner.changed([], other, 10);
    expect(planner.next(10)).toEqual({ purpose: "fresh", move: other, rects: [WINDOW] });
  });

  it("is not taken from what is being encoded: how exact that will be is not known", () => {
    const planner = upToDate();
    planner.changed([WINDOW], undefined, 0);
    planner.next(0);
    planner.changed([STRIP], SCROLLED, 1);
    planner.sentLossy([WINDOW]);
    expect(planner.next(2)).toEqual({ purpose: "fresh", rects: [WINDOW] });
  });

  it("is sent where its source was lost with a pipe before the copy went out", () => {
    const planner = upToDate();
    planner.changed([], { to: { ...WINDOW, x: 1000 }, from: WINDOW }, 0);
    planner.lost([CARET]);
    expect(planner.next(0)?.rects).toEqual([CARET, { ...CARET, x: CARET.x + 900 }]);
  });

  it("starts from nothing on a display of another size, and for a viewer that asks for everything", () => {
    const planner = upToDate();
    for (const afresh of [() => planner.resized(SIZE), () => planner.repaint()]) {
      planner.changed([STRIP], SCROLLED, 0);
      afresh();
      expect(planner.next(0)).toEqual({ purpose: "fresh", rects: [wholeOf(SIZE)] });
      planner.sentExact([wholeOf(SIZE)]);
    }
  });
});

describe("whatever happens", () => {
  /** The model: for each cell of a small display, what the host shows and what the viewer holds. */
  const SIDE = 8;
  type Cell = { readonly shown: number; readonly exact: boolean };
  const rect = fc
    .record({
      x: fc.nat(SIDE - 1),
      y: fc.nat(SIDE - 1),
      width: fc.integer({ min: 1, max: SIDE }),
      height: fc.integer({ min: 1, max: SIDE }),
    })
    .map((one) => ({ ...one, width: Math.min(one.width, SIDE - one.x), height: Math.min(one.height, SIDE - one.y) }));
  const move: fc.Arbitrary<Move> = fc.tuple(rect, fc.nat(), fc.nat()).map(([to, a, b]) => ({
    to,
    from: { x: a % (SIDE - to.width + 1), y: b % (SIDE - to.height + 1) },
  }));
  const change = { rects: fc.array(rect, { maxLength: 2 }), move: fc.option(move, { nil: undefined }) };
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("change" as const), ...change, afterMs: fc.nat(120) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("send" as const),
        lossy: fc.boolean(),
        meanwhile: fc.option(fc.record(change)),
        afterMs: fc.nat(120),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("receipt" as const), afterMs: fc.nat(50) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("lose" as const), arrived: fc.nat(4), afterMs: fc.nat(50) }),
    },
  );

  const each = (one: Rect, visit: (at: number) => void) => {
    for (let y = one.y; y < one.y + one.height; y += 1) {
      for (let x = one.x; x < one.x + one.width; x += 1) visit(y * SIDE + x);
    }
  };
  const copy = <T>(cells: T[], { to, from }: Move) => {
    const before = [...cells];
    const back = (from.y - to.y) * SIDE + from.x - to.x;
    each(to, (at) => {
      const cell = before[at + back];
      if (cell !== undefined) cells[at] = cell;
    });
  };

  it("a viewer that is served long enough holds the newest picture exactly", () => {
    let copies = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const planner = new UpdatePlanner({ width: SIDE, height: SIDE });
        const host = new Array<number>(SIDE * SIDE).fill(1);
        let newest = 1;
        /** What the viewer is known to hold, and the updates on their way that come on top, in order. */
        let viewer = host.map((): Cell => ({ shown: 0, exact: true }));
        let underWay: { readonly rects: readonly Rect[]; readonly paint: (cells: Cell[]) => void }[] = [];
        let nowMs = 0;
        const change = (rects: readonly Rect[], moved: Move | undefined) => {
          if (moved !== undefined) copy(host, moved);
          for (const one of rects) {
            each(one, (at) => {
              newest += 1;
              host[at] = newest;
            });
          }
          planner.changed(rects, moved, nowMs);
        };
        const send = (lossy: boolean, meanwhile?: { rects: Rect[]; move: Move | undefined } | null) => {
          const plan = planner.next(nowMs);
          if (plan === undefined) return false;
          const read = [...host];
          if (meanwhile) change(meanwhile.rects, meanwhile.move);
          const exact = plan.purpose === "refine" || !lossy;
          const paint = (cells: Cell[]) => {
            if (plan.move !== undefined) copy(cells, plan.move);
            for (const one of plan.rects) {
              each(one, (at) => {
                cells[at] = { shown: read[at] ?? 0, exact };
              });
            }
          };
          if (plan.move !== undefined) copies += 1;
          underWay.push({ rects: plan.move === undefined ? plan.rects : [plan.move.to, ...plan.rects], paint });
          if (exact) planner.sentExact(plan.rects);
          else planner.sentLossy(plan.rects);
          return true;
        };
        const arrive = (count: number) => {
          viewer = [...viewer];
          for (const { paint } of underWay.splice(0, count)) paint(viewer);
        };
        for (const one of steps) {
          nowMs += one.afterMs;
          if (one.kind === "change") change(one.rects, one.move);
          else if (one.kind === "send") send(one.lossy, one.meanwhile);
          else if (one.kind === "receipt") arrive(underWay.length);
          else {
            planner.lost(underWay.flatMap(({ rects }) => rects));
            arrive(one.arrived);
            underWay = [];
          }
        }
        let served = 0;
        while (served < 20 && send(true)) served += 1;
        const dueMs = planner.refineAtMs(nowMs);
        if (dueMs !== undefined) nowMs = Math.max(nowMs, dueMs);
        nowMs += 200;
        while (served < 20 && send(true)) served += 1;
        expect(served).toBeLessThan(20);
        arrive(underWay.length);
        expect(viewer).toEqual(host.map((shown) => ({ shown, exact: true })));
        expect(planner.refineAtMs(nowMs)).toBeUndefined();
      }),
      { numRuns: 1500 },
    );
    expect(copies).toBeGreaterThan(300);
  });
});
