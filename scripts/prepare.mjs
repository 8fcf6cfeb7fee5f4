// Run by npm before start, test, check, build and bench: makes sure that what they need is there and fresh. `build`
// builds in any case.
//   node scripts/prepare.mjs start|build|test|check|bench
// Writes to standard error only. Node built-ins only: on a fresh clone nothing is installed yet.
import { spawnSync } from "node:child_process";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { installPackages, missingPackages } from "./debian.mjs";
import { BUILD_STAMP, isBuildStale, isInstallStale } from "./staleness.mjs";

const MIN_NODE = { major: 20, minor: 19 };
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const purpose = process.argv[2];

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < MIN_NODE.major || (major === MIN_NODE.major && minor < MIN_NODE.minor)) {
  const wanted = `${MIN_NODE.major}.${MIN_NODE.minor}`;
  stop(`deskbeam needs Node ${wanted} or newer; this is ${process.versions.node}. Get one from https://nodejs.org.`);
}
if (!["start", "build", "test", "check", "bench"].includes(purpose ?? "")) {
  stop("usage: node scripts/prepare.mjs start|build|test|check|bench");
}
if (isInstallStale(root)) install();
if (purpose === "build" || (purpose !== "check" && isBuildStale(root))) build();
if (purpose === "test" || purpose === "bench") installDebianPackages(purpose);

function install() {
  say("installing packages …");
  // No dependency needs its install script, so none gets to run one. dev: the build needs the compiler, whatever
  // NODE_ENV says.
  run("installing packages", "npm", ["ci", "--ignore-scripts", "--include=dev", "--no-audit", "--no-fund"]);
}

function build() {
  say("building …");
  const startedAt = new Date();
  const bin = join(root, "node_modules/.bin");
  const parts = { "the program": "cli", "the viewer": "viewer", "the approval page": "host-agent/ui/local-page/page" };
  for (const [name, folder] of Object.entries(parts)) {
    run(`building ${name}`, join(bin, "vite"), ["build", folder, "--logLevel", "warn"]);
  }
  const stamp = join(root, BUILD_STAMP);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, "");
  utimesSync(stamp, startedAt, startedAt);
}

/** @param {'test' | 'bench'} purpose */
function installDebianPackages(purpose) {
  const missing = missingPackages(purpose);
  if (missing.length === 0) return;
  say(`installing Debian packages: ${missing.join(" ")} …`);
  const problem = installPackages(missing);
  if (problem !== undefined) stop(problem);
}

/**
 * @param {string} doing
 * @param {string} program
 * @param {string[]} args
 */
function run(doing, program, args) {
  const done = spawnSync(program, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (done.error !== undefined) stop(`${doing} failed: ${done.error.message}`);
  if (done.status !== 0) stop(`${doing} failed (see above).`);
}

/** @param {string} text */
function say(text) {
  process.stderr.write(`deskbeam: ${text}\n`);
}

/**
 * @param {string} text
 * @returns {never}
 */
function stop(text) {
  say(text);
  process.exit(1);
}
