import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Browser, chromium } from "playwright-core";
import { vi } from "vitest";
import { CHROMIUM } from "../support/browser.ts";
import { type RunningHost, startHost } from "../support/deskbeam.ts";
import { untilWindowActive } from "../support/focus.ts";
import { PROGRAM } from "../support/program.ts";
import { type Desktop, startDesktop, stopProcess } from "../support/x-server.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { buildLab, type Lab, type Machine, type SitePlan, serverAddress } from "./network.ts";
import { startTurn, TURNS_PORT, type TurnMachine } from "./turn-machine.ts";

const SIZE = { width: 800, height: 600 };
const SERVE_LIMIT_MS = 15_000;

const servers = ["server", "turn"] as const;

/** Where a firewall must let TCP through for the server, and for TURN over TLS. */
export const SERVER = { address: serverAddress({ servers }, "server"), port: 443 };
export const TURNS = { address: serverAddress({ servers }, "turn"), port: TURNS_PORT };
const SERVER_URL = "https://server.test";

/** A lab with everything a session needs: the deskbeam server, a TURN server, a desktop with a terminal, browsers. */
export type Stage = {
  readonly lab: Lab;
  readonly turn: TurnMachine;
  /** The desktop that hosts share. */
  readonly display: string;
  /** Starts a host agent on a machine of the lab; it shares the desktop and lets everybody in, with control. */
  host(machine: string, args?: readonly string[]): RunningHost;
  /** The browser of a machine: started at the first call, kept until another machine's is asked for. */
  browser(machine: string): Promise<Browser>;
  /** What the terminal on the desktop has shown so far. */
  terminal(): Promise<string>;
  /** The server dies without a word, or starts again. */
  killServer(): Promise<void>;
  startServer(): Promise<void>;
  strike(): Promise<void>;
};

/** Sets it up; with nothing left behind if that fails. */
export async function setStage(plan: {
  readonly seed: number;
  readonly sites: Readonly<Record<string, SitePlan>>;
  readonly serveArgs?: readonly string[];
}): Promise<Stage> {
  const ends: (() => Promise<unknown>)[] = [];
  const strike = async () => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), "deskbeam-stage-"));
    ends.push(() => rm(folder, { recursive: true, force: true }));
    const lab = await buildLab({ seed: plan.seed, servers, sites: plan.sites });
    ends.push(() => lab.remove());
    const certificates = await makeCertificates(folder, ["server.test", "turn.test"]);
    const turn = await startTurn(lab.machine("turn"), folder, certificates);
    ends.push(() => turn.stop());
    const server = serverOn(lab.machine("server"), certificates, turn, plan.serveArgs ?? []);
    ends.push(() => server.kill());
    await server.start();
    const desktop = await startDesktop(SIZE);
    ends.push(() => desktop.stop());
    const transcript = join(folder, "terminal");
    await openTerminal(desktop, transcript);

    let current: { readonly machine: string; readonly browser: Browser } | undefined;
    const closeBrowser = async () => {
      await current?.browser.close();
      current = undefined;
    };
    ends.push(closeBrowser);
    const hosts: RunningHost[] = [];
    ends.push(() => Promise.all(hosts.map((host) => host.stop())));
    return {
      lab,
      turn,
      display: desktop.display,
      host: (machine, args = []) => {
        const shared = ["--display", desktop.display, "--server", SERVER_URL, "--approve", "control", ...args];
        const trust = { NODE_EXTRA_CA_CERTS: certificates.authority };
        const host = startHost(shared, trust, lab.machine(machine).inside);
        hosts.push(host);
        return host;
      },
      browser: async (machine) => {
        if (current?.machine === machine) return current.browser;
        await closeBrowser();
        const browser = await chromium.launch({
          args: [...CHROMIUM.args, certificates.chromiumFlag],
          executablePath: await lab.machine(machine).wrapper(CHROMIUM.executablePath),
        });
        current = { machine, browser };
        return browser;
      },
      terminal: () => readFile(transcript, "utf8"),
      killServer: server.kill,
      startServer: server.start,
      strike,
    };
  } catch (error) {
    await strike();
    throw error;
  }
}

async function openTerminal(desktop: Desktop, transcript: string): Promise<void> {
  desktop.run("xterm", ["-geometry", "80x24+20+20", "-e", "script", "-q", "-f", transcript]);
  await untilWindowActive(desktop.display);
}

/** `deskbeam serve` with TLS, its own STUN, and the right to make passwords for the TURN server. */
function serverOn(machine: Machine, certificates: Certificates, turn: TurnMachine, args: readonly string[]) {
  const { cert, key } = certificates.of("server.test");
  const files = ["--tls-cert", cert, "--tls-key", key];
  // All viewers of a site come from one address, one after the other, faster than people would.
  const manners = ["--allowed-origins", SERVER_URL, "--address-limit-factor", "50"];
  const quiet = ["--log-level", "warn"];
  const words = [
    "serve",
    "--port",
    String(SERVER.port),
    "--stun-port",
    "3478",
    ...files,
    ...manners,
    ...quiet,
    ...args,
  ];
  const [command = "", ...rest] = [...machine.inside, ...PROGRAM, ...words];
  const env = { ...process.env, DESKBEAM_TURN_URLS: turn.urls.join(","), DESKBEAM_TURN_SECRET: turn.secret };
  let child: ReturnType<typeof spawn> | undefined;
  return {
    start: async () => {
      const started = spawn(command, rest, { env, stdio: ["ignore", "ignore", "inherit"] });
      child = started;
      const [curl = "", ...question] = [...machine.inside, "curl", "-fsS", "--cacert", certificates.authority];
      await vi.waitFor(
        async () => {
          if (started.exitCode !== null) throw new Error(`serve ended with code ${started.exitCode}`);
          await promisify(execFile)(curl, [...question, `${SERVER_URL}/healthz`]);
        },
        { timeout: SERVE_LIMIT_MS, interval: 100 },
      );
    },
    kill: async () => {
      child?.kill("SIGKILL");
      if (child !== undefined) await stopProcess(child);
    },
  };
}
