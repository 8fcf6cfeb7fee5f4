import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Region } from "../../../host-agent/core/region.ts";
import { type Plan, UpdatePlanner } from "../../../host-agent/core/update-planner.ts";
import { type Rect, wholeOf } from "../../../protocol/geometry.ts";

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
  planner.changed([WINDOW], 0);
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
    expect(planner.refineAtMs()).toBeUndefined();
  });
});

describe("a viewer that keeps up", () => {
  it("gets what changed, and then nothing, and needs no timer", () => {
    const planner = upToDate();
    planner.changed([CARET], 1000);
    expect(planner.next(1000)).toEqual({ purpose: "fresh", rects: [CARET] });
    planner.sentExact([CARET]);
    expect(planner.next(1001)).toBeUndefined();
    expect(planner.refineAtMs()).toBeUndefined();
  });

  it("gets the same rectangles as another that keeps up, whenever each of them came", () => {
    const early = new UpdatePlanner(SIZE);
    early.sentLossy(early.next(0)?.rects ?? []);
    early.changed([ELSEWHERE], 10);
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
        planner.changed(rects, nowMs);
        const plan = planner.next(nowMs);
        planner.sentLossy(plan?.rects ?? []);
        return plan;
      });
      expect(plans[0]).toEqual(plans[1]);
      expect(plans[0]?.purpose).toBe("fresh");
    }
    expect(early.refineAtMs()).toBe(late.refineAtMs());
    expect(refineAll(early, 700)).toEqual(refineAll(late, 700));
  });

  it("loses no change that comes while the last one is being encoded", () => {
    const planner = upToDate();
    planner.changed([WINDOW], 0);
    const plan = planner.next(0);
    planner.changed([CARET], 1);
    planner.sentLossy(plan?.rects ?? []);
    expect(planner.next(2)).toEqual({ purpose: "fresh", rects: [CARET] });
  });
});

describe("a viewer that falls behind", () => {
  it("gets everything it missed in one update, not a queue of old ones", () => {
    const planner = upToDate();
    for (let frame = 0; frame < 100; frame += 1) {
      planner.changed([{ ...WINDOW, x: 100 + frame }], frame * 16);
    }
    const plan = planner.next(1600);
    expect(plan).toEqual({ purpose: "fresh", rects: [{ ...WINDOW, width: WINDOW.width + 99 }] });
    expect(planner.next(1600)).toBeUndefined();
  });

  it("is handed a bounded number of rectangles after any number of changes", () => {
    const planner = upToDate();
    for (let at = 0; at < 3000; at += 1) {
      planner.changed([{ x: (at * 97) % 1910, y: (at * 61) % 1070, width: 5, height: 5 }], at);
    }
    expect(planner.next(3000)?.rects.length).toBeLessThanOrEqual(64);
  });
});

