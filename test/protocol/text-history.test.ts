import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_COLOURS, TextHistory } from "../../protocol/text-history.ts";
import { bytes, HOSTILE_RUNS, verdict } from "./hostile-bytes.ts";

const RED = [200, 0, 0];
const GREEN = [0, 200, 0];
const BLUE = [0, 0, 200];

/** Appends the page of these pixels, and returns it. */
function say(history: TextHistory, ...rows: number[]): Uint8Array {
  const page = history.pageOf(bytes(...rows));
  if (page === undefined) throw new Error("no room");
  history.append(page, rows.length / 3);
  return page;
}

/** So many colours that are not the same. */
const colours = (count: number) => Array.from({ length: count }, (_, nth) => [nth >> 8, nth & 0xff, 7]).flat();

describe("the history of text rectangles", () => {
  it("has pages of these bytes: a place for each pixel, then the new colours", () => {
    const history = new TextHistory();
    expect(say(history, ...RED, ...GREEN, ...RED)).toEqual(bytes(0, 1, 0, ...RED, ...GREEN));
    expect(say(history, ...GREEN, ...BLUE)).toEqual(bytes(1, 2, ...BLUE));
    expect(say(history, ...BLUE)).toEqual(bytes(2));
    expect(history.latest).toEqual(bytes(0, 1, 0, ...RED, ...GREEN, 1, 2, ...BLUE, 2));
  });

  it("begins with number 0, comes back to 1 after 255, and to 0 only when it begins anew", () => {
    const history = new TextHistory();
    const numbers = Array.from({ length: 258 }, () => {
      const { number } = history;
      say(history, ...RED);
      return number;
    });
    expect(numbers.slice(0, 3)).toEqual([0, 1, 2]);
    expect(numbers.slice(-3)).toEqual([255, 1, 2]);
    history.clear();
    expect([history.number, history.latest.length]).toEqual([0, 0]);
    expect(say(history, ...GREEN)).toEqual(bytes(0, ...GREEN));
  });

  it("remembers the last 32 KiB, whatever the pages' lengths", () => {
    const history = new TextHistory();
    const all: number[] = [];
    for (let nth = 1; nth < 200; nth++) {
      const page = say(
        history,
        ...Array.from({ length: nth * 5 }, (_, at) => ((at * nth) % 7 < 3 ? RED : GREEN)).flat(),
      );
      all.push(...page);
      expect(Buffer.from(history.latest).equals(Uint8Array.from(all.slice(-32_768)))).toBe(true);
    }
    expect(history.latest).toHaveLength(32_768);
  });

  it("takes 256 colours and no more", () => {
    const history = new TextHistory();
    expect(history.pageOf(bytes(...colours(MAX_COLOURS + 1)))).toBeUndefined();
    say(history, ...colours(MAX_COLOURS - 1));
    expect(history.pageOf(bytes(...RED, ...GREEN))).toBeUndefined();
    expect(say(history, ...RED)).toEqual(bytes(255, ...RED));
    expect(history.pageOf(bytes(...GREEN))).toBeUndefined();
    expect(history.pageOf(bytes(...RED, 0, 0, 7))).toEqual(bytes(255, 0));
  });

  it("gives every page's pixels back", () => {
    const some = fc.array(fc.constantFrom(RED, GREEN, BLUE, [1, 2, 3]), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.array(some, { maxLength: 12 }), (pages) => {
        const [host, viewer] = [new TextHistory(), new TextHistory()];
        for (const rows of pages) {
          const page = say(host, ...rows.flat());
          expect(viewer.rowsOf(page, rows.length)).toEqual(bytes(...rows.flat()));
          viewer.append(page, rows.length);
          expect([viewer.number, viewer.latest]).toEqual([host.number, host.latest]);
        }
      }),
    );
  });
});

describe("a page is refused", () => {
  it("when it is too short, ends inside a colour, or names a colour that is not there", () => {
    const history = new TextHistory();
    expect(verdict(() => history.rowsOf(bytes(0), 2))).toBe("out-of-range");
    expect(verdict(() => history.rowsOf(bytes(0, 0, ...RED, 1), 2))).toBe("out-of-range");
    expect(verdict(() => history.rowsOf(bytes(0, 1, ...RED), 2))).toBe("out-of-range");
    expect(verdict(() => history.rowsOf(bytes(0, 0, ...RED), 2))).toBe("accepted");
  });

  it("when it brings more colours than the table has room for", () => {
    const history = new TextHistory();
    say(history, ...colours(MAX_COLOURS - 1));
    expect(verdict(() => history.rowsOf(bytes(0, ...RED), 1))).toBe("accepted");
    expect(verdict(() => history.rowsOf(bytes(0, ...RED, ...GREEN), 1))).toBe("out-of-range");
  });

  it("and 20,000 hostile pages bring nothing but a ProtocolError out, and no colour that nobody sent", () => {
    const history = new TextHistory();
    const page = fc.tuple(fc.uint8Array({ maxLength: 64 }), fc.integer({ min: 1, max: 16 }));
    let taken = 0;
    fc.assert(
      fc.property(page, ([bytesOfPage, pixels]) => {
        const found = verdict(() => {
          expect(history.rowsOf(bytesOfPage, pixels)).toHaveLength(3 * pixels);
          history.append(bytesOfPage, pixels);
        });
        if (found === "accepted") taken += 1;
        else expect(found).toBe("out-of-range");
        if (history.maxPageBytes(0) === 0) history.clear();
      }),
      { numRuns: HOSTILE_RUNS },
    );
    expect(taken).toBeGreaterThan(0);
  });
});
