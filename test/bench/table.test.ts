import { expect, test } from "vitest";

import { tableOf } from "./table.ts";

test("ours is divided by each peer's, and what was not measured is a dash", () => {
  const table = tableOf(
    ["delay, ms", "lost"],
    [
      { name: "ours", values: [5, 0] },
      { name: "a", values: [20.25, 0] },
      { name: "b", values: [undefined, 3] },
    ],
  );
  expect(table.split("\n").map((line) => line.trim().split(/ {2,}/))).toEqual([
    ["ours", "a", "b", "÷ a", "÷ b"],
    [expect.stringMatching(/^-+$/), ...Array.from({ length: 5 }, () => expect.stringMatching(/^-+$/))],
    ["delay, ms", "5", "20.3", "–", "0.25", "–"],
    ["lost", "0", "0", "3", "–", "0.00"],
  ]);
});
