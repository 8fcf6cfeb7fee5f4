// Decides whether node_modules and dist are older than what they are made from. Node built-ins only: this runs before
// anything is installed.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** What dist/ is made from. */
const BUILD_SOURCES = [
  "protocol",
  "pages",
  "signaling",
  "host-agent",
  "viewer",
  "cli",
  "scripts/assembly-script.mjs",
  "tsconfig.json",
  "package.json",
  "package-lock.json",
];

/** Written when a build begins and succeeds, so that an edit during the build still counts as newer. */
export const BUILD_STAMP = "dist/.built";

/**
 * Whether node_modules lacks something of package-lock.json or has another version of it. Compares with the lockfile
 * npm itself leaves in node_modules when it is done: times would be wrong after every `git checkout`.
 * @param {string} root folder of the project
 */
export function isInstallStale(root) {
  const wanted = readPackages(join(root, "package-lock.json"));
  const installed = readPackages(join(root, "node_modules/.package-lock.json"));
  if (wanted === undefined || installed === undefined) return true;
  return Object.entries(wanted).some(([path, entry]) => {
    const found = installed[path];
    // The root itself is not in node_modules, and a package for another platform or libc need not be.
    if (found === undefined) return path !== "" && entry.optional !== true && entry.devOptional !== true;
    return found.version !== entry.version || found.resolved !== entry.resolved;
  });
}

/**
 * Whether a source, or a folder that lost or got one, is newer than the last good build.
 * @param {string} root folder of the project
 */
export function isBuildStale(root) {
  const builtMs = changedMs(join(root, BUILD_STAMP));
  return builtMs === undefined || BUILD_SOURCES.some((source) => isNewer(join(root, source), builtMs));
}

/**
 * @param {string} path
 * @param {number} thanMs
 * @returns {boolean}
 */
function isNewer(path, thanMs) {
  const ms = changedMs(path);
  if (ms === undefined) return false;
  if (ms > thanMs) return true;
  if (!statSync(path).isDirectory()) return false;
  return readdirSync(path).some((name) => isNewer(join(path, name), thanMs));
}

/**
 * @param {string} path
 * @returns {number | undefined} when it last changed; undefined when there is nothing
 */
function changedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

/**
 * @param {string} path of a lockfile
 * @returns {Record<string, { version?: string, resolved?: string, optional?: boolean, devOptional?: boolean }> | undefined}
 */
function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages;
  } catch {
    return undefined; // Missing or torn: nothing that could be relied on is installed.
  }
}
