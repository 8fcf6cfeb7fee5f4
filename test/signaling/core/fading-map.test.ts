import { expect, it } from "vitest";
import { FadingMap } from "../../../signaling/core/fading-map.ts";

it("an entry is forgotten a fixed time after it was set", () => {
  const map = new FadingMap<string>(100);
  map.set("early", "a", 1_000);
  map.set("late", "b", 1_050);
  expect([map.get("early", 1_099), map.get("late", 1_099)]).toEqual(["a", "b"]);
  expect([map.get("early", 1_100), map.get("late", 1_100)]).toEqual([undefined, "b"]);
  expect(map.get("late", 1_150)).toBeUndefined();
});

it("an entry that is set again lasts from then on", () => {
  const map = new FadingMap<string>(100);
  map.set("one", "a", 1_000);
  map.set("two", "b", 1_010);
  map.set("one", "c", 1_050);
  expect([map.get("one", 1_120), map.get("two", 1_120)]).toEqual(["c", undefined]);
});
