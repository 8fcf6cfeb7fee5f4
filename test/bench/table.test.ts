import { expect, test } from "vitest";

import { tableOf } from "./table.ts";

const SECTIONS = [
  {
    title: "typing",
    rows: [
      { label: "delay, ms", values: [5, 20.25, undefined] },
      { label: "lost", values: [0, 0, 3] },
      { label: "host CPU, %", values: [1.5, 0.75, 123.4] },
    ],
  },
];

const cells = (table: string) =>
  table.split("\n").map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

test("ours is divided by the rival's, and what was not measured is a dash", () => {
  expect(cells(tableOf(["ours", "a", "b"], "a", SECTIONS))).toEqual([
    ["", "ours", "a", "b", "÷ a"],
    [expect.stringMatching(/^-+$/), ...Array.from({ length: 4 }, () => expect.stringMatching(/^-+:$/))],
    ["**typing**", "", "", "", ""],
    ["delay, ms", "5", "20.3", "–", "0.25"],
    ["lost", "0", "0", "3", "–"],
    ["host CPU, %", "1.50", "0.75", "123", "2.00"],
  ]);
});

test("what has shrunk is not divided", () => {
  const rows = [
    { label: "ours less", values: [-5, 2] },
    { label: "theirs less", values: [5, -2] },
  ];
  const table = tableOf(["ours", "a"], "a", [{ title: "memory", rows }]);
  expect(cells(table).slice(3)).toEqual([
    ["ours less", "-5", "2", "–"],
    ["theirs less", "5", "-2", "–"],
  ]);
});

test("without the rival there is no such column, and every line is as wide as the others", () => {
  const table = tableOf(["ours", "a", "b"], "c", SECTIONS);
  expect(cells(table)[0]).toEqual(["", "ours", "a", "b"]);
  expect(new Set(table.split("\n").map((line) => line.length)).size).toBe(1);
});
