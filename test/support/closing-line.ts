import type { Reporter, SerializedError, TestModule, TestSuite, Vitest } from "vitest/node";

/**
 * Ends the output of a test run with `N passed, N failed` and nothing after it. What failed outside a test (a file that
 * does not load, a hook, an error nobody caught) counts as one failure each; so does a skipped test, unless tests were
 * picked by name. A run without a passed test fails.
 */
export default class ClosingLine implements Reporter {
  #passed = 0;
  #failed = 0;
  #skipped = 0;

  onInit(vitest: Vitest): void {
    // At exit, because other reporters and the runner itself still write after the run's end.
    process.once("exit", () => {
      const forgotten = vitest.config.testNamePattern === undefined ? this.#skipped : 0;
      if (forgotten > 0) process.stdout.write(`${forgotten} skipped, which counts as failed\n`);
      if (this.#passed === 0 || this.#failed + forgotten > 0) process.exitCode = process.exitCode || 1;
      process.stdout.write(`${this.#passed} passed, ${this.#failed + forgotten} failed\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    this.#passed = 0;
    this.#skipped = 0;
    this.#failed = unhandled.length;
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") this.#passed++;
        else if (state === "failed") this.#failed++;
        else this.#skipped++;
      }
      const suites: (TestModule | TestSuite)[] = [module, ...module.children.allSuites()];
      this.#failed += suites.filter((suite) => suite.errors().length > 0).length;
    }
  }
}
