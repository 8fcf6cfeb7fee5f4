import { afterEach, beforeEach, expect, test } from "vitest";
import { type ChosenCapture, chooseCapture, type WantedCapture } from "../../../host-agent/capture/choose.ts";
import type { CaptureTarget } from "../../../host-agent/capture/driver.ts";
import { HostError } from "../../../host-agent/errors.ts";
import { startXServer, type XServer } from "../../support/x-server.ts";

const TARGET: CaptureTarget = { display: undefined, monitor: "all", maxFps: 30 };
/** A number no X server takes by itself. */
const NOWHERE = ":58123";

let server: XServer;
let opened: ChosenCapture[] = [];
beforeEach(async () => {
  server = await startXServer({ width: 320, height: 200 });
});
afterEach(async () => {
  for (const one of opened) await one.capture.close();
  opened = [];
  await server.stop();
});

async function choose(
  wanted: WantedCapture,
  target: Partial<CaptureTarget>,
  environment: Record<string, string>,
): Promise<ChosenCapture> {
  const chosen = await chooseCapture(wanted, { ...TARGET, ...target }, environment);
  opened.push(chosen);
  return chosen;
}

test("auto takes x11 on a display of the environment, and has nothing to complain about", async () => {
  const chosen = await choose("auto", {}, { DISPLAY: server.display });
  expect(chosen).toMatchObject({ name: "x11", refused: [], warning: undefined, ownInput: undefined });
  expect(chosen.note).toContain("DAMAGE");
  expect(chosen.capture.size).toEqual({ width: 320, height: 200 });
});

test("auto goes on to the next driver when the first lacks something, and says what", async () => {
  const bare = await startXServer({ width: 320, height: 200, extraArguments: ["-extension", "DAMAGE"] });
  try {
    const chosen = await choose("auto", { display: bare.display }, {});
    expect(chosen.name).toBe("nut");
    expect(chosen.refused).toEqual([expect.objectContaining({ name: "x11", why: expect.stringContaining("DAMAGE") })]);
    await chosen.capture.close();
  } finally {
    await bare.stop();
  }
});

test("a named driver is taken, whatever is better", async () => {
  expect((await choose("screenshot", { display: server.display }, {})).name).toBe("screenshot");
  expect((await choose("nut", { display: server.display }, {})).name).toBe("nut");
});

test("with no display at all auto shares the test card, warns, and says how to share a desktop", async () => {
  const chosen = await choose("auto", {}, { DISPLAY: NOWHERE });
  expect(chosen.name).toBe("test-card");
  expect(chosen.warning).toMatch(/test card.*--display/);
  expect(chosen.refused.map((one) => one.name)).toEqual(["x11", "nut", "screenshot"]);
  expect(chosen.ownInput?.name).toBe("test-card");
});

test("a test card that was asked for needs no warning", async () => {
  expect(await choose("test-card", {}, {})).toMatchObject({ name: "test-card", refused: [], warning: undefined });
});

test("a named display that cannot be opened is an error, never the test card", async () => {
  const refusal = await choose("auto", { display: NOWHERE }, {}).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(HostError);
  expect(refusal).toMatchObject({ code: "display-not-openable", message: expect.stringContaining(NOWHERE) });
});

test("a named driver that cannot work is an error with its reason", async () => {
  const refusal = await choose("x11", {}, { DISPLAY: NOWHERE }).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: "capture-unavailable", message: expect.stringContaining(NOWHERE) });
});

test.each([[{ WAYLAND_DISPLAY: "wayland-0" }], [{ XDG_SESSION_TYPE: "wayland" }]])(
  "under %o no X11 driver is trusted, and the reason is said",
  async (session) => {
    const chosen = await choose("auto", {}, { ...session, DISPLAY: server.display });
    expect(chosen.name).toBe("test-card");
    expect(chosen.refused).toHaveLength(3);
    for (const one of chosen.refused) expect(one.why).toContain("Wayland");
  },
);

test("under Wayland a display that is named is somebody's will", async () => {
  const chosen = await choose("auto", { display: server.display }, { WAYLAND_DISPLAY: "wayland-0" });
  expect(chosen.name).toBe("x11");
});
