import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { type InputAction, InputGate } from "../../host-agent/core/input-gate.ts";
import { encodeControl } from "../../protocol/control.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import {
  encodeInput,
  type InputEvent,
  MAX_EVENTS_PER_MESSAGE,
  MAX_TEXT_BYTES,
  MAX_WHEEL_UNITS,
} from "../../protocol/input.ts";
import { KEY_CODES } from "../../protocol/key-code.ts";
import { decodeMessage } from "../../protocol/message.ts";
import { hostileBytes } from "../protocol/hostile-bytes.ts";
import { startTestServer } from "../signaling/running.ts";
import { installNodeBrowser, type NodeBrowser } from "../support/node-browser.ts";
import { type SharedHost, shareHost } from "../support/shared-host.ts";
import { code, keyEvent as key } from "../support/strokes.ts";
import { linkProof, type Visit, visit } from "../support/visitor.ts";

/* B2, B3 and F6: a viewer that was let in, and whose hands do what no hands do. Real hosts, sealed pipes over werift. */
const LIMIT = { timeout: 15_000, interval: 5 };

const MIDDLE = { x: 32_768, y: 32_768 };
const button = (down: boolean): InputEvent => ({ kind: "button", button: 1, down, at: MIDDLE });

const EVERY_KIND: readonly InputEvent[] = [
  { kind: "move", at: { x: 1, y: 65_535 } },
  button(true),
  { kind: "wheel", dx: 120, dy: -240 },
  key("ControlLeft", true),
  key("KeyA", true, "ä"),
  { kind: "text", text: "rm -rf" },
  { kind: "held", buttons: [1, 3], codes: [code("ShiftLeft")] },
  key("KeyA", false),
  button(false),
  { kind: "release" },
];

let browser: NodeBrowser;
beforeAll(() => {
  browser = installNodeBrowser();
});
afterAll(() => browser.restore());

type Session = { readonly host: SharedHost; readonly visitor: Visit };

async function session(approve: "control" | "view", server?: { url: string }): Promise<Session> {
  const { url } = server ?? (await startTestServer());
  const host = await shareHost(url, { approve });
  onTestFinished(() => host.stop());
  const visitor = visit(url, host.room, linkProof(host.link()));
  onTestFinished(() => visitor.close());
  await visitor.settled;
  expect(visitor.failure).toBeUndefined();
  return { host, visitor };
}

const acknowledged = ({ visitor }: Session): number =>
  visitor.messages.reduce(
    (highest, message) => (message.kind === "input-ack" ? Math.max(highest, message.sequence) : highest),
    0,
  );
const send = ({ visitor }: Session, firstSequence: number, ...events: InputEvent[]): void =>
  visitor.open?.pipe.send(encodeInput(firstSequence, events));

