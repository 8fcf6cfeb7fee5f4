import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
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
