import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeldWords } from "../../protocol/held-words.ts";

/** What became of each word, in order. */
function conversation(maxHeld: number) {
  const words = new HeldWords(maxHeld);
  const became: string[] = [];
  const say = (word: string) =>
    words.say(
      () => became.push(word),
      () => became.push(`${word} dropped`),
    );
  return { words, became, say };
}

describe("words to somebody who may be away", () => {
  it("are said at once while nobody is", () => {
    const { became, say } = conversation(2);
    say("a");
    expect(became).toEqual(["a"]);
  });

  it("wait, and are said in order before anything newer", () => {
    const { words, became, say } = conversation(2);
    words.hold();
    say("a");
    say("b");
    expect(became).toEqual([]);
    expect(words.count).toBe(2);
    words.release();
    say("c");
    expect(became).toEqual(["a", "b", "c"]);
    expect(words.count).toBe(0);
  });

  it("go on waiting when the other end goes away once more", () => {
    const { words, became, say } = conversation(2);
    words.hold();
    say("a");
    words.hold();
    words.release();
    expect(became).toEqual(["a"]);
  });

  it("are dropped beyond the limit, and when nobody is to come back, until somebody has", () => {
    const { words, became, say } = conversation(1);
    words.hold();
    say("a");
    say("b");
    words.drop();
    say("c");
    words.hold();
    say("d");
    words.release();
    say("e");
    expect(became).toEqual(["b dropped", "a dropped", "c dropped", "d dropped", "e"]);
  });

  it("are each said or dropped exactly once, the said ones in order, and never more wait than may", () => {
    const step = fc.constantFrom("say", "say", "hold", "release", "drop");
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(4), (steps, maxHeld) => {
        const words = new HeldWords(maxHeld);
        const said: number[] = [];
        const dropped: number[] = [];
        let count = 0;
        for (const one of steps) {
          if (one === "hold") words.hold();
          else if (one === "release") words.release();
          else if (one === "drop") words.drop();
          else {
            const word = count++;
            words.say(
              () => said.push(word),
              () => dropped.push(word),
            );
          }
          expect(words.count).toBeLessThanOrEqual(maxHeld);
          expect(said.length + dropped.length + words.count).toBe(count);
        }
        words.release();
        expect(said).toEqual([...said].sort((a, b) => a - b));
        expect(new Set([...said, ...dropped]).size).toBe(count);
      }),
      { numRuns: 2_000 },
    );
  });
});