describe("a display of another size", () => {
  it("begins anew: all of it is missing and nothing of the old one is refined", () => {
    const planner = withLossyWindow();
    const small = { width: 640, height: 480 };
    planner.resized(small);
    expect(planner.refineAtMs()).toBeUndefined();
    expect(planner.next(300)).toEqual({ purpose: "fresh", rects: [wholeOf(small)] });
    planner.changed([{ x: 600, y: 470, width: 100, height: 100 }], 300);
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
    expect(planner.refineAtMs()).toBe(100);
    expect(planner.next(99)).toBeUndefined();
    const plans = refineAll(planner, 100);
    expect(plans.every((plan) => plan.purpose === "refine")).toBe(true);
    expect(plans.flatMap((plan) => plan.rects)).toEqual([WINDOW]);
    expect(planner.refineAtMs()).toBeUndefined();
  });

  it("waits while it moves", () => {
    const planner = withLossyWindow();
    for (let nowMs = 16; nowMs < 1000; nowMs += 16) {
      planner.changed([WINDOW], nowMs);
      expect(planner.next(nowMs)?.purpose).toBe("fresh");
      planner.sentLossy([WINDOW]);
      expect(planner.next(nowMs)).toBeUndefined();
    }
    expect(planner.refineAtMs()).toBeGreaterThanOrEqual(992 + 100);
    expect(refineAll(planner, 1300).flatMap((plan) => plan.rects)).toEqual([WINDOW]);
  });

  it("is refined around a caret that goes on blinking in it", () => {
    const planner = withLossyWindow();
    for (const nowMs of [50, 90]) {
      planner.changed([CARET], nowMs);
      expect(planner.next(nowMs)).toEqual({ purpose: "fresh", rects: [CARET] });
      planner.sentExact([CARET]);
    }
    expect(planner.refineAtMs()).toBe(100);
    const refined = refineAll(planner, 100).flatMap((plan) => plan.rects);
    expect(
      Region.of([WINDOW])
        .subtract(Region.of(refined))
        .subtract(Region.of([CARET])).isEmpty,
    ).toBe(true);
  });

  it("goes after fresh changes, in pieces small enough that those never wait long", () => {
    const planner = new UpdatePlanner(SIZE);
    planner.sentLossy(planner.next(0)?.rects ?? []);
    const first = planner.next(500);
    expect(first?.purpose).toBe("refine");
    planner.sentExact(first?.rects ?? []);
    planner.changed([ELSEWHERE], 501);
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
    planner.changed([ELSEWHERE], 501);
    expect(planner.next(501, 0)).toEqual({ purpose: "fresh", rects: [ELSEWHERE] });
  });

  it("is not refined when its pixels are about to be sent fresh anyway", () => {
    const planner = withLossyWindow();
    planner.changed([WINDOW], 250);
    expect(planner.refineAtMs()).toBeUndefined();
  });

  it("is refined a row at a time where one row is already as much as may be sent", () => {
    const wide = { width: 65_535, height: 16 };
    const planner = new UpdatePlanner(wide);
    planner.sentLossy(planner.next(0)?.rects ?? []);
    const plans = refineAll(planner, 0);
    expect(plans).toHaveLength(16);
  });
});

describe("whatever happens", () => {
  /** The model: for each cell of a small display, the version on the host and what the viewer holds. */
  const SIDE = 8;
  const rect = fc
    .record({
      x: fc.nat(SIDE - 1),
      y: fc.nat(SIDE - 1),
      width: fc.integer({ min: 1, max: SIDE }),
      height: fc.integer({ min: 1, max: SIDE }),
    })
    .map((one) => ({ ...one, width: Math.min(one.width, SIDE - one.x), height: Math.min(one.height, SIDE - one.y) }));
  const step = fc.oneof(
    fc.record({ kind: fc.constant("change" as const), rect, afterMs: fc.nat(120) }),
    fc.record({
      kind: fc.constant("send" as const),
      lossy: fc.boolean(),
      changeMeanwhile: fc.option(rect),
      afterMs: fc.nat(120),
    }),
  );

  it("a viewer that is served long enough holds the newest picture exactly", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const planner = new UpdatePlanner({ width: SIDE, height: SIDE });
        const host = new Array<number>(SIDE * SIDE).fill(1);
        const viewer = host.map(() => ({ version: 0, exact: true }));
        let nowMs = 0;
        const each = (one: Rect, visit: (at: number) => void) => {
          for (let y = one.y; y < one.y + one.height; y += 1) {
            for (let x = one.x; x < one.x + one.width; x += 1) visit(y * SIDE + x);
          }
        };
        const change = (one: Rect) => {
          each(one, (at) => {
            host[at] = (host[at] ?? 0) + 1;
          });
          planner.changed([one], nowMs);
        };
        const send = (lossy: boolean, meanwhile: Rect | null) => {
          const plan = planner.next(nowMs);
          if (plan === undefined) return false;
          const read = [...host];
          if (meanwhile !== null) change(meanwhile);
          const exact = plan.purpose === "refine" || !lossy;
          for (const one of plan.rects) {
            each(one, (at) => {
              viewer[at] = { version: read[at] ?? 0, exact };
            });
          }
          if (exact) planner.sentExact(plan.rects);
          else planner.sentLossy(plan.rects);
          return true;
        };
        for (const one of steps) {
          nowMs += one.afterMs;
          if (one.kind === "change") change(one.rect);
          else send(one.lossy, one.changeMeanwhile);
        }
        let served = 0;
        while (served < 20 && send(true, null)) served += 1;
        const dueMs = planner.refineAtMs();
        if (dueMs !== undefined) nowMs = Math.max(nowMs, dueMs);
        nowMs += 200;
        while (served < 20 && send(true, null)) served += 1;
        expect(served).toBeLessThan(20);
        expect(viewer).toEqual(host.map((version) => ({ version, exact: true })));
        expect(planner.refineAtMs()).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });
});
