import { afterEach, describe, expect, it, vi } from "vitest";
import { encodeControl } from "../../../protocol/control.ts";
import { nextMove, openWay, type SeatPolicy, said, stageSeat, wordsOf } from "./seat-stage.ts";
import { ANSWER, OFFER } from "./stage-ports.ts";

const usePipe = () => encodeControl({ kind: "use-pipe", page: 1, move: nextMove(), painted: 0 });

describe("a seat whose viewer is on the way in", () => {
  it("has its first picture made ready while a way opens, and again for each way back", async () => {
    const stage = stageSeat();
    const viewer = stage.arrive();
    expect(stage.preparing.now).toBe(0);
    const way = await openWay(stage, viewer, 1, "relay");
    expect(stage.preparing.now).toBe(1);
    await way.use();
    expect(stage.preparing.now).toBe(0);
    stage.relays[0]?.far.close();
    await said();
    await openWay(stage, stage.arrive(), 2, "relay");
    expect(stage.preparing.now).toBe(1);
    stage.seat.end("kicked");
    expect(stage.preparing.now).toBe(0);
  });

  it("has it made ready once, however many ways are tried", async () => {
    const stage = stageSeat();
    const viewer = stage.arrive();
    await openWay(stage, viewer, 1, "relay");
    await openWay(stage, viewer, 2, "direct");
    expect(stage.preparing.now).toBe(1);
  });

  it("has none made ready for a better way: it is shown everything already", async () => {
    const stage = stageSeat();
    const viewer = stage.arrive();
    await (await openWay(stage, viewer, 1, "relay")).use();
    await openWay(stage, viewer, 2, "direct");
    expect(stage.preparing.now).toBe(0);
  });

  it("has none made ready that goes another way", async () => {
    const stage = stageSeat({ mjpegAllowed: true });
    stage.arrive().say({ kind: "want-mjpeg" });
    await said();
    expect(stage.tokens.published).toHaveLength(1);
    expect(stage.preparing.now).toBe(0);
  });

  it("has none made ready while the host shows nothing", async () => {
    const stage = stageSeat();
    const viewer = stage.arrive();
    await openWay(stage, viewer, 1, "relay");
    stage.seat.setPaused(true);
    expect(stage.preparing.now).toBe(0);
    await openWay(stage, viewer, 2, "direct");
    expect(stage.preparing.now).toBe(0);
  });
});

describe("a seat with an unsealed picture", () => {
  const allowed = { mjpegAllowed: true, mjpegAskable: true };

  it("does not come back to life when the viewer was sent away while the picture was being published", async () => {
    const { seat, told, tokens, arrive, holdPublishing } = stageSeat(allowed);
    const viewer = arrive();
    const publish = holdPublishing();
    viewer.say({ kind: "want-mjpeg" });
    seat.end("kicked");
    publish();
    await said();
    expect(told).toEqual(["gone kicked"]);
    expect(tokens.ended).toEqual(tokens.published);
  });

  it("publishes one picture, however often it is asked for", async () => {
    const { seat, told, tokens, arrive, holdPublishing } = stageSeat(allowed);
    const viewer = arrive();
    const publish = holdPublishing();
    viewer.say({ kind: "want-mjpeg" });
    viewer.say({ kind: "want-mjpeg" });
    publish();
    await said();
    viewer.say({ kind: "message", bytes: usePipe() });
    expect(told).toEqual(["live mjpeg"]);
    seat.end("kicked");
    expect(new Set(tokens.ended)).toEqual(new Set(tokens.published));
  });

  it("shows it no longer once the session goes on over a sealed pipe", async () => {
    const stage = stageSeat(allowed);
    const viewer = stage.arrive();
    viewer.say({ kind: "want-mjpeg" });
    await said();
    viewer.say({ kind: "message", bytes: usePipe() });
    const relay = await openWay(stage, viewer, 1, "relay");
    expect(stage.tokens.ended).toEqual([]);
    await relay.use();
    expect(stage.told).toEqual(["live mjpeg", "live relay"]);
    expect(stage.tokens.ended).toEqual(stage.tokens.published);
  });

  it("asks no longer when whoever wants it has gone", () => {
    const { seat, told, arrive } = stageSeat({ mjpegAskable: true });
    const viewer = arrive();
    viewer.say({ kind: "want-mjpeg" });
    viewer.meeting.end("viewer-left");
    expect(told).toEqual(["asks", "withdrawn"]);
    expect(seat.answerMjpeg(true)).toBe(false);
  });

  /** A viewer that was live over a relay, which is gone, and that asks for the plain picture on its way back. */
  async function comesBackForIt(policy: SeatPolicy) {
    const stage = stageSeat(policy);
    await (await openWay(stage, stage.arrive(), 1, "relay")).use();
    stage.relays[0]?.far.close();
    await said();
    expect(stage.told.splice(0)).toEqual(["live relay", "away"]);
    const ask = () => {
      const viewer = stage.arrive();
      viewer.say({ kind: "want-mjpeg" });
      return viewer;
    };
    return { ...stage, ask };
  }

  it("asks the person once: a no holds for every later way back", async () => {
    const { seat, told, ask } = await comesBackForIt({ mjpegAskable: true });
    ask();
    expect(seat.answerMjpeg(false)).toBe(true);
    const again = ask();
    expect(told.filter((one) => one === "asks")).toEqual(["asks"]);
    expect(wordsOf(again, "refused")).toEqual([{ kind: "refused", reason: "path-refused" }]);
    expect(seat.isGone).toBe(false);
  });

  it("withdraws the question when the session goes on over a sealed pipe", async () => {
    const stage = stageSeat({ mjpegAskable: true });
    const viewer = stage.arrive();
    const relay = await openWay(stage, viewer, 1, "relay");
    viewer.say({ kind: "want-mjpeg" });
    await relay.use();
    expect(stage.told).toEqual(["asks", "withdrawn", "live relay"]);
    expect(stage.seat.answerMjpeg(false)).toBe(false);
    expect(relay.pipe.state).toBe("open");
  });

  it("withdraws the question when its viewer is lost, and asks anew when it comes back", async () => {
    const stage = stageSeat({ mjpegAskable: true });
    const viewer = stage.arrive();
    await (await openWay(stage, viewer, 1, "relay")).use();
    viewer.say({ kind: "want-mjpeg" });
    stage.relays[0]?.far.close();
    await said();
    expect(stage.told).toEqual(["live relay", "asks", "withdrawn", "away"]);
    stage.arrive().say({ kind: "want-mjpeg" });
    expect(stage.told.at(-1)).toBe("asks");
  });

  it("is given up when a first viewer may not have it", () => {
    const { told, arrive } = stageSeat();
    arrive().say({ kind: "want-mjpeg" });
    expect(told).toEqual(["unsealed refused", "gone path-refused"]);
  });
});

