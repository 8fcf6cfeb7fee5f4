// Which Debian packages the tests and the benchmark need, and how to get them.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * A package, and one thing it brings by which its presence is seen: a program on the PATH, a file, or a shared library.
 * @typedef {{ name: string, program?: string, file?: string, library?: string }} DebianPackage
 */

/** @type {readonly DebianPackage[]} */
const TEST_PACKAGES = [
  { name: "xvfb", program: "Xvfb" },
  { name: "xserver-xephyr", program: "Xephyr" },
  { name: "openbox", program: "openbox" },
  { name: "xterm", program: "xterm" },
  { name: "chromium", program: "chromium" },
  { name: "firefox-esr", program: "firefox-esr" },
  { name: "ffmpeg", program: "ffmpeg" },
  { name: "curl", program: "curl" },
  { name: "imagemagick", program: "import" }, // the program that screenshot-desktop calls
  { name: "x11-utils", program: "xdpyinfo" },
  { name: "x11-xserver-utils", program: "xrandr" },
  { name: "x11-xkb-utils", program: "setxkbmap" },
  { name: "xauth", program: "xauth" },
  // The network lab: namespaces, NAT, a TURN server with a certificate, and a link made by a small C program.
  { name: "iproute2", program: "ip" },
  { name: "nftables", program: "nft" },
  { name: "coturn", program: "turnserver" },
  { name: "openssl", program: "openssl" },
  { name: "redis-server", program: "redis-server" },
  { name: "gcc", program: "gcc" },
  { name: "libc6-dev", file: "/usr/include/stdio.h" },
  { name: "libxtst6", library: "libXtst.so.6" }, // nut-js links to it
  { name: "fonts-dejavu-core", file: "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf" },
];

/** @type {readonly DebianPackage[]} */
const BENCH_PACKAGES = [
  ...TEST_PACKAGES,
  { name: "x11vnc", program: "x11vnc" },
  { name: "tigervnc-scraping-server", program: "X0tigervnc" },
  { name: "novnc", file: "/usr/share/novnc/vnc.html" },
  { name: "websockify", program: "websockify" },
];

/**
 * @param {'test' | 'bench'} purpose
 * @returns {string[]} names of the Debian packages that are not there
 */
export function missingPackages(purpose) {
  const needed = purpose === "bench" ? BENCH_PACKAGES : TEST_PACKAGES;
  return needed.filter((wanted) => !isPresent(wanted)).map((wanted) => wanted.name);
}

/**
 * Installs them as root or through a sudo that asks no password.
 * @param {readonly string[]} names
 * @returns {string | undefined} undefined when done, else a sentence that says what the person must run
 */
export function installPackages(names) {
  const line = `apt-get install -y --no-install-recommends ${names.join(" ")}`;
  const manual = `Some tests need Debian packages that are not here. Run:\n  sudo apt-get update && sudo ${line}`;
  const prefix = rootPrefix();
  if (prefix === undefined || findProgram("apt-get") === undefined) return manual;
  const commands = [
    ["apt-get", "update"],
    ["apt-get", "install", "-y", "--no-install-recommends", ...names],
  ];
  for (const command of commands) {
    const [program = "", ...args] = [...prefix, "env", "DEBIAN_FRONTEND=noninteractive", ...command];
    const done = spawnSync(program, args, { stdio: ["ignore", 2, 2] });
    if (done.status !== 0) return `"${command.join(" ")}" failed (see above). ${manual}`;
  }
  return undefined;
}

/** @returns {string[] | undefined} what to put before a command to run it as root; undefined when there is no way */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  const asked = spawnSync("sudo", ["-n", "true"], { stdio: "ignore" });
  return asked.status === 0 ? ["sudo", "-n"] : undefined;
}

/** @param {DebianPackage} wanted */
function isPresent({ program, file, library }) {
  if (program !== undefined) return findProgram(program) !== undefined;
  if (file !== undefined) return existsSync(file);
  return library !== undefined && libraryFolders().some((folder) => existsSync(join(folder, library)));
}

/** @param {string} name */
function findProgram(name) {
  // The PATH of an ordinary user lacks the sbin folders, where `ip` may be.
  const folders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

function libraryFolders() {
  const roots = ["/usr/lib", "/usr/lib64", "/lib"].filter((folder) => existsSync(folder));
  const triplets = roots.flatMap((root) =>
    readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name.includes("-linux-"))
      .map((entry) => join(root, entry.name)),
  );
  return [...roots, ...triplets];
}
