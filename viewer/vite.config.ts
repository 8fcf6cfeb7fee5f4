import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";
import program from "../package.json" with { type: "json" };

const OUT = join(import.meta.dirname, "../dist/viewer");

export default defineConfig({
  root: import.meta.dirname,
  define: { PROGRAM_VERSION: JSON.stringify(program.version) },
  // Relative addresses: the same build is served at the root, behind a path prefix and from a file server.
  base: "./",
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: "es2022",
    // Nothing inlined and no polyfill, so that the page runs under a policy without inline scripts or data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  plugins: [compressed()],
});

/** A third of the bytes saves two round trips on the way to the first picture; the server picks what a browser takes. */
function compressed(): Plugin {
  return {
    name: "compressed",
    closeBundle() {
      const folder = join(OUT, "assets");
      for (const name of readdirSync(folder).filter((one) => /\.(js|css)$/.test(one))) {
        const file = join(folder, name);
        const bytes = readFileSync(file);
        writeFileSync(`${file}.br`, brotliCompressSync(bytes));
        writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
      }
    },
  };
}
