/** Closing takes milliseconds; what hangs longer than this is left to the system, which frees everything anyway. */
const CLOSE_LIMIT_MS = 1_800;

/**
 * Turns SIGINT, SIGTERM and SIGHUP into an aborted signal. The program then has CLOSE_LIMIT_MS to end by itself; a
 * second signal ends it at once.
 */
export function stopOnSignals(): { readonly stop: AbortSignal; readonly interrupt: () => void } {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(1);
    controller.abort();
    setTimeout(() => {
      process.stderr.write("deskbeam: closing took too long; ended without it.\n");
      process.exit(1);
    }, CLOSE_LIMIT_MS).unref();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt);
  return { stop: controller.signal, interrupt };
}
