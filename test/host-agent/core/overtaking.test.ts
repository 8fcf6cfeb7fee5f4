import { describe, expect, it } from "vitest";
import { type InLine, overtaken } from "../../../host-agent/core/overtaking.ts";

const FILM = { x: 0, y: 0, width: 640, height: 360 };
const LETTER = { x: 700, y: 400, width: 9, height: 18 };

const film = (waitedBytes: number): InLine => ({ rects: [FILM], refers: false, waitedBytes });

describe("a letter behind a film whose pictures wait for the path", () => {
  it("goes before all that still wait, also the one that has half left", () => {
    const line = [film(20_000), film(20_000), film(20_000)];
    expect(overtaken([LETTER], line, 40_000)).toBe(2);
    expect(overtaken([LETTER], line, 20_001)).toBe(2);
    expect(overtaken([LETTER], line, 20_000)).toBe(1);
  });

  it("takes its turn where nothing waits: what has left comes first anyway", () => {
    expect(overtaken([LETTER], [], 0)).toBe(0);
    expect(overtaken([LETTER], [film(20_000)], 0)).toBe(0);
  });

  it("does not go before what shows its place, too", () => {
    const below = { ...film(20_000), rects: [FILM, { ...LETTER, x: LETTER.x + 8 }] };
    expect(overtaken([LETTER], [below], 20_000)).toBe(0);
    expect(overtaken([LETTER], [below, film(20_000)], 20_001)).toBe(0);
    // That one has left.
    expect(overtaken([LETTER], [below, film(20_000)], 20_000)).toBe(1);
  });

  it("does not go before a copy, or text: what these refer to must be as the host believes", () => {
    expect(overtaken([LETTER], [{ ...film(20_000), refers: true }], 20_000)).toBe(0);
    expect(overtaken([LETTER], [{ ...film(0), refers: true }, film(20_000)], 20_000)).toBe(1);
  });

  it("takes its turn when more waits than what was handed over: some of it belongs to what came before", () => {
    const text = { rects: [LETTER], refers: true, waitedBytes: 0 };
    expect(overtaken([LETTER], [text, film(20_000)], 20_100)).toBe(0);
  });
});
