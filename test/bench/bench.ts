import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { FIGURES } from "./figures.ts";
import { sealCost, sealLine } from "./seal-cost.ts";
import { onStage, type Stage } from "./stage.ts";
import { type Subject, subjects } from "./subjects.ts";
import { tableOf } from "./table.ts";
import { type Lengths, measureTurn, type Turn } from "./turn.ts";

const RESULTS = fileURLToPath(new URL("../../bench-results", import.meta.url));

const WHOLE = { rounds: 2, lengths: { idleSeconds: 5, spots: 64, characters: 56, videoSeconds: 6 } } as const;
const QUICK = { rounds: 1, lengths: { idleSeconds: 3, spots: 24, characters: 24, videoSeconds: 3 } } as const;

/**
 * Measures all products in one run on one stage, taking turns, and prints the table. No number makes it fail; a product
 * that is missing or shows nothing does.
 */
export async function run(args: readonly string[]): Promise<void> {
  const unknown = args.find((one) => one !== "--quick");
  if (unknown !== undefined) throw new Error(`"${unknown}" is not known. Usage: npm run bench [-- --quick]`);
  const plan = args.includes("--quick") ? QUICK : WHOLE;
  const startedAt = new Date();
  const competing = subjects();
  await onStage(async (stage) => {
    const turns = await takeTurns(stage, competing, plan.rounds, plan.lengths);
    const columns = [...turns].map(([name, of]) => ({ name, values: FIGURES.map((figure) => figure.of(of)) }));
    const labels = FIGURES.map(({ label, unit }) => (unit === "" ? label : `${label}, ${unit}`));
    process.stdout.write(`\n${describe(plan.rounds, startedAt)}\n\n${tableOf(labels, columns)}\n\n`);
    const seal = await sealCost();
    process.stdout.write(`${sealLine(seal)}\n\n`);
    const path = writeResults({
      startedAt,
      seal,
      machine: { cpus: cpus().map((cpu) => cpu.model), loadAverage: loadavg() },
      plan,
      figures: columns.map(({ name, values }) => ({
        name,
        ...Object.fromEntries(labels.map((label, row) => [label, values[row] ?? null])),
      })),
      turns: Object.fromEntries(turns),
    });
    process.stdout.write(`All numbers: ${path}\n`);
  });
}

/** Each product once in each round, and another one first each time: what drifts on the machine meets them all. */
async function takeTurns(
  stage: Stage,
  competing: readonly Subject[],
  rounds: number,
  lengths: Lengths,
): Promise<ReadonlyMap<string, Turn[]>> {
  const [page = await stage.browser.newPage()] = stage.browser.pages();
  const turns = new Map(competing.map(({ name }) => [name, [] as Turn[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (const nth of competing.keys()) {
      const subject = competing[(nth + round) % competing.length];
      if (subject === undefined) throw new Error("unreachable");
      process.stderr.write(`bench: round ${round + 1} of ${rounds}: ${subject.name} …\n`);
      turns.get(subject.name)?.push(await measureTurn(stage, page, subject, lengths, round * 1000));
    }
  }
  return turns;
}

function describe(rounds: number, startedAt: Date): string {
  return [
    `deskbeam against its peers, ${startedAt.toISOString()}, ${rounds} round(s), each product with its defaults.`,
    "1920x1080 on Xvfb, shared with Chromium on a second Xvfb over a virtual cable.",
    "Until seen: from pixels on the shared display to pixels on the display that shows the browser.",
    "Bytes: on the cable, IP and all above. CPU: processor seconds per minute. Host: the product's processes.",
    `${cpus().length} × ${cpus()[0]?.model.trim()}; load average ${loadavg()
      .map((load) => load.toFixed(1))
      .join(" ")} at the end.`,
  ].join("\n");
}

function writeResults<Results extends { readonly startedAt: Date }>(results: Results): string {
  mkdirSync(RESULTS, { recursive: true });
  const path = join(RESULTS, `${results.startedAt.toISOString().replaceAll(":", "-")}.json`);
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`);
  return path;
}
