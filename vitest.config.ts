import { defineConfig } from "vitest/config";
import { assemblyScript } from "./scripts/assembly-script.mjs";

const SECURITY = "test/security/**/*.test.ts";
const E2E = "test/e2e/**/*.test.ts";
const LAB = "test/lab/**/*.test.ts";
// Most of these start an X server of its own for the real drivers.
const DESKTOP = ["capture", "input", "presence"].map((folder) => `test/host-agent/${folder}/**/*.test.ts`);

/** Groups run one after the other: what fails fast comes first, what needs the machine for itself comes last. */
export default defineConfig({
  plugins: [assemblyScript()],
  test: {
    reporters: ["default", "./test/support/closing-line.ts"],
    passWithNoTests: false,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [E2E, LAB, SECURITY, ...DESKTOP],
          testTimeout: 20_000,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      // Thousands of attacks, some of which the product's own limits have to end: minutes of work for one core.
      {
        extends: true,
        test: {
          name: "security",
          include: [SECURITY],
          testTimeout: 60_000,
          hookTimeout: 30_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "desktop",
          include: DESKTOP,
          testTimeout: 30_000,
          hookTimeout: 30_000,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: [E2E],
          testTimeout: 90_000,
          hookTimeout: 90_000,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
      // Machines and routers in network namespaces; `npm run lab` runs the long lists of cases (see test/lab/extent.ts).
      {
        extends: true,
        test: {
          name: "lab",
          include: [LAB],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
