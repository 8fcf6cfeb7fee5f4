import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test, vi } from "vitest";
import { HostError } from "../../../host-agent/errors.ts";
import type { X11Geometry } from "../../../host-agent/x11/client.ts";
import { openX11, X11Closed } from "../../../host-agent/x11/connection.ts";
import { startXServer } from "../../support/x-server.ts";

test("a display opens, answers and closes", async () => {
  const server = await startXServer({ width: 320, height: 200 });
  try {
    const x = await openX11(server.display);
    const geometry = await x.ask<X11Geometry>((reply) => x.client.GetGeometry(x.root, reply));
    expect([geometry.width, geometry.height]).toEqual([320, 200]);
    await x.close();
    expect(x.closed).toBe(true);
    await expect(x.settled()).rejects.toThrow(X11Closed);
    await x.close();
  } finally {
    await server.stop();
  }
});

test("an error for a request nobody waits for is reported and does no harm", async () => {
  const server = await startXServer({ width: 320, height: 200 });
  const x = await openX11(server.display);
  try {
    const errors: Error[] = [];
    x.onRequestError((error) => errors.push(error));
    x.client.MapWindow(0x7777777);
    await x.settled();
    expect(errors.map((error) => error.message)).toEqual(["Bad window"]);
    await expect(x.ask((reply) => x.client.GetGeometry(0x7777777, reply))).rejects.toThrow("Bad drawable");
  } finally {
    await x.close();
    await server.stop();
  }
});

test("what is asked in one turn of the event loop leaves in one write, at its end, where that is wanted", async () => {
  const server = await startXServer({ width: 320, height: 200 });
  const x = await openX11(server.display, true, "together");
  try {
    const { stream } = x.client;
    if (stream === undefined) throw new Error("a connection has its socket");
    const written = vi.spyOn(stream, "write");
    x.client.MapWindow(x.root);
    const answers = [x.settled(), x.ask<X11Geometry>((reply) => x.client.GetGeometry(x.root, reply)), x.settled()];
    expect(written).toHaveBeenCalledTimes(0);
    await Promise.all(answers);
    expect(written).toHaveBeenCalledTimes(1);
    // Nobody waits for an answer to this one.
    x.client.MapWindow(x.root);
    await new Promise(setImmediate);
    expect(written).toHaveBeenCalledTimes(2);
  } finally {
    await x.close();
    await server.stop();
  }
});

test("a display that dies ends every wait", async () => {
  const server = await startXServer({ width: 320, height: 200 });
  const x = await openX11(server.display);
  const gone = new Promise<void>((resolve) => x.onClosed(resolve));
  process.kill(server.pid, "SIGSTOP");
  const waiting = x.settled();
  process.kill(server.pid, "SIGKILL");
  await expect(waiting).rejects.toThrow(X11Closed);
  await gone;
  await server.stop();
});

test("a display that is silent for 30 seconds is given up, however much it answered before", async () => {
  const server = await startXServer({ width: 320, height: 200 });
  const x = await openX11(server.display);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  try {
    await x.settled();
    await vi.advanceTimersByTimeAsync(20_000);
    await x.settled();
    process.kill(server.pid, "SIGSTOP");
    let outcome = "awaited";
    const waiting = x.settled().catch((error: unknown) => {
      outcome = error instanceof X11Closed ? "given up" : "another error";
    });
    await vi.advanceTimersByTimeAsync(29_900);
    expect([outcome, x.closed]).toEqual(["awaited", false]);
    await vi.advanceTimersByTimeAsync(200);
    await waiting;
    expect([outcome, x.closed, vi.getTimerCount()]).toEqual(["given up", true, 0]);
  } finally {
    vi.useRealTimers();
    process.kill(server.pid, "SIGCONT");
    await server.stop();
  }
});

test("what is asked and answered leaves no timer behind when the display is closed", async () => {
  const server = await startXServer({ width: 320, height: 200 });
  const x = await openX11(server.display);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  try {
    await x.settled();
    await x.settled();
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(30_000);
    expect([x.closed, vi.getTimerCount()]).toEqual([false, 0]);
    await x.settled();
    await x.close();
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
    await server.stop();
  }
});

test.each([
  [":59000", /There is no X display :59000/],
  ["nonsense", /does not name an X display/],
  ["127.0.0.1:59", /There is no X display 127.0.0.1:59/],
])("the display %s is refused in words", async (name, words) => {
  const refusal = await openX11(name).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(HostError);
  expect(refusal).toMatchObject({ code: "display-not-openable", message: expect.stringMatching(words) });
});

test("a display that wants a cookie we lack says whose job it is", async () => {
  const folder = await mkdtemp(join(tmpdir(), "deskbeam-xauth-"));
  const cookieFile = join(folder, "cookies");
  await promisify(execFile)("xauth", ["-f", cookieFile, "add", ":0", ".", "00112233445566778899aabbccddeeff"]);
  const server = await startXServer({ width: 320, height: 200, extraArguments: ["-auth", cookieFile] });
  try {
    const refusal = await openX11(server.display).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(HostError);
    expect(refusal).toMatchObject({ code: "display-not-openable", hint: expect.stringContaining("XAUTHORITY") });
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
});
