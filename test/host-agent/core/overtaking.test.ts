import { describe, expect, it } from "vitest";
import { type InLine, overtaken } from "../../../host-agent/core/overtaking.ts";

const FILM = { x: 0, y: 0, width: 640, height: 360 };
const LETTER = { x: 700, y: 400, width: 9, height: 18 };

const film = (waitedBytes: number): InLine => ({
  rects: [FILM],
  refers: false,
  waitedBytes,
  overtakes: 0,
});

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
    expect(overtaken([LETTER], [{ ...film(100), refers: true }, film(20_000)], 20_000)).toBe(1);
  });

  it("takes its turn when more waits than the film: that may be of what came before it", () => {
    const text = { rects: [LETTER], refers: true, waitedBytes: 200, overtakes: 0 };
    expect(overtaken([LETTER], [text, film(20_000)], 20_100)).toBe(0);
  });

  it("goes before the film also when a word beside it waits, for the letter before has left, or is overtaking as well", () => {
    const text = { rects: [LETTER], refers: true, waitedBytes: 0, overtakes: 0 };
    expect(overtaken([LETTER], [text, film(20_000)], 20_030)).toBe(1);
    expect(overtaken([LETTER], [{ ...text, waitedBytes: 30, overtakes: 1 }, film(20_000)], 20_060)).toBe(1);
  });
});
