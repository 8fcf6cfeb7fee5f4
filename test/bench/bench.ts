import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { LinkQuality } from "../lab/link.ts";
import { measureApps } from "./apps/apps-turn.ts";
import { openDeskBrowser } from "./apps/desk-browser.ts";
import { figuresOfApp } from "./apps/figures.ts";
import type { AppName } from "./apps/names.ts";
import { type Figure, figuresOf, median, memoryFigures } from "./figures.ts";
import { type Plan, readPlan } from "./options.ts";
import { soak, soakTable } from "./soak.ts";
import { onStage, type Stage } from "./stage.ts";
import type { Subject } from "./subject.ts";
import { competition } from "./subjects.ts";
import { type Section, tableOf } from "./table.ts";
import { measureTurn, type Turn } from "./turn.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const RESULTS = join(ROOT, "bench-results");

/**
 * Measures all products in one run on one stage, taking turns, and prints the table, as Markdown. No number makes it
 * fail; a product that is missing or shows nothing does.
 */
export async function run(args: readonly string[]): Promise<void> {
  const plan = readPlan(args);
  const startedAt = new Date();
  const { subjects, rival } = competition(plan.viewers, plan.setting.line === undefined && plan.apps === undefined);
  await onStage(plan.setting, async (stage) => {
    if (plan.soakMinutes !== undefined) return await soakOurs(stage, subjects, plan.soakMinutes);
    const { sections, turns } =
      plan.apps === undefined
        ? await compareScenarios(stage, subjects, plan)
        : await compareApps(stage, subjects, plan, plan.apps);
    const names = subjects.map(({ name }) => name);
    process.stdout.write(`\n${describe(plan, startedAt)}\n\n${tableOf(names, rival, sections)}\n\n`);
    const path = writeResults({
      startedAt,
      commit: commitNow(),
      machine: { cpus: cpus().map((cpu) => cpu.model), loadAverage: loadavg() },
      plan,
      names,
      sections,
      turns,
    });
    process.stdout.write(`All numbers: ${path}\n`);
  });
}

type Compared = { readonly sections: readonly Section[]; readonly turns: Readonly<Record<string, unknown>> };
type Chapter<Measured> = { readonly title: string; readonly figures: readonly Figure<Measured>[] };

async function compareScenarios(stage: Stage, subjects: readonly Subject[], plan: Plan): Promise<Compared> {
  const { scenarios } = plan;
  const chapters: readonly Chapter<Turn>[] = [
    ...scenarios.map((scenario) => ({ title: scenario, figures: figuresOf(scenario) })),
    { title: "memory", figures: memoryFigures(scenarios) },
  ];
  return await compared(subjects, plan.rounds, chapters, (subject, seed) =>
    measureTurn(stage, subject, { ...plan, seed }),
  );
}

async function compareApps(
  stage: Stage,
  subjects: readonly Subject[],
  { setting, rounds, lengths: { seconds } }: Plan,
  apps: readonly AppName[],
): Promise<Compared> {
  const desk = await openDeskBrowser(stage.sharedDisplay, setting.display);
  try {
    const chapters = apps.map((app) => ({ title: app, figures: figuresOfApp(app) }));
    return await compared(subjects, rounds, chapters, (subject, seed) =>
      measureApps(stage, desk, subject, { apps, seconds, seed }),
    );
  } finally {
    await desk.close();
  }
}

async function soakOurs(stage: Stage, [ours]: readonly Subject[], minutes: number): Promise<void> {
  if (ours === undefined) throw new Error("unreachable");
  const held = await soak(stage, ours, minutes);
  process.stdout.write(
    `\nCommit ${commitNow()}: memory over a video of 1280×720 at 30 a second.\n\n${soakTable(held)}\n`,
  );
}

/** Each product once in each round, and another one first each time: what drifts on the machine meets them all. */
async function compared<Measured>(
  competing: readonly Subject[],
  rounds: number,
  chapters: readonly Chapter<Measured>[],
  measure: (subject: Subject, seed: number) => Promise<Measured>,
): Promise<Compared> {
  const turns = new Map(competing.map(({ name }) => [name, [] as Measured[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (const nth of competing.keys()) {
      const subject = competing[(nth + round) % competing.length];
      if (subject === undefined) throw new Error("unreachable");
      process.stderr.write(`bench: round ${round + 1} of ${rounds}: ${subject.name} …\n`);
      turns.get(subject.name)?.push(await measure(subject, round + 1));
    }
  }
  const sections = chapters.map((chapter) => sectionOf(chapter, [...turns.values()]));
  return { sections, turns: Object.fromEntries(turns) };
}

/** The medians of all rounds. @param turns of each product */
function sectionOf<Measured>({ title, figures }: Chapter<Measured>, turns: readonly (readonly Measured[])[]): Section {
  const rows = figures.map(({ label, unit, of }) => ({
    label: unit === "" ? label : `${label}, ${unit}`,
    values: turns.map((ofOne) => median(ofOne.map(of).filter((value) => value !== undefined))),
  }));
  return { title, rows };
}

function describe({ rounds, setting: { display, line, browser } }: Plan, startedAt: Date): string {
  const load = loadavg().map((one) => one.toFixed(1));
  return [
    `${startedAt.toISOString().slice(0, 10)}, commit ${commitNow()}: medians of ${rounds} round(s), each product with its`,
    `defaults, taking turns. ${display.width}×${display.height} on Xvfb, shared with ${browser} on a second Xvfb over`,
    `${describeLine(line)}. Seen after: from pixels on the shared display to the same on the display that shows the`,
    "browser; a click from the button. Bytes: on the line, IP and all above. CPU: of one core; host: all processes of the",
    `product, whose memory is RSS. ${cpus().length} × ${cpus()[0]?.model.trim()}, load ${load.join(" ")} at the end.`,
  ].join("\n");
}

function describeLine(line: Partial<LinkQuality> | undefined): string {
  if (line === undefined) return "a virtual cable";
  const { delayMs = 0, rateBps, lossPercent } = line;
  const rate = rateBps === undefined ? [] : [`${rateBps / 1e6} Mbit/s`];
  const loss = lossPercent === undefined ? [] : [`${lossPercent} % loss each way`];
  return ["a line of", [...rate, `${2 * delayMs} ms round trip`, ...loss].join(", ")].join(" ");
}

function commitNow(): string {
  const git = (...words: string[]) => spawnSync("git", words, { cwd: ROOT, encoding: "utf8" }).stdout ?? "";
  const commit = git("rev-parse", "--short", "HEAD").trim();
  // Without git, or in an unpacked archive.
  if (commit === "") return "unknown";
  return git("status", "--porcelain", "--untracked-files=no").trim() === "" ? commit : `${commit} and changes`;
}

function writeResults<Results extends { readonly startedAt: Date }>(results: Results): string {
  mkdirSync(RESULTS, { recursive: true });
  const path = join(RESULTS, `${results.startedAt.toISOString().replaceAll(":", "-")}.json`);
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`);
  return path;
}
