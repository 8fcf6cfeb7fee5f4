import { chmodSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { assemblyScript } from "../scripts/assembly-script.mjs";

const OUT = join(import.meta.dirname, "../dist/cli");

/** Compiled for one kind of machine, or there only to be found by them; loaded from node_modules, when needed. */
const NOT_BUNDLED = [
  "@julusian/jpeg-turbo",
  "@nut-tree/nut-js",
  "bufferutil",
  "screenshot-desktop",
  "sharp",
  "utf-8-validate",
];

/**
 * The program in a few files instead of some two thousand: it starts in two thirds of the time, and holds 13 MB less.
 * Not minified, so that a stack that somebody sends us can be read. `__dirname` stays in packages that were CommonJS, in
 * what we do not use of them (pino's transports, ioredis's friendly stacks, socket.io's client files), and is undefined there.
 */
export default defineConfig({
  root: import.meta.dirname,
  ssr: { noExternal: true, external: NOT_BUNDLED },
  build: {
    ssr: "deskbeam.ts",
    outDir: OUT,
    emptyOutDir: true,
    target: "node20",
    minify: false,
    // All in one folder, so that each finds the built pages beside it.
    rolldownOptions: { output: { chunkFileNames: "[name].js" } },
  },
  plugins: [assemblyScript(), executable()],
});

/** It begins with the line that names node, but would be written as a file nobody may execute. */
function executable(): Plugin {
  return { name: "executable", closeBundle: () => chmodSync(join(OUT, "deskbeam.js"), 0o755) };
}
