import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { HostCommand, HostEvent } from "../../host-agent/ui/host-ui.ts";

/** The program as shipped: the built file, run without npm. */
const PROGRAM = fileURLToPath(new URL("../../dist/cli/deskbeam.js", import.meta.url));
const LIMIT_MS = 20_000;

type EventOf<Name extends HostEvent["event"]> = Extract<HostEvent, { event: Name }>;

export type RunningHost = {
  readonly process: ChildProcess;
  readonly events: readonly HostEvent[];
  /** The first event of that name that fits and was not handed out before; waits for it. */
  next<Name extends HostEvent["event"]>(name: Name, fits?: (event: EventOf<Name>) => boolean): Promise<EventOf<Name>>;
  command(command: HostCommand): void;
  readonly notices: () => string;
  stop(): Promise<number | null>;
};

/** Starts `deskbeam share --json` with further arguments. */
export function startHost(args: readonly string[], env: Readonly<Record<string, string>> = {}): RunningHost {
  const child = spawn(process.execPath, [PROGRAM, "share", "--json", ...args], {
    env: { ...withoutDisplay(process.env), ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const events: HostEvent[] = [];
  const taken = new Set<HostEvent>();
  const wakers = new Set<() => void>();
  let notices = "";
  let unfinished = "";
  child.stdout.on("data", (chunk: Buffer) => {
    const lines = (unfinished + chunk.toString()).split("\n");
    unfinished = lines.pop() ?? "";
    for (const line of lines) events.push(JSON.parse(line));
    for (const wake of wakers) wake();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    notices = (notices + chunk.toString()).slice(-20_000);
  });
  return {
    process: child,
    events,
    next: async (name, fits = () => true) => {
      const isWanted = (event: HostEvent): event is EventOf<typeof name> =>
        // The name decides the shape; TypeScript cannot follow a name that is a parameter.
        event.event === name && !taken.has(event) && fits(event as EventOf<typeof name>);
      const endMs = Date.now() + LIMIT_MS;
      for (;;) {
        const found = events.find(isWanted);
        if (found !== undefined) {
          taken.add(found);
          return found;
        }
        if (Date.now() > endMs || child.exitCode !== null) {
          throw new Error(
            `no event "${name}" (exit code ${child.exitCode}); heard ${JSON.stringify(events)}\n${notices}`,
          );
        }
        await new Promise<void>((resolve) => {
          const wake = () => {
            clearTimeout(timer);
            wakers.delete(wake);
            resolve();
          };
          const timer = setTimeout(wake, 200);
          wakers.add(wake);
        });
      }
    },
    command: (command) => void child.stdin.write(`${JSON.stringify(command)}\n`),
    notices: () => notices,
    stop: () => stopProgram(child),
  };
}

export type RunningServe = { readonly process: ChildProcess; readonly url: string; stop(): Promise<number | null> };

/** Starts `deskbeam serve` on a port and waits until /healthz answers. */
export async function startServe(port: number, args: readonly string[] = []): Promise<RunningServe> {
  const child = spawn(process.execPath, [PROGRAM, "serve", "--port", String(port), "--bind", "127.0.0.1", ...args], {
    env: withoutDisplay(process.env),
    stdio: ["ignore", "ignore", "inherit"],
  });
  const url = `http://127.0.0.1:${port}`;
  const endMs = Date.now() + LIMIT_MS;
  while (!(await isHealthy(url))) {
    if (Date.now() > endMs || child.exitCode !== null)
      throw new Error(`serve is not ready (exit code ${child.exitCode})`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { process: child, url, stop: () => stopProgram(child) };
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`)).ok;
  } catch {
    return false; // Not listening yet.
  }
}

async function stopProgram(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const limit = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await gone;
  clearTimeout(limit);
  return child.exitCode;
}

/** Tests choose their display themselves; whatever this machine's session has must not leak in. */
function withoutDisplay(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, XDG_SESSION_TYPE: _session, ...rest } = env;
  return rest;
}
