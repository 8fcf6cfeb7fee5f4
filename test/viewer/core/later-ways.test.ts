import { expect, it } from "vitest";
import { laterWays } from "../../../viewer/core/later-ways.ts";

const BOTH = { relay: true, mjpeg: true };

it("tries the sealed relay before a picture that nobody can seal", () => {
  expect(laterWays("auto", BOTH, true)).toEqual(["relay", "mjpeg"]);
});

it("leaves out what the server does not offer", () => {
  expect(laterWays("auto", { relay: false, mjpeg: true }, true)).toEqual(["mjpeg"]);
  expect(laterWays("auto", { relay: true, mjpeg: false }, true)).toEqual(["relay"]);
  expect(laterWays("auto", { relay: false, mjpeg: false }, true)).toEqual([]);
  expect(laterWays("mjpeg", { relay: true, mjpeg: false }, true)).toEqual([]);
});

it("holds one way where the page asks for one", () => {
  expect(laterWays("direct", BOTH, true)).toEqual([]);
  expect(laterWays("mjpeg", BOTH, true)).toEqual(["mjpeg"]);
  expect(laterWays("relay", { relay: false, mjpeg: true }, true)).toEqual(["relay"]);
});

it("goes straight to the plain picture where the browser has no WebRTC", () => {
  expect(laterWays("auto", BOTH, false)).toEqual(["mjpeg"]);
  expect(laterWays("auto", { relay: true, mjpeg: false }, false)).toEqual([]);
  expect(laterWays("relay", BOTH, false)).toEqual(["relay"]);
});
