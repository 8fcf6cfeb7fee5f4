/** A promise that ends with the signal's reason when that comes first. `begin` is not called when it is there already. */
export function untilAborted<Result>(
  signal: AbortSignal,
  begin: (resolve: (result: Result) => void, reject: (error: unknown) => void) => void,
): Promise<Result> {
  let onAbort = () => {};
  return new Promise<Result>((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort);
    begin(resolve, reject);
  }).finally(() => signal.removeEventListener("abort", onAbort));
}
