import { parseArgs } from "node:util";

import { type Lengths, SCENARIOS, type Scenario } from "./turn.ts";

export type Plan = {
  readonly scenarios: readonly Scenario[];
  readonly rounds: number;
  readonly lengths: Lengths;
};

export const USAGE = `Usage: npm run bench [-- --quick] [--rounds N] [--only ${SCENARIOS.join(",")}]`;

const LONG: Lengths = { seconds: 8, clicks: 24, idleSeconds: 10 };
const SHORT: Lengths = { seconds: 4, clicks: 10, idleSeconds: 5 };
/** Typing while a video runs says something on a slow line. */
const USUAL: readonly Scenario[] = SCENARIOS.filter((scenario) => scenario !== "busy");
const USUAL_ROUNDS = 3;

/** @throws Error with the usage, for anything that is not in it */
export function readPlan(args: readonly string[]): Plan {
  const { values } = readFlags(args);
  const { quick = false, rounds, only } = values;
  return {
    scenarios: only === undefined ? USUAL : only.split(",").map(knownScenario),
    rounds: rounds === undefined ? (quick ? 1 : USUAL_ROUNDS) : positive("--rounds", rounds),
    lengths: quick ? SHORT : LONG,
  };
}

function readFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { quick: { type: "boolean" }, rounds: { type: "string" }, only: { type: "string" } },
    });
  } catch (error) {
    // An unknown flag, or one without its value.
    throw new Error(`${error instanceof Error ? error.message : error} ${USAGE}`);
  }
}

function knownScenario(name: string): Scenario {
  const known = SCENARIOS.find((scenario) => scenario === name);
  if (known === undefined) throw new Error(`There is no scenario "${name}". ${USAGE}`);
  return known;
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${flag} takes a whole number from 1 on. ${USAGE}`);
  return value;
}
