import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { nodeAead } from "../../../host-agent/aead/node.ts";
import { RectEncoder } from "../../../host-agent/encode/rect-encoder.ts";
import { noneDriver } from "../../../host-agent/input/none.ts";
import { PictureStream } from "../../../host-agent/pipeline/picture-stream.ts";
import { Seat } from "../../../host-agent/session/seat.ts";
import type { Peer } from "../../../host-agent/transport/driver.ts";
import { SealedPipe } from "../../../protocol/crypto/sealed-pipe.ts";
import { transcriptHash } from "../../../protocol/crypto/transcript.ts";
import { decodeMessage } from "../../../protocol/message.ts";
import { type MemoryPipe, memoryPipePair } from "../../support/memory-pipe.ts";
import { type MetViewer, meetViewer } from "./met-viewer.ts";

const sdp = (digit: string) => `a=fingerprint:sha-256 ${Array(32).fill(`A${digit}`).join(":")}\r\na=setup:active\r\n`;
const [OFFER, ANSWER] = [sdp("1"), sdp("2")];
const BACK_AND_FORTH = () => new Promise((resolve) => setTimeout(resolve, 5));
const SIZE = { width: 64, height: 48 };
const injector = await noneDriver.open({ display: undefined });

/** A seat whose viewer, connections and pictures are the test's. */
function seatAtTheTest(policy: { mjpegAllowed: boolean; mjpegAskable: boolean }) {
  const told: string[] = [];
  /** The far end of each connection the seat opened, and whether the seat has closed it. */
  const lines: { far: MemoryPipe; closed: boolean }[] = [];
  const tokens = { published: [] as string[], ended: [] as string[] };
  let published: Promise<void> = Promise.resolve();
  const seat: Seat = new Seat({
    id: "v1",
    label: "Firefox on Linux",
    from: "192.0.2.7",
    role: "view",
    ...policy,
    ports: {
      path: "auto",
      openPeer: (): Peer => {
        const [near, far] = memoryPipePair();
        const line = { far, closed: false };
        lines.push(line);
        const close = () => {
          line.closed = true;
          near.close();
        };
        return { pipe: near, answer: async () => ANSWER, addCandidate: () => {}, close };
      },
      openAead: nodeAead,
      openStream: (pipe) => {
        const encoder = new RectEncoder({ name: "none", encode: async () => new Uint8Array() });
        return new PictureStream({ pipe, encoder, size: SIZE, quality: () => 0, nowMs: () => performance.now() });
      },
      closeStream: () => {},
      openRelay: async () => undefined,
      openMjpeg: async () => {
        await published;
        tokens.published.push(`token-${tokens.published.length}`.padEnd(22, "x"));
        return tokens.published.at(-1);
      },
      closeMjpeg: (token) => tokens.ended.push(token),
      displaySize: () => SIZE,
      injector,
      nowMs: () => performance.now(),
      progress: () => {},
    },
    events: {
      live: (path) => told.push(`live ${path}`),
      roundTrip: () => {},
      asksControl: () => {},
      signOfLife: () => {},
      wantsMjpeg: () => told.push("asks"),
      mjpegWithdrawn: () => told.push("withdrawn"),
      unsealedRefused: () => told.push("unsealed refused"),
      wishes: () => {},
      away: () => told.push("away"),
      gone: (reason) => told.push(`gone ${reason}`),
    },
  });
  onTestFinished(() => seat.end("host-stopped"));
  /** A viewer comes, or comes back: the meeting the door would hand to the seat. */
  const arrive = (): MetViewer => {
    const viewer: MetViewer = meetViewer({
      message: (message) => seat.hear(viewer.meeting, message),
      ended: () => seat.meetingEnded(viewer.meeting),
    });
    seat.welcome(viewer.meeting, new Uint8Array(32));
    return viewer;
  };
  const holdPublishing = () => {
    let release = () => {};
    published = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  };
  return { seat, told, lines, tokens, arrive, holdPublishing };
}

