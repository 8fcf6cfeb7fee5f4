import { afterAll, beforeAll, expect, test } from "vitest";
import type { InputInjector } from "../../../host-agent/input/driver.ts";
import { nutInput } from "../../../host-agent/input/nut.ts";
import { setLayout } from "../../support/keyboard-layout.ts";
import { press, release, typeKeys } from "../../support/strokes.ts";
import { XInputRecorder } from "../../support/x-input-recorder.ts";
import { startXServer, type XServer } from "../../support/x-server.ts";

let server: XServer;
let injector: InputInjector;
let recorder: XInputRecorder;

beforeAll(async () => {
  server = await startXServer({ width: 320, height: 240 });
  recorder = await XInputRecorder.open(server.display);
  injector = await nutInput({}).open({ display: server.display });
});
afterAll(async () => {
  await injector.close();
  await recorder.close();
  await server.stop();
});

// Its native library presses keycode 0 for a key that the layout lacks, and Xlib then ends the process.
test("a key that the layout lacks is left out, also when the layout changes meanwhile", async () => {
  for (const layout of ["de", "ru", "us"]) {
    setLayout(server.display, layout);
    for (const name of ["AltRight", "F13", "F24", "KeyQ", "BracketLeft"]) {
      press(injector, name);
      release(injector, name);
    }
    typeKeys(injector, "a[");
    injector.text("漢");
    await injector.settled();
  }
  recorder.clear();
  press(injector, "Enter");
  release(injector, "Enter");
  await injector.settled();
  await recorder.settled();
  expect(recorder.events).toMatchObject([
    { keycode: 36, down: true },
    { keycode: 36, down: false },
  ]);
});

test("another display than the one it is bound to is refused", async () => {
  const answer = await nutInput({}).probe({ display: ":64997" });
  expect(answer).toMatchObject({ available: false, why: expect.stringContaining(server.display) });
});
