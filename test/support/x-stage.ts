import type { CaptureDriver } from "../../host-agent/capture/driver.ts";
import type { RealStage } from "../conformance/capture.ts";
import { openPaintedWindow } from "./painted-window.ts";
import { resizeDisplay, startXServer } from "./x-server.ts";

/** A fresh X display with one window over all of it to paint in. */
export async function xStage(driver: CaptureDriver): Promise<RealStage & { readonly display: string }> {
  const size = { width: 400, height: 300 };
  const server = await startXServer(size);
  const window = await openPaintedWindow(server.display, { x: 0, y: 0, ...size }, 0x202020);
  let shade = 0x406080;
  const end = async () => {
    await window.close();
    await server.stop();
  };
  return {
    driver,
    display: server.display,
    target: { display: server.display, monitor: "all", maxFps: 60 },
    size,
    paint: window.fill,
    change: async () => {
      const spot = { x: 61, y: 43, width: 17, height: 11 };
      shade = (shade + 0x10101) & 0xffffff;
      await window.fill(spot, shade);
      return spot;
    },
    resize: (to) => resizeDisplay(server.display, to),
    kill: end,
    end,
  };
}
