import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { get as httpGet } from "node:http";
import { get as httpsGet } from "node:https";
import type { HostCommand, HostEvent } from "../../host-agent/ui/host-ui.ts";
import { PROGRAM } from "./program.ts";

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

/** Starts `deskbeam share --json` with further arguments; `inside` is a command that runs it somewhere else. */
export function startHost(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  inside: readonly string[] = [],
): RunningHost {
  const [command = "", ...rest] = [...inside, ...PROGRAM, "share", "--json", ...args];
  const child = spawn(command, rest, {
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
export async function startServe(
  port: number,
  args: readonly string[] = [],
  reach: { scheme: "http" | "https" } = { scheme: "http" },
  env: Readonly<Record<string, string>> = {},
): Promise<RunningServe> {
  const child = spawn(
    PROGRAM[0],
    [...PROGRAM.slice(1), "serve", "--port", String(port), "--bind", "127.0.0.1", ...args],
    {
      env: { ...withoutDisplay(process.env), ...env },
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  const host = reach.scheme === "https" ? "localhost" : "127.0.0.1";
  const url = `${reach.scheme}://${host}:${port}`;
  const endMs = Date.now() + LIMIT_MS;
  while (!(await isHealthy(port, reach.scheme))) {
    if (Date.now() > endMs || child.exitCode !== null)
      throw new Error(`serve is not ready (exit code ${child.exitCode})`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { process: child, url, stop: () => stopProgram(child) };
}

/** Asked for readiness only: whether the certificate is a good one is for the test to find out. */
function isHealthy(port: number, scheme: "http" | "https"): Promise<boolean> {
  const ask = scheme === "https" ? httpsGet : httpGet;
  return new Promise((resolve) => {
    const request = ask({ host: "127.0.0.1", port, path: "/healthz", rejectUnauthorized: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    // Not listening yet.
    request.on("error", () => resolve(false));
  });
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