describe("a seat with an unsealed picture", () => {
  afterEach(() => vi.useRealTimers());
  const allowed = { mjpegAllowed: true, mjpegAskable: true };

  it("does not come back to life when the viewer was sent away while the picture was being published", async () => {
    const { seat, told, tokens, arrive, holdPublishing } = seatAtTheTest(allowed);
    const viewer = arrive();
    const publish = holdPublishing();
    viewer.say({ kind: "want-mjpeg" });
    seat.end("kicked");
    publish();
    await BACK_AND_FORTH();
    expect(told).toEqual(["gone kicked"]);
    expect(tokens.ended).toEqual(tokens.published);
  });

  it("publishes one picture, however often it is asked for", async () => {
    const { seat, told, tokens, arrive, holdPublishing } = seatAtTheTest(allowed);
    const viewer = arrive();
    const publish = holdPublishing();
    viewer.say({ kind: "want-mjpeg" });
    viewer.say({ kind: "want-mjpeg" });
    publish();
    await BACK_AND_FORTH();
    expect(told).toEqual(["live mjpeg"]);
    seat.end("kicked");
    expect(new Set(tokens.ended)).toEqual(new Set(tokens.published));
  });

  it("asks no longer when whoever wants it has gone", () => {
    const { seat, told, arrive } = seatAtTheTest({ mjpegAllowed: false, mjpegAskable: true });
    const viewer = arrive();
    viewer.say({ kind: "want-mjpeg" });
    viewer.meeting.end("viewer-left");
    expect(told).toEqual(["asks", "withdrawn"]);
    expect(seat.answerMjpeg(true)).toBe(false);
  });

  it("is given up when a first viewer may not have it", () => {
    const { told, arrive } = seatAtTheTest({ mjpegAllowed: false, mjpegAskable: false });
    arrive().say({ kind: "want-mjpeg" });
    expect(told).toEqual(["unsealed refused", "gone path-refused"]);
  });
});

describe("a seat whose viewer was lost", () => {
  afterEach(() => vi.useRealTimers());

  /** A viewer that had a picture and then fell silent, on its way back. */
  async function comingBack(policy: { mjpegAllowed: boolean; mjpegAskable: boolean }) {
    const stage = seatAtTheTest({ ...policy, mjpegAllowed: true });
    const first = stage.arrive();
    first.say({ kind: "want-mjpeg" });
    await BACK_AND_FORTH();
    first.meeting.end("viewer-left");
    expect(stage.told.splice(0)).toEqual(["live mjpeg", "away"]);
    vi.useFakeTimers();
    return { ...stage, back: stage.arrive() };
  }

  it("waits on when the way back leads nowhere", async () => {
    const { told, arrive } = await comingBack({ mjpegAllowed: true, mjpegAskable: true });
    vi.advanceTimersByTime(60_000);
    expect(told).toEqual(["away"]);
    arrive().say({ kind: "want-mjpeg" });
    await vi.runAllTicks();
    vi.useRealTimers();
    await BACK_AND_FORTH();
    expect(told).toEqual(["away", "live mjpeg"]);
  });

  it("gives each try to come back its whole time", async () => {
    const { told, arrive } = await comingBack({ mjpegAllowed: true, mjpegAskable: true });
    vi.advanceTimersByTime(30_000);
    arrive();
    vi.advanceTimersByTime(30_000);
    expect(told).toEqual([]);
  });
});

describe("a seat that moves to another connection", () => {
  it("keeps the new one when the end of the old one is heard", async () => {
    const { told, lines, arrive, seat } = seatAtTheTest({ mjpegAllowed: false, mjpegAskable: false });
    expect(seat.isPresent).toBe(true);
    const viewer = arrive();
    const heard: string[] = [];
    const connect = async (attempt: number) => {
      viewer.say({ kind: "offer", attempt, sdp: OFFER });
      await BACK_AND_FORTH();
      const far = lines.at(-1)?.far;
      if (far === undefined) throw new Error("the seat opened no connection");
      const { proven } = viewer;
      const pipe = new SealedPipe(far, {
        side: "viewer",
        keys: proven.keys,
        transcript: transcriptHash(proven.transcript, { kind: "webrtc", offerSdp: OFFER, answerSdp: ANSWER }),
        epoch: attempt,
        openAead: nodeAead,
      });
      pipe.listen({
        opened: () => {},
        message: (bytes) => heard.push(`${attempt} ${decodeMessage(bytes).kind}`),
        closed: () => heard.push(`${attempt} closed`),
      });
      await BACK_AND_FORTH();
    };
    await connect(1);
    await connect(2);
    expect(told).toEqual(["live direct", "live direct"]);
    expect(lines.map(({ closed }) => closed)).toEqual([true, false]);
    expect(heard).not.toContain("2 closed");
    expect(heard).toContain("1 bye");
  });
});
