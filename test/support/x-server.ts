import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { promisify } from "node:util";

const START_LIMIT_MS = 15_000;
const STOP_LIMIT_MS = 5000;

export type XServerWish = {
  readonly width: number;
  readonly height: number;
  /** Bits per pixel value; 24 unless told. */
  readonly depth?: number;
  readonly extraArguments?: readonly string[];
};

export type XServer = { readonly display: string; readonly pid: number; stop(): Promise<void> };

/** A real X server without a screen. It picks its own display number, so tests can run side by side. */
export async function startXServer(wish: XServerWish): Promise<XServer> {
  const screen = `${wish.width}x${wish.height}x${wish.depth ?? 24}`;
  const args = ["-displayfd", "3", "-screen", "0", screen, "+extension", "RANDR", "-noreset", "-nolisten", "tcp"];
  const child = spawn("Xvfb", [...args, ...(wish.extraArguments ?? [])], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  let complaint = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2000);
  });
  // Descriptor 3 was asked for as a pipe above; its type says only "some stream".
  const numberPipe = child.stdio[3] as Readable;
  try {
    const line = await firstLine(child, numberPipe);
    if (child.pid === undefined) throw new Error("Xvfb has no process");
    return { display: `:${Number(line)}`, pid: child.pid, stop: () => stopProcess(child) };
  } catch (error) {
    await stopProcess(child);
    throw new Error(`Xvfb did not start: ${error instanceof Error ? error.message : error}. It said: ${complaint}`);
  }
}

export type Desktop = XServer & {
  /** Starts a program on the display; it ends with the desktop. */
  run(command: string, args: readonly string[]): ChildProcess;
};

/** An X server with the openbox window manager; xterm and others are started by `run`. */
export async function startDesktop(wish: XServerWish): Promise<Desktop> {
  const server = await startXServer(wish);
  const children: ChildProcess[] = [];
  const run = (command: string, args: readonly string[]): ChildProcess => {
    const child = spawn(command, args, { env: { ...process.env, DISPLAY: server.display }, stdio: "ignore" });
    children.push(child);
    return child;
  };
  run("openbox", ["--sm-disable"]);
  // A window that comes before its manager is framed later, but never gets the keyboard.
  await untilManaged(server.display);
  return {
    ...server,
    run,
    stop: async () => {
      await Promise.all(children.map(stopProcess));
      await server.stop();
    },
  };
}

async function untilManaged(display: string): Promise<void> {
  const endMs = Date.now() + START_LIMIT_MS;
  for (;;) {
    const { stdout } = await promisify(execFile)("xprop", ["-display", display, "-root", "_NET_SUPPORTING_WM_CHECK"]);
    if (stdout.includes("window id")) return;
    if (Date.now() > endMs) throw new Error(`openbox does not manage ${display} after ${START_LIMIT_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * Changes the size of the display the way a desktop's settings do: by RANDR, with a new mode. Xvfb cannot become larger
 * than it started.
 */
export async function resizeDisplay(display: string, size: { width: number; height: number }): Promise<void> {
  const mode = `${size.width}x${size.height}-test`;
  const xrandr = (...args: string[]) => promisify(execFile)("xrandr", ["--display", display, ...args]);
  const { width: w, height: h } = size;
  const timings = [25, w, w + 16, w + 112, w + 160, h, h + 10, h + 12, h + 45].map(String);
  // A mode that an earlier call has made is made again: refused, and harmless.
  await xrandr("--newmode", mode, ...timings).catch(() => undefined);
  await xrandr("--addmode", "screen", mode).catch(() => undefined);
  await xrandr("--output", "screen", "--mode", mode);
}

/** Ends a process, the hard way if it does not listen. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const limit = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
  await gone;
  clearTimeout(limit);
}

function firstLine(child: ChildProcess, pipe: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const limit = setTimeout(() => reject(new Error(`nothing heard for ${START_LIMIT_MS} ms`)), START_LIMIT_MS);
    const settle = (act: () => void) => {
      clearTimeout(limit);
      act();
    };
    pipe.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes("\n")) settle(() => resolve(text.trim()));
    });
    child.once("error", (error) => settle(() => reject(error)));
    child.once("exit", (code) => settle(() => reject(new Error(`it ended with code ${code}`))));
  });
}
