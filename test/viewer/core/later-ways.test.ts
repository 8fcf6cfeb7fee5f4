import { expect, it } from "vitest";
import { laterWays } from "../../../viewer/core/later-ways.ts";

const BOTH = { relay: true, mjpeg: true };

it("tries the sealed relay before a picture that nobody can seal", () => {
  expect(laterWays("auto", BOTH)).toEqual(["relay", "mjpeg"]);
});

it("leaves out what the server does not offer", () => {
  expect(laterWays("auto", { relay: false, mjpeg: true })).toEqual(["mjpeg"]);
  expect(laterWays("auto", { relay: true, mjpeg: false })).toEqual(["relay"]);
  expect(laterWays("auto", { relay: false, mjpeg: false })).toEqual([]);
  expect(laterWays("mjpeg", { relay: true, mjpeg: false })).toEqual([]);
});

it("holds one way where the page asks for one", () => {
  expect(laterWays("direct", BOTH)).toEqual([]);
  expect(laterWays("mjpeg", BOTH)).toEqual(["mjpeg"]);
  expect(laterWays("relay", { relay: false, mjpeg: true })).toEqual(["relay"]);
});
