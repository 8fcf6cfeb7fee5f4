import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EarlierBytes, type Match } from "../../../host-agent/core/earlier-bytes.ts";

const WINDOW_BYTES = 32 * 1024;

/** Takes pages as a history does, and asks of every byte of each. */
class Reader {
  readonly earlier = new EarlierBytes();
  window = Buffer.alloc(0);

  take(page: Uint8Array): Match[] {
    this.window = Buffer.concat([this.window, page]).subarray(-WINDOW_BYTES);
    this.earlier.append(this.window, page.length);
    const from = this.window.length - page.length;
    return Array.from(page, (_, at) => this.earlier.matchOf(from + at));
  }
}

/** Of all that stood before, written without a thought of speed. */
function longestOf(window: Uint8Array, at: number): Match {
  let best: Match = { length: 0, distance: 0 };
  for (let distance = 1; distance <= at; distance += 1) {
    let length = 0;
    while (length < 258 && at + length < window.length && window[at + length - distance] === window[at + length])
      length += 1;
    if (length > best.length && length >= 3 && (length > 3 || distance <= 4096)) best = { length, distance };
  }
  return best;
}

const letters = (text: string) => Buffer.from(text);

describe("earlier bytes", () => {
  it("are found where they stood last, as many as are the same", () => {
    const reader = new Reader();
    expect(reader.take(letters("the cat, "))).toEqual(new Array<Match>(9).fill({ length: 0, distance: 0 }));
    expect(reader.take(letters("the dog, "))[0]).toEqual({ length: 4, distance: 9 });
    expect(reader.take(letters("the cat. "))[0]).toEqual({ length: 7, distance: 18 });
    expect(reader.take(letters("the end"))[0]).toEqual({ length: 4, distance: 9 });
  });

  it("may overlap with those that they become", () => {
    const [, second] = new Reader().take(new Uint8Array(400));
    expect(second).toEqual({ length: 258, distance: 1 });
    expect(new Reader().take(letters("ababababab"))[2]).toEqual({ length: 8, distance: 2 });
  });

  it("are not referred to where a reference takes more than three bytes", () => {
    const reader = new Reader();
    reader.take(letters("xyz"));
    reader.take(Uint8Array.from({ length: 4093 }, (_, at) => at % 64));
    expect(reader.take(letters("xyz!"))[0]).toEqual({ length: 3, distance: 4096 });
    reader.take(Uint8Array.from({ length: 4093 }, (_, at) => at % 64));
    expect(reader.take(letters("xyz?"))[0]).toEqual({ length: 0, distance: 0 });
  });

  it("are found as far back as deflate refers, and no farther", () => {
    for (const [between, found] of [
      [WINDOW_BYTES - 10, { length: 5, distance: WINDOW_BYTES - 5 }],
      [WINDOW_BYTES - 9, { length: 0, distance: 0 }],
    ] as const) {
      const reader = new Reader();
      reader.take(letters("hello"));
      reader.take(new Uint8Array(between));
      // The window ends with what is new.
      expect(reader.take(letters("hello"))[0]).toEqual(found);
    }
  });

  it("are forgotten when the history begins anew", () => {
    const reader = new Reader();
    reader.take(letters("hello hello"));
    reader.window = Buffer.alloc(0);
    expect(reader.take(letters("hello"))[0]).toEqual({ length: 0, distance: 0 });
    expect(reader.take(letters("hello"))[0]).toEqual({ length: 5, distance: 5 });
  });

  it("are nearly always the longest there are, in anything that repeats itself", () => {
    const page = fc
      .tuple(fc.array(fc.constantFrom("aaaa", "abab", "ab", "bcd", "c", "\0\0\0\0\0\0\0\0\0"), { maxLength: 60 }))
      .map(([words]) => letters(words.join("")));
    let asked = 0;
    let longest = 0;
    fc.assert(
      fc.property(fc.array(page, { maxLength: 6 }), (pages) => {
        const reader = new Reader();
        for (const one of pages) {
          for (const [index, match] of reader.take(one).entries()) {
            const at = reader.window.length - one.length + index;
            const { window } = reader;
            const said = window.subarray(at, at + match.length);
            const stood = said.map((_, nth) => window[at - match.distance + nth] ?? -1);
            expect(said.equals(stood)).toBe(true);
            asked += 1;
            if (longestOf(window, at).length === match.length) longest += 1;
          }
        }
      }),
      { numRuns: 300 },
    );
    expect(longest / asked).toBeGreaterThan(0.97);
  });

  it("are still found after 4 GiB, where places begin at 0 again", () => {
    const reader = new Reader();
    // So much has passed through without being asked for.
    for (let passed = 0; passed < 2 ** 32 - 2 ** 16 - 20; passed += 2 ** 31 - 2 ** 15 - 10) {
      reader.earlier.append(reader.window, 2 ** 31 - 2 ** 15 - 10);
    }
    const found = Array.from({ length: 8 }, () => reader.take(letters("hello, ")).at(0));
    expect(found).toEqual([{ length: 0, distance: 0 }, ...new Array<Match>(7).fill({ length: 7, distance: 7 })]);
  });
});
