import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  // Relative addresses: the page lies below a token that is new at every start.
  base: "./",
  build: {
    outDir: "../../../../dist/local-page",
    emptyOutDir: true,
    target: "es2022",
    // Nothing inlined and no polyfill, so that the page runs under a policy without inline scripts or data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
