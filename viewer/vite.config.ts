import { defineConfig } from "vite";
import program from "../package.json" with { type: "json" };

export default defineConfig({
  root: import.meta.dirname,
  define: { PROGRAM_VERSION: JSON.stringify(program.version) },
  // Relative addresses: the same build is served at the root, behind a path prefix and from a file server.
  base: "./",
  build: {
    outDir: "../dist/viewer",
    emptyOutDir: true,
    target: "es2022",
    // Nothing inlined and no polyfill, so that the page runs under a policy without inline scripts or data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
