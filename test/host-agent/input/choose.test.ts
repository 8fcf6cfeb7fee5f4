import { afterAll, beforeAll, expect, test } from "vitest";
import { HostError } from "../../../host-agent/errors.ts";
import { chooseInput } from "../../../host-agent/input/choose.ts";
import { press, release } from "../../support/strokes.ts";
import { XInputRecorder } from "../../support/x-input-recorder.ts";
import { startXServer, type XServer } from "../../support/x-server.ts";

let server: XServer;
beforeAll(async () => {
  server = await startXServer({ width: 320, height: 240 });
});
afterAll(() => server.stop());

test("auto takes x11 where it works, and refuses nobody", async () => {
  const { injector, refused, note } = await chooseInput("auto", { display: server.display }, {});
  expect([injector.name, refused]).toEqual(["x11", []]);
  expect(note).toContain(server.display);
  await injector.close();
});

test("the display of the environment is taken when none is named", async () => {
  const { injector } = await chooseInput("auto", { display: undefined }, { DISPLAY: server.display });
  expect(injector.name).toBe("x11");
  await injector.close();
});

test("auto under Wayland ends with none, and says why each of the others cannot do it", async () => {
  const environment = { WAYLAND_DISPLAY: "wayland-0", DISPLAY: server.display };
  const { injector, refused } = await chooseInput("auto", { display: undefined }, environment);
  expect(injector.name).toBe("none");
  expect(refused.map(({ name }) => name)).toEqual(["x11", "nut"]);
  for (const { why, hint } of refused) {
    expect(why).toMatch(/Wayland/);
    expect(hint).toMatch(/--display/);
  }
});

test("one named by the user that cannot be used is an error with reason and hint", async () => {
  const error = await chooseInput("x11", { display: ":64998" }, {}).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(HostError);
  expect(error).toMatchObject({
    code: "input-unavailable",
    message: expect.stringMatching(/x11.*:64998/),
    hint: expect.stringMatching(/display/),
  });
});

test("none swallows everything: nothing reaches the display", async () => {
  const recorder = await XInputRecorder.open(server.display);
  const { injector } = await chooseInput("none", { display: server.display }, {});
  injector.pointer({ x: 10, y: 20 });
  injector.button(1, true);
  injector.button(1, false);
  injector.wheel(120, -120);
  press(injector, "KeyA", "a");
  release(injector, "KeyA");
  injector.text("hello");
  await injector.settled();
  await injector.close();
  await injector.close();
  await recorder.settled();
  expect(recorder.events).toEqual([]);
  await recorder.close();
});
