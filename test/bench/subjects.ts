import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect, createServer } from "node:net";

import { startHost } from "../support/deskbeam.ts";
import { stopProcess } from "../support/x-server.ts";
import { floor } from "./floor/subject.ts";
import type { RunningSubject, Subject } from "./subject.ts";

const LISTEN_LIMIT_MS = 10_000;
const NOVNC = "/usr/share/novnc";

/** All that are measured in a run, ours first, and the name of the one that ours is divided by. */
export type Competition = { readonly subjects: readonly Subject[]; readonly rival: string };

/**
 * Each with its own defaults. The floor takes part on a cable only: raw pixels do not get through anything less.
 * @param viewers more than one: ours against ours with a single viewer
 */
export function competition(viewers: number, isOnCable: boolean): Competition {
  const alone = { furtherViewers: 0 };
  const ours = { name: "deskbeam", start: startDeskbeam, ...alone };
  if (viewers > 1) {
    const many = { name: `deskbeam, ${viewers} viewers`, start: startDeskbeam, furtherViewers: viewers - 1 };
    return { subjects: [many, ours], rival: ours.name };
  }
  const tigerVnc = { name: "TigerVNC + noVNC", start: startTigerVnc, ...alone };
  const x11vnc = { name: "x11vnc + noVNC", start: startX11vnc, ...alone };
  return { subjects: [ours, tigerVnc, x11vnc, ...(isOnCable ? [floor] : [])], rival: tigerVnc.name };
}

async function startDeskbeam(display: string, address: string): Promise<RunningSubject> {
  const reach = ["--port", "0", "--bind", address, "--address-limit-factor", "10"];
  const host = startHost(["--display", display, ...reach, "--approve", "control", "--reusable", "--no-qr"]);
  const { link } = await host.next("ready");
  if (host.process.pid === undefined) throw new Error("deskbeam has no process.");
  return {
    url: link,
    processIds: [host.process.pid],
    stop: async () => {
      await host.stop();
    },
  };
}

function startX11vnc(display: string, address: string): Promise<RunningSubject> {
  return startVnc(address, "x11vnc", (port) => [
    ["-display", display, "-rfbport", String(port), "-localhost"],
    ["-nopw", "-shared", "-forever", "-quiet"],
  ]);
}

function startTigerVnc(display: string, address: string): Promise<RunningSubject> {
  return startVnc(address, "X0tigervnc", (port) => [
    ["-display", display, "-rfbport", String(port), "-localhost"],
    ["-SecurityTypes", "None", "-AlwaysShared"],
  ]);
}

async function startVnc(
  address: string,
  program: string,
  args: (port: number) => readonly (readonly string[])[],
): Promise<RunningSubject> {
  if (!existsSync(`${NOVNC}/vnc.html`)) throw new Error(`There is no noVNC in ${NOVNC}: install novnc.`);
  const vncPort = await freePort("127.0.0.1");
  const webPort = await freePort(address);
  const children: ChildProcess[] = [];
  const start = async (command: string, commandArgs: readonly string[], host: string, port: number) => {
    const child = spawn(command, commandArgs, { stdio: "ignore" });
    children.push(child);
    await untilListening(child, command, host, port);
    if (child.pid === undefined) throw new Error(`${command} has no process.`);
    return child.pid;
  };
  const stop = async () => {
    await Promise.all(children.map(stopProcess));
  };
  try {
    const server = await start(program, args(vncPort).flat(), "127.0.0.1", vncPort);
    const bridgeArgs = ["--web", NOVNC, `${address}:${webPort}`, `127.0.0.1:${vncPort}`];
    const bridge = await start("websockify", bridgeArgs, address, webPort);
    const url = `http://${address}:${webPort}/vnc.html?autoconnect=1&resize=off`;
    return { url, processIds: [server, bridge], stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function untilListening(child: ChildProcess, command: string, host: string, port: number): Promise<void> {
  let failure: Error | undefined;
  child.once("error", (error) => {
    failure = error;
  });
  const endMs = Date.now() + LISTEN_LIMIT_MS;
  while (!(await canConnect(host, port))) {
    if (failure !== undefined) throw new Error(`${command} cannot be run: ${failure.message}`);
    if (child.exitCode !== null) throw new Error(`${command} ended at once, with code ${child.exitCode}.`);
    if (Date.now() > endMs) throw new Error(`${command} does not listen on ${host}:${port} after 10 s.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
  });
}

/** VNC servers cannot be asked to choose a port and say which. */
async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
