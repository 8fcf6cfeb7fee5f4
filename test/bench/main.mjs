// Node 20 cannot read TypeScript; Vite, which builds the viewer anyway, can. This file runs one module of this folder:
//   node test/bench/main.mjs [--quick]                the benchmark
//   node test/bench/main.mjs painter/painter.ts ...   a process the benchmark starts for itself
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const [first = ""] = process.argv.slice(2);
const [path, args] = first.endsWith(".ts") ? [first, process.argv.slice(3)] : ["bench.ts", process.argv.slice(2)];

try {
  const { module } = await runnerImport(fileURLToPath(new URL(path, import.meta.url)), {
    configFile: false,
    logLevel: "error",
    // A relative module id means the same wherever the command is run.
    root: fileURLToPath(new URL("../..", import.meta.url)),
  });
  await module.run(args);
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
  process.exitCode = 1;
}
