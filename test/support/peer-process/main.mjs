// Node 20 cannot read TypeScript; Vite, which builds the viewer anyway, can.
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const { module } = await runnerImport(fileURLToPath(new URL("end.ts", import.meta.url)), {
  configFile: false,
  logLevel: "error",
  root: fileURLToPath(new URL("../../..", import.meta.url)),
});
module.run();
