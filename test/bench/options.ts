import { parseArgs } from "node:util";

import type { LinkQuality } from "../lab/link.ts";
import { APPS, type AppName } from "./apps/names.ts";
import type { Setting } from "./stage.ts";
import { type Lengths, SCENARIOS, type Scenario } from "./turn.ts";

export type Plan = {
  readonly setting: Setting;
  /** Without "first" in Firefox, which is started with its page. */
  readonly scenarios: readonly Scenario[];
  readonly rounds: number;
  /** More than one: what many cost ours, instead of ours against others. */
  readonly viewers: number;
  readonly lengths: Lengths;
  /** So many minutes of video, ours alone, for what memory grows by; undefined: the scenarios. */
  readonly soakMinutes: number | undefined;
  /** A real browser on the shared display that does these, instead of the scenarios; undefined: the scenarios. */
  readonly apps: readonly AppName[] | undefined;
};

const USAGE = `Usage: npm run bench [-- --quick] [--rounds N] [--seconds N] [--only ${SCENARIOS.join(",")}] [--4k] [--slow | --bad] [--viewers N] [--firefox | --soak MINUTES], or with --apps, --only ${APPS.join(",")}`;

const LONG: Lengths = { seconds: 8, clicks: 24, idleSeconds: 10 };
const SHORT: Lengths = { seconds: 4, clicks: 10, idleSeconds: 5 };
/** Three rounds of it take a quarter of an hour. */
const ON_A_CABLE: readonly Scenario[] = ["typing", "scroll", "drag", "video", "click", "idle", "first"];
const USUAL_ROUNDS = 3;

/** Lines, each way, and what is worth measuring over them. */
const SLOW: Partial<LinkQuality> = { delayMs: 40, rateBps: 5_000_000, queueMs: 1000 };
const ON_SLOW: readonly Scenario[] = ["typing", "busy", "first"];
const BAD: Partial<LinkQuality> = { delayMs: 40, lossPercent: 1 };
const ON_BAD: readonly Scenario[] = ["typing", "video"];
const FOR_MANY: readonly Scenario[] = ["typing", "video", "idle"];

const FULL_HD = { width: 1920, height: 1080 };
const UHD = { width: 3840, height: 2160 };

/** @throws Error with the usage, for anything that is not in it */
export function readPlan(args: readonly string[]): Plan {
  const { quick = false, rounds, seconds, only, viewers, soak, ...flags } = readFlags(args);
  const { slow = false, bad = false, "4k": uhd = false, firefox = false, apps = false } = flags;
  if (slow && bad) throw new Error(`A line is slow or bad. ${USAGE}`);
  if (firefox && soak !== undefined) throw new Error(`Only Chromium tells what a page holds. ${USAGE}`);
  if (apps && soak !== undefined) throw new Error(`A long video is no app. ${USAGE}`);
  if (apps && viewers !== undefined) throw new Error(`What many viewers cost is measured without apps. ${USAGE}`);
  const wanted = only?.split(",");
  if (firefox && wanted?.includes("first")) throw new Error(`Firefox is started with its page. ${USAGE}`);
  const usual = viewers !== undefined ? FOR_MANY : slow ? ON_SLOW : bad ? ON_BAD : ON_A_CABLE;
  const scenarios = wanted === undefined || apps ? usual : known(SCENARIOS, wanted);
  const browser = firefox ? "Firefox" : "Chromium";
  const lengths = quick ? SHORT : LONG;
  return {
    setting: { display: uhd ? UHD : FULL_HD, line: slow ? SLOW : bad ? BAD : undefined, browser },
    scenarios: scenarios.filter((scenario) => !firefox || scenario !== "first"),
    rounds: rounds === undefined ? (quick ? 1 : USUAL_ROUNDS) : positive("--rounds", rounds),
    viewers: viewers === undefined ? 1 : positive("--viewers", viewers),
    lengths: { ...lengths, seconds: seconds === undefined ? lengths.seconds : positive("--seconds", seconds) },
    soakMinutes: soak === undefined ? undefined : positive("--soak", soak),
    apps: apps ? known(APPS, wanted ?? APPS) : undefined,
  };
}

function readFlags(args: readonly string[]) {
  const flag = { type: "boolean" } as const;
  const value = { type: "string" } as const;
  const options = {
    quick: flag,
    rounds: value,
    seconds: value,
    only: value,
    slow: flag,
    bad: flag,
    "4k": flag,
    viewers: value,
    firefox: flag,
    soak: value,
    apps: flag,
  };
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    // An unknown flag, or one without its value.
    throw new Error(`${error instanceof Error ? error.message : error} ${USAGE}`);
  }
}

/** In the table's order, whatever order they were asked for in. */
function known<Name extends string>(all: readonly Name[], wanted: readonly string[]): readonly Name[] {
  const unknown = wanted.find((name) => !all.some((one) => one === name));
  if (unknown !== undefined) throw new Error(`There is no "${unknown}" among ${all.join(", ")}. ${USAGE}`);
  return all.filter((name) => wanted.includes(name));
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${flag} takes a whole number from 1 on. ${USAGE}`);
  return value;
}
