import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { InputEvent } from "../../protocol/input.ts";
import { KEY_CODES } from "../../protocol/key-code.ts";
import { startTestServer } from "../signaling/running.ts";
import { installNodeBrowser, type NodeBrowser } from "../support/node-browser.ts";
import { type NodeViewer, openNodeViewer } from "../support/node-viewer.ts";
import { grainy } from "../support/paintable-capture.ts";
import { type SharedHost, shareHost } from "../support/shared-host.ts";

/*
 * A whole host, a real server, the page's own session, WebRTC by werift at both ends: what is typed and painted while the
 * session moves from pipe to pipe arrives, whatever becomes of the pipes.
 */
const LIMIT = { timeout: 20_000, interval: 20 };
const KEY_EVERY_MS = 25;

const LETTERS = KEY_CODES.filter((code) => /^Key[A-Z]$/.test(code));

/** Types a letter every 25 ms, and paints as often, until it is stopped. */
function typeAndPaint(viewer: NodeViewer, { capture }: SharedHost) {
  const typed: string[] = [];
  let count = 0;
  const turn = setInterval(() => {
    count += 1;
    const side = 8 + (count % 17);
    capture.paint({ x: (count * 7) % 40, y: (count * 5) % 24, width: side, height: side }, grainy(count));
    const code = LETTERS[count % LETTERS.length];
    if (code === undefined || viewer.session.state.kind !== "live") return;
    const key = (down: boolean): InputEvent => ({ kind: "key", code, down, repeat: false, text: "" });
    viewer.input(key(true), key(false));
    typed.push(code);
  }, KEY_EVERY_MS);
  onTestFinished(() => clearInterval(turn));
  return { typed, stop: () => clearInterval(turn) };
}

/** Every stroke once and in order: its down, then its up. */
const strokesInjected = ({ injector }: SharedHost) =>
  injector.injected.map((one) => (one.kind === "key" ? `${one.code} ${one.down ? "down" : "up"}` : one.kind));
const strokesOf = (typed: readonly string[]) => typed.flatMap((code) => [`${code} down`, `${code} up`]);

describe("a session that moves", () => {
  let browser: NodeBrowser;
  beforeEach(() => {
    browser = installNodeBrowser();
  });
  afterEach(() => browser.restore());

  async function share() {
    const server = await startTestServer();
    const host = await shareHost(server.url, { approve: "control" });
    onTestFinished(() => host.stop());
    const viewer = openNodeViewer(server.url, host);
    onTestFinished(() => viewer.close());
    return { server, host, viewer };
  }

  const livesOn = (viewer: NodeViewer, path: string) =>
    vi.waitFor(() => expect(viewer.shown.at(-1)).toBe(`live ${path}`), LIMIT);
  const typedOn = (typed: readonly string[], more: number) => {
    const before = typed.length;
    return vi.waitFor(() => expect(typed.length).toBeGreaterThanOrEqual(before + more), LIMIT);
  };
  const allArrives = async (host: SharedHost, viewer: NodeViewer, typed: readonly string[]) => {
    const { injected } = host.injector;
    await vi.waitFor(() => {
      expect(injected.length, `of ${typed.length} letters, ${viewer.shown}`).toBeGreaterThanOrEqual(typed.length * 2);
    }, LIMIT);
    expect(strokesInjected(host)).toEqual(strokesOf(typed));
    await vi.waitFor(() => expect(viewer.wrongPixels(host)).toBe(0), LIMIT);
  };

  it("begins on the relay, goes on directly, and comes back when that is cut: every key once and in order, every pixel right", async () => {
    const connect = browser.holdConnections();
    const { host, viewer } = await share();
    await livesOn(viewer, "relay");
    const { typed, stop } = typeAndPaint(viewer, host);
    await typedOn(typed, 20);
    connect();
    await livesOn(viewer, "direct");
    await typedOn(typed, 20);
    const cutAt = typed.length;
    await browser.crash();
    await vi.waitFor(() => expect(viewer.shown.at(-1)).toBe("reconnecting"), LIMIT);
    // Typed at a picture that stood still, before the page knew.
    expect(typed.length).toBeGreaterThan(cutAt + 20);
    await vi.waitFor(() => expect(viewer.shown.at(-1)).toMatch(/^live/), LIMIT);
    await typedOn(typed, 20);
    stop();
    await allArrives(host, viewer, typed);
    expect(viewer.shown.filter((words) => words.startsWith("live")).slice(0, 2)).toEqual(["live relay", "live direct"]);
  }, 60_000);

  it("comes through a server that goes away while it is on the relay, when the direct way opens after all", async () => {
    const connect = browser.holdConnections();
    const { server, host, viewer } = await share();
    await livesOn(viewer, "relay");
    const { typed, stop } = typeAndPaint(viewer, host);
    await typedOn(typed, 20);
    await server.close();
    await vi.waitFor(() => expect(viewer.shown.at(-1)).toBe("reconnecting"), LIMIT);
    connect();
    await livesOn(viewer, "direct");
    const { steps } = viewer.report.snapshot;
    // Longer than the longest wait between two tries to come back.
    await typedOn(typed, 6_000 / KEY_EVERY_MS);
    stop();
    await allArrives(host, viewer, typed);
    // Nobody looks for the server any more: that search might end a session which is well.
    expect(viewer.report.snapshot.steps).toEqual(steps);
    expect(viewer.shown.at(-1)).toBe("live direct");
  }, 60_000);
});