describe("hostile input", () => {
  it("in 10,000 messages never leaves the display, the list of keys or the limits, and a view role never acts", {
    timeout: 120_000,
  }, () => {
    const size = { width: 1920, height: 1080 };
    const messages = [
      ...EVERY_KIND.map((event) => encodeInput(1, [event])),
      encodeInput(1, [...EVERY_KIND]),
      encodeInput(
        1,
        Array.from({ length: MAX_EVENTS_PER_MESSAGE }, () => key("KeyQ", true)),
      ),
      encodeInput(
        1,
        ["ControlLeft", "AltLeft", "ShiftLeft", "KeyQ", "F1", "PrintScreen"].map((name) => key(name, true)),
      ),
      encodeInput(0xffff_ffff, [button(true)]),
      encodeControl({ kind: "role", role: "control" }),
    ];
    const known = new Set<string>(KEY_CODES);
    const counts = { actions: 0, refused: 0 };
    fc.assert(
      fc.property(fc.array(hostileBytes(messages), { minLength: 1, maxLength: 3 }), (sent) => {
        const controller = new InputGate({ role: "control", size });
        const watcher = new InputGate({ role: "view", size });
        const down = new Set<string>();
        let taken = 0;
        for (const bytes of sent) {
          let message: ReturnType<typeof decodeMessage>;
          try {
            message = decodeMessage(bytes);
          } catch (error) {
            if (!(error instanceof ProtocolError)) throw error;
            counts.refused += 1;
            continue;
          }
          if (message.kind !== "input") continue;
          // A number out of turn would end it before anything else is looked at; one in turn lies as well.
          const inTurn = { ...message, firstSequence: taken + 1 };
          taken += message.events.length;
          expect(watcher.take(inTurn, 0).actions).toEqual([]);
          for (const action of controller.take(inTurn, 0).actions) {
            counts.actions += 1;
            expect(faultOf(action, down), JSON.stringify(action)).toBeUndefined();
          }
        }
      }),
      { numRuns: 10_000 },
    );
    expect(counts.actions).toBeGreaterThan(500);
    expect(counts.refused).toBeGreaterThan(1_000);

    function faultOf(action: InputAction, down: Set<string>): string | undefined {
      switch (action.kind) {
        case "pointer": {
          const { x, y } = action.to;
          const inside =
            Number.isInteger(x) && Number.isInteger(y) && x >= 0 && y >= 0 && x < size.width && y < size.height;
          return inside ? undefined : "outside the display";
        }
        case "button":
          return [1, 2, 3, 4, 5].includes(action.button) ? undefined : "no such button";
        case "wheel":
          return Math.max(Math.abs(action.dx), Math.abs(action.dy)) <= MAX_WHEEL_UNITS ? undefined : "too far";
        case "text":
          return Buffer.byteLength(action.text) <= MAX_TEXT_BYTES && !/\p{Cc}/u.test(action.text)
            ? undefined
            : "no text";
        case "key": {
          if (!known.has(action.code)) return "not on the list";
          if (!action.down) down.delete(action.code);
          const alt = down.has("AltLeft") || down.has("AltRight");
          const control = down.has("ControlLeft") || down.has("ControlRight");
          const shift = down.has("ShiftLeft") || down.has("ShiftRight");
          if (action.down) down.add(action.code);
          if (!action.down || !alt) return undefined;
          const blocked =
            action.code === "PrintScreen" ||
            (control && (/^F([1-9]|1[0-2])$/.test(action.code) || (shift && action.code === "KeyQ")));
          return blocked ? "a blocked chord" : undefined;
        }
      }
    }
  });

  it("of every kind from a viewer that may only look reaches nothing", async () => {
    const one = await session("view");
    // One by one, all together, again as if the first had been lost, and with what only a host may say in between.
    for (const [index, event] of EVERY_KIND.entries()) send(one, index + 1, event);
    send(one, EVERY_KIND.length + 1, ...EVERY_KIND);
    send(one, 1, ...EVERY_KIND);
    await vi.waitFor(() => expect(acknowledged(one)).toBe(2 * EVERY_KIND.length), LIMIT);
    one.visitor.open?.pipe.send(encodeControl({ kind: "role", role: "control" }));
    await vi.waitFor(
      () => expect(one.host.eventsOf("left").map(({ reason }) => reason)).toEqual(["protocol-error"]),
      LIMIT,
    );
    expect(one.host.injector.injected).toEqual([]);
  });

  it("loses its grip within 100 ms when control is taken back in the middle of a drag", async () => {
    const one = await session("control");
    send(one, 1, button(true), key("ShiftLeft", true));
    await vi.waitFor(() => expect(one.host.injector.held).toEqual(["button 1", "ShiftLeft"]), LIMIT);
    const viewer = one.host.eventsOf("joined")[0]?.viewer ?? "";
    const revokedMs = performance.now();
    one.host.ui.command({ command: "revoke", viewer });
    await vi.waitFor(() => expect(one.host.injector.held).toEqual([]), LIMIT);
    const releases = one.host.injector.injected.filter((action) => "down" in action && !action.down);
    for (const { atMs } of releases) expect(atMs - revokedMs).toBeLessThan(100);
    // The drag goes on at the viewer, and nowhere else.
    send(one, 3, { kind: "move", at: { x: 0, y: 0 } }, button(true));
    await vi.waitFor(() => expect(acknowledged(one)).toBe(4), LIMIT);
    expect(one.host.injector.held).toEqual([]);
    expect(one.host.injector.injected.at(-1)).toBe(releases.at(-1));
  });
});

