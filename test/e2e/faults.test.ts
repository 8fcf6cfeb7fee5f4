import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { launchChromium, launchDoomedChromium, untilPath, untilState, viewerStats } from "../support/browser.ts";
import { type RunningHost, type RunningServe, startHost, startServe } from "../support/deskbeam.ts";
import { freePort } from "../support/free-port.ts";
import { XInputRecorder } from "../support/x-input-recorder.ts";
import { type Desktop, startDesktop } from "../support/x-server.ts";

const LIMIT = { timeout: 15_000, interval: 50 };
/** What the product promises for a peer that vanishes without a word. */
const NOTICED_MS = 5_000;

/** TCP ports a process listens on. */
async function listeningPorts(pid: number): Promise<string[]> {
  const { stdout } = await promisify(execFile)("ss", ["-Hltnp"]);
  return stdout.split("\n").filter((line) => line.includes(`pid=${pid},`));
}

describe("when something dies", () => {
  let desktop: Desktop;
  let browser: Browser;

  beforeAll(async () => {
    desktop = await startDesktop({ width: 800, height: 600 });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await desktop?.stop();
  });

  const openViewer = async (link: string, from = browser): Promise<Page> => {
    const page = await (await from.newContext({ viewport: { width: 1000, height: 760 } })).newPage();
    await page.goto(link);
    await untilState(page, "live");
    // Peer to peer: through a relay, what dies would be heard of sooner and in other words.
    await untilPath(page, "direct");
    return page;
  };

  describe("host and server are separate programs", () => {
    let serve: RunningServe;
    let host: RunningHost;
    let port: number;
    beforeAll(async () => {
      port = await freePort();
      serve = await startServe(port);
      host = startHost(["--display", desktop.display, "--server", serve.url, "--approve", "control", "--reusable"]);
    });
    afterAll(async () => {
      await host?.stop();
      await serve?.stop();
    });

    it("the host needs no listening port of its own", async () => {
      await host.next("ready");
      expect(await listeningPorts(host.process.pid ?? 0)).toEqual([]);
      expect(await listeningPorts(serve.process.pid ?? 0)).not.toEqual([]);
    });

    it("a killed server ends no session; when it is back, so is the room, and a new viewer can join", async () => {
      const ready = host.events.find((event) => event.event === "ready");
      if (ready === undefined) throw new Error("not ready");
      const page = await openViewer(ready.link);
      serve.process.kill("SIGKILL");
      const before = (await viewerStats(page)).screen.updates;
      desktop.run("xterm", ["-geometry", "40x10+100+100", "-e", "sleep", "60"]);
      await vi.waitFor(async () => expect((await viewerStats(page)).screen.updates).toBeGreaterThan(before), LIMIT);
      expect(await page.locator("html").getAttribute("data-state")).toBe("live");

      serve = await startServe(port);
      await vi.waitFor(() => expect(host.notices()).toContain("is back"), LIMIT);
      const second = await openViewer(ready.link);
      expect(await second.locator("html").getAttribute("data-state")).toBe("live");
      await page.context().close();
      await second.context().close();
    });
  });

  it("a killed viewer leaves neither a key nor a button pressed for longer than five seconds", async () => {
    const host = startHost(["--display", desktop.display, "--port", "0", "--approve", "control"]);
    const doomed = await launchDoomedChromium();
    const recorder = await XInputRecorder.open(desktop.display);
    try {
      const page = await openViewer((await host.next("ready")).link, doomed.browser);
      const box = await page.locator("canvas:visible").boundingBox();
      if (box === null) throw new Error("no picture");
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      await page.keyboard.down("Shift");
      await page.mouse.down();
      await recorder.until("both down", (events) => events.filter((event) => event.kind !== "motion").length >= 2);
      const killedMs = Date.now();
      doomed.kill();
      await recorder.until(
        "both up",
        (events) => events.filter((event) => event.kind !== "motion" && !event.down).length >= 2,
      );
      expect(Date.now() - killedMs).toBeLessThan(NOTICED_MS);
    } finally {
      await recorder.close();
      doomed.kill();
      await host.stop();
    }
  });

  it("a killed host is said to be gone within five seconds", async () => {
    const host = startHost(["--display", desktop.display, "--port", "0", "--approve", "view"]);
    const page = await openViewer((await host.next("ready")).link);
    host.process.kill("SIGKILL");
    await untilState(page, "reconnecting", NOTICED_MS);
    await expect(page.locator("body").innerText()).resolves.toContain("The desktop is not answering");
    await page.context().close();
  });
});
