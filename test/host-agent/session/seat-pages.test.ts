import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Surface } from "../../../host-agent/core/surface.ts";
import { SeatPages } from "../../../host-agent/session/seat-pages.ts";
import { type ControlMessage, encodeControl } from "../../../protocol/control.ts";
import { encodeInput } from "../../../protocol/input.ts";
import { decodeMessage } from "../../../protocol/message.ts";
import { HandCarriedPipe } from "../../support/hand-carried-pipe.ts";
import { code, keyEvent } from "../../support/strokes.ts";
import { SIZE, stagePorts } from "./stage-ports.ts";

/** What went out, except for the heartbeat. */
const words = (pipe: HandCarriedPipe) =>
  pipe.sent.map((bytes) => decodeMessage(bytes)).filter(({ kind }) => kind !== "ping");
const kinds = (pipe: HandCarriedPipe) => words(pipe).map(({ kind }) => kind);

describe("the pages of one viewer", () => {
  let staged: ReturnType<typeof stagePorts>;
  let awake: boolean;
  let told: string[];
  let pages: SeatPages;
  beforeEach(() => {
    vi.useFakeTimers();
    staged = stagePorts();
    awake = true;
    told = [];
    pages = new SeatPages(
      "control",
      { ...staged.ports, awake: () => awake },
      {
        asksControl: () => told.push("asks for control"),
        wishes: () => {},
        signOfLife: () => {},
        roundTrip: () => {},
        live: ({ path }) => told.push(`live ${path}`),
        lost: () => told.push("lost"),
        ended: (reason) => told.push(`ended ${reason}`),
      },
    );
  });
  afterEach(() => {
    pages.end("host-stopped");
    vi.useRealTimers();
  });

  const openPipe = (path: HandCarriedPipe["path"] = "direct") => {
    const pipe = new HandCarriedPipe(path);
    pipe.open();
    return pipe;
  };
  const say = (pipe: HandCarriedPipe, word: ControlMessage) => pages.receive(pipe, encodeControl(word));
  const use = (pipe: HandCarriedPipe, page: number, move: number) =>
    say(pipe, { kind: "use-pipe", page, move, painted: 0 });
  const type = (pipe: HandCarriedPipe, firstSequence: number, ...names: string[]) => {
    const strokes = names.flatMap((name) => [keyEvent(`Key${name}`, true), keyEvent(`Key${name}`, false)]);
    pages.receive(pipe, encodeInput(firstSequence, strokes));
  };
  const typed = () => staged.injector.injected.flatMap((one) => (one.kind === "key" && one.down ? [one.code] : []));

  it("hear how things stand on the pipe they use, and nothing before", () => {
    const pipe = openPipe();
    pages.setRole("view");
    pages.setPaused(true);
    expect(words(pipe)).toEqual([]);
    use(pipe, 1, 1);
    expect(words(pipe)).toEqual([
      { kind: "role", role: "view" },
      { kind: "paused", paused: true },
    ]);
    expect(told).toEqual(["live direct"]);
  });

  it("take copies where the page is, and leave out those that come before its first word there", () => {
    const pipe = openPipe();
    const copy = encodeInput(1, [keyEvent("KeyA", true)]);
    pages.receiveCopy(pipe, copy);
    expect([pipe.state, typed()]).toEqual(["open", []]);
    use(pipe, 1, 1);
    pages.receiveCopy(pipe, copy);
    type(pipe, 1, "A", "B");
    expect(typed()).toEqual(["KeyA", "KeyB"].map((name) => code(name)));
  });

  it.each([
    ["another word", encodeControl({ kind: "ask-control" })],
    ["input", encodeInput(1, [keyEvent("KeyA", true)])],
    ["no word of the protocol", Uint8Array.of(250, 1, 2)],
  ])("do not use a pipe whose first message is %s: it is closed", (_, bytes) => {
    const pipe = openPipe();
    pages.receive(pipe, bytes);
    expect([pipe.state, pages.hasUsed(pipe), told, typed()]).toEqual(["closed", false, [], []]);
  });

  it("are not believed while the machine has slept, nor after the end", () => {
    const pipe = openPipe();
    awake = false;
    use(pipe, 1, 1);
    awake = true;
    pages.end("kicked");
    use(pipe, 1, 1);
    expect([told, kinds(pipe)]).toEqual([[], []]);
  });

  it("do not go back when a slow pipe brings late that the session was to go there", () => {
    const [relay, direct] = [openPipe("relay"), openPipe("direct")];
    use(direct, 1, 2);
    use(relay, 1, 1);
    expect(told).toEqual(["live direct"]);
    expect(kinds(relay)).toEqual([]);
    type(relay, 1, "A");
    pages.pipeClosed(relay);
    expect([told, typed()]).toEqual([["live direct"], ["KeyA"]]);
    pages.pipeClosed(direct);
    expect(told).toEqual(["live direct", "lost"]);
  });

  it.each([
    [1, "nothing again of what is on the screen", ["role", "paused"]],
    [0, "again what was sent and may not have come", ["role", "paused", "update-part"]],
  ])("are sent, having painted update %i when they move, %s", async (painted, _, expected) => {
    const [relay, direct] = [openPipe("relay"), openPipe("direct")];
    const surface = new Surface(SIZE);
    const serve = () => Promise.all([...staged.streams].map((stream) => stream.serve(surface, 0)));
    use(relay, 1, 1);
    await serve();
    expect(kinds(relay)).toEqual(["role", "paused", "update-part"]);
    say(direct, { kind: "use-pipe", page: 1, move: 2, painted });
    await serve();
    expect(kinds(direct)).toEqual(expected);
  });

  it("are replaced by one that was opened anew, whose input counts anew: the one before is told goodbye", () => {
    const [before, after] = [openPipe("relay"), openPipe("direct")];
    use(before, 1, 1);
    type(before, 1, "A");
    use(after, 2, 1);
    expect(words(before).at(-1)).toEqual({ kind: "bye", reason: "viewer-left" });
    type(before, 3, "B");
    type(after, 1, "C");
    expect(typed()).toEqual(["KeyA", "KeyC"]);
    expect([told, staged.streams.size]).toEqual([["live relay", "live direct"], 1]);
  });

  it("are live again when the pipe that was thought lost is heard", () => {
    const pipe = openPipe();
    use(pipe, 1, 1);
    pages.lose();
    expect(told.splice(0)).toEqual(["live direct", "lost"]);
    say(pipe, { kind: "ping", clockMs: 1 });
    expect(told).toEqual(["live direct"]);
  });

  it("end with their viewer's goodbye, once, and with nobody's when the seat is given up", () => {
    const pipe = openPipe();
    use(pipe, 1, 1);
    say(pipe, { kind: "bye", reason: "viewer-left" });
    pages.end("host-stopped");
    expect(told).toEqual(["live direct", "ended viewer-left"]);
    expect(pipe.state).toBe("closed");
  });
});