describe("a flood", () => {
  const FLOOD_PER_SECOND = 50_000;
  const TURN_MS = 5;
  const CROWDED_BYTES = 16 * 1024;
  const FLOOD_LIMIT_MS = 45_000;

  /**
   * Sends what `events` makes, 50,000 a second, until the host ends it. The host judges what arrives in two seconds running,
   * and a werift that lost a packet delivers nothing for a second: so the flood goes on until two such seconds were had.
   */
  async function flood(one: Session, events: (index: number) => InputEvent): Promise<number> {
    const startMs = performance.now();
    let sent = 0;
    await new Promise<void>((resolve) => {
      const turn = setInterval(() => {
        const elapsedMs = performance.now() - startMs;
        if (one.visitor.pipeClosed !== undefined || elapsedMs > FLOOD_LIMIT_MS) {
          clearInterval(turn);
          resolve();
          return;
        }
        const { pipe } = one.visitor.open ?? {};
        // werift's cost grows with the square of what waits in it.
        while (sent < (elapsedMs / 1000) * FLOOD_PER_SECOND && (pipe?.unsentBytes ?? 0) < CROWDED_BYTES) {
          const batch = Array.from({ length: MAX_EVENTS_PER_MESSAGE }, (_, index) => events(sent + index));
          send(one, sent + 1, ...batch);
          sent += MAX_EVENTS_PER_MESSAGE;
        }
      }, TURN_MS);
    });
    return sent;
  }

  const place = (index: number) => ({ x: (index * 9_973) % 65_536, y: (index * 7_919) % 65_536 });
  it.each<[string, (index: number) => InputEvent]>([
    ["moves", (index) => ({ kind: "move", at: place(index) })],
    [
      "wheel turns",
      (index) => (index % 2 === 0 ? { kind: "wheel", dx: 0, dy: 120 } : { kind: "move", at: place(index) }),
    ],
    ["keys", (index) => key("KeyA", index % 2 === 0)],
    ["buttons", (index) => ({ kind: "button", button: 1, down: index % 2 === 0, at: place(index) })],
    ["texts", () => ({ kind: "text", text: "x" })],
  ])(
    "of %s injects at most 500 a second, and is ended with the reason",
    async (_, events) => {
      const one = await session("control");
      const startMs = performance.now();
      const sent = await flood(one, events);
      await vi.waitFor(() => expect(one.host.eventsOf("left").map(({ reason }) => reason)).toEqual(["flooded"]), LIMIT);
      await vi.waitFor(() => expect(one.visitor.messages.at(-1)).toEqual({ kind: "bye", reason: "flooded" }), LIMIT);
      expect(sent).toBeGreaterThan(200);
      const { injected } = one.host.injector;
      const lastedMs = (injected.at(-1)?.atMs ?? 0) - startMs;
      // One second's allowance was saved up before; the stroke that is one too many, its move and its release pass as well.
      expect(injected.length).toBeLessThanOrEqual(500 + (lastedMs / 1000) * 500 + 4);
      expect(one.host.injector.held).toEqual([]);
    },
    60_000,
  );
});

describe("a viewer that dies with keys held", () => {
  it("has let go of everything within two seconds, twenty times out of twenty", async () => {
    const server = await startTestServer();
    const sessions = await Promise.all(Array.from({ length: 20 }, () => session("control", server)));
    for (const one of sessions) send(one, 1, button(true), key("ShiftLeft", true), key("KeyA", true));
    await Promise.all(sessions.map(({ host }) => vi.waitFor(() => expect(host.injector.held).toHaveLength(3), LIMIT)));
    const diedMs = performance.now();
    await browser.crash();
    await Promise.all(sessions.map(({ host }) => vi.waitFor(() => expect(host.injector.held).toEqual([]), LIMIT)));
    const tookMs = sessions.map(({ host }) => (host.injector.injected.at(-1)?.atMs ?? Number.NaN) - diedMs);
    expect(tookMs.filter((ms) => !(ms <= 2_000))).toEqual([]);
    for (const { host } of sessions)
      expect(host.eventsOf("left").filter(({ reason }) => reason !== "no-progress")).toEqual([]);
  });
});