describe("a seat whose viewer was lost", () => {
  afterEach(() => vi.useRealTimers());

  /** A viewer that had a picture and then fell silent, on its way back. */
  async function comingBack() {
    const stage = stageSeat({ mjpegAllowed: true, mjpegAskable: true });
    const first = stage.arrive();
    first.say({ kind: "want-mjpeg" });
    await said();
    first.say({ kind: "message", bytes: usePipe() });
    first.meeting.end("viewer-left");
    expect(stage.told.splice(0)).toEqual(["live mjpeg", "away"]);
    vi.useFakeTimers();
    return { ...stage, back: stage.arrive() };
  }

  it("waits on when the way back leads nowhere", async () => {
    const { told, arrive } = await comingBack();
    vi.advanceTimersByTime(60_000);
    expect(told).toEqual(["away"]);
    const viewer = arrive();
    viewer.say({ kind: "want-mjpeg" });
    await said();
    viewer.say({ kind: "message", bytes: usePipe() });
    expect(told).toEqual(["away", "live mjpeg"]);
  });

  it("gives each try to come back its whole time", async () => {
    const { told, arrive } = await comingBack();
    vi.advanceTimersByTime(30_000);
    arrive();
    vi.advanceTimersByTime(30_000);
    expect(told).toEqual([]);
  });
});

describe("a seat with a viewer on its way", () => {
  it("tells what the viewer's browser may ask for its addresses, after it was let in", async () => {
    const viewer = stageSeat().arrive();
    await said();
    expect(viewer.heard.map(({ kind }) => kind)).toEqual(["admitted", "ice"]);
    expect(wordsOf(viewer, "ice")).toEqual([{ kind: "ice", policy: "all", servers: [] }]);
  });

  it("opens no way that the host does not hold to", async () => {
    const { peers, arrive } = stageSeat({ path: "relay" });
    const viewer = arrive();
    viewer.say({ kind: "offer", attempt: 1, way: "direct", sdp: "v=0\r\n" });
    viewer.say({ kind: "offer", attempt: 2, way: "turn", sdp: "v=0\r\n" });
    await said();
    expect(peers).toEqual([]);
    expect(wordsOf(viewer, "answer")).toEqual([1, 2].map((attempt) => ({ kind: "answer", attempt, sdp: "" })));
  });

  it("opens no relay where it holds to another way, and says so", async () => {
    const { relays, arrive } = stageSeat({ path: "direct" });
    const viewer = arrive();
    viewer.say({ kind: "want-relay", attempt: 1 });
    await said();
    expect(relays).toEqual([]);
    expect(wordsOf(viewer, "relay")).toEqual([{ kind: "relay", attempt: 1, url: "", ticket: "" }]);
  });

  it.each([
    ["the host's settings leave out", { peersOffered: false }, OFFER],
    ["nobody can answer", {}, "v=0\r\n"],
  ] as const)("says at once that there is no way by an offer that %s", async (_, policy, sdp) => {
    const viewer = stageSeat(policy).arrive();
    viewer.say({ kind: "offer", attempt: 1, way: "direct", sdp });
    await said();
    expect(wordsOf(viewer, "answer")).toEqual([{ kind: "answer", attempt: 1, sdp: "" }]);
  });

  it("answers each attempt once", async () => {
    const viewer = stageSeat().arrive();
    for (const attempt of [1, 1]) viewer.say({ kind: "offer", attempt, way: "direct", sdp: OFFER });
    await said();
    expect(wordsOf(viewer, "answer")).toEqual([{ kind: "answer", attempt: 1, sdp: ANSWER }]);
  });

  it("answers an offer that took longer to make than the wish for a relay that was numbered after it", async () => {
    const viewer = stageSeat().arrive();
    viewer.say({ kind: "want-relay", attempt: 2 });
    viewer.say({ kind: "offer", attempt: 1, way: "direct", sdp: OFFER });
    await said();
    expect(wordsOf(viewer, "answer")).toEqual([{ kind: "answer", attempt: 1, sdp: ANSWER }]);
  });
});
