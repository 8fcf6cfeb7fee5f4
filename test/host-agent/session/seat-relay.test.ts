import { describe, expect, it, onTestFinished, vi } from "vitest";
import { nodeAead } from "../../../host-agent/aead/node.ts";
import { RectEncoder } from "../../../host-agent/encode/rect-encoder.ts";
import { noneDriver } from "../../../host-agent/input/none.ts";
import { PictureStream } from "../../../host-agent/pipeline/picture-stream.ts";
import { Seat } from "../../../host-agent/session/seat.ts";
import { SealedPipe } from "../../../protocol/crypto/sealed-pipe.ts";
import { transcriptHash } from "../../../protocol/crypto/transcript.ts";
import type { MeetingMessage } from "../../../protocol/meeting.ts";
import { type MemoryPipe, memoryPipePair } from "../../support/memory-pipe.ts";
import { type MetViewer, meetViewer } from "./met-viewer.ts";

const SIZE = { width: 64, height: 48 };
const TURN = () => new Promise((resolve) => setTimeout(resolve, 5));
const injector = await noneDriver.open({ display: undefined });
const nothing = () => {};
const nowMs = () => performance.now();

/** A seat at a server whose relays are in the test's hands. */
function seatAtRelays({ offered = true } = {}) {
  const told: string[] = [];
  const relays: { readonly near: MemoryPipe; readonly far: MemoryPipe; readonly token: string }[] = [];
  let published: Promise<void> = Promise.resolve();
  const seat: Seat = new Seat({
    id: "v1",
    label: "Firefox on Linux",
    from: "192.0.2.7",
    role: "view",
    mjpegAllowed: false,
    mjpegAskable: false,
    ports: {
      path: "auto",
      openPeer: () => {
        throw new Error("nobody offers a connection here");
      },
      openAead: nodeAead,
      openStream: (pipe) => {
        const encoder = new RectEncoder({ name: "none", encode: async () => new Uint8Array() });
        return new PictureStream({ pipe, encoder, size: SIZE, quality: () => 0, nowMs });
      },
      closeStream: nothing,
      openRelay: async () => {
        await published;
        if (!offered) return undefined;
        const [near, far] = memoryPipePair("relay");
        const token = `token-${relays.length}`.padEnd(22, "x");
        relays.push({ near, far, token });
        return { token, pipe: near };
      },
      openMjpeg: async () => undefined,
      closeMjpeg: nothing,
      displaySize: () => SIZE,
      injector,
      nowMs,
      progress: nothing,
    },
    events: {
      live: (path) => told.push(`live ${path}`),
      roundTrip: nothing,
      asksControl: nothing,
      signOfLife: nothing,
      wantsMjpeg: nothing,
      mjpegWithdrawn: nothing,
      unsealedRefused: nothing,
      wishes: nothing,
      away: () => told.push("away"),
      gone: (reason) => told.push(`gone ${reason}`),
    },
  });
  onTestFinished(() => seat.end("host-stopped"));
  const arrive = (): MetViewer => {
    const viewer: MetViewer = meetViewer({
      message: (message) => seat.hear(viewer.meeting, message),
      ended: () => seat.meetingEnded(viewer.meeting),
    });
    seat.welcome(viewer.meeting, new Uint8Array(32));
    return viewer;
  };
  const holdPublishing = () => {
    let release = nothing;
    published = new Promise((resolve) => {
      release = resolve;
    });
    return () => release();
  };
  return { seat, told, relays, arrive, holdPublishing };
}

const offers = (viewer: MetViewer) =>
  viewer.heard.filter((message): message is MeetingMessage & { kind: "relay" } => message.kind === "relay");

/** The viewer's end of a relay. */
function join(viewer: MetViewer, far: MemoryPipe, epoch: number): SealedPipe {
  const { keys, transcript: proof } = viewer.proven;
  const transcript = transcriptHash(proof, { kind: "relay", epoch });
  const pipe = new SealedPipe(far, { side: "viewer", keys, transcript, epoch, openAead: nodeAead });
  pipe.listen({ opened: nothing, message: nothing, closed: nothing });
  return pipe;
}

describe("a seat whose viewer wants a relay", () => {
  it("tells the token, and is live when both ends have shown who they are", async () => {
    const { told, relays, arrive } = seatAtRelays();
    const viewer = arrive();
    viewer.say({ kind: "want-relay", attempt: 2 });
    await vi.waitFor(() => expect(offers(viewer)).toEqual([{ kind: "relay", attempt: 2, token: relays[0]?.token }]));
    expect(told).toEqual([]);
    const [relay] = relays;
    if (relay === undefined) throw new Error("no relay");
    const pipe = join(viewer, relay.far, 2);
    await vi.waitFor(() => expect([pipe.state, ...told]).toEqual(["open", "live relay"]));
  });

  it("makes one pipe of each attempt, so that no key seals under a nonce twice", async () => {
    const { relays, arrive } = seatAtRelays();
    const viewer = arrive();
    for (const attempt of [2, 2, 1, 2, 0]) viewer.say({ kind: "want-relay", attempt });
    await TURN();
    expect(offers(viewer).map(({ attempt }) => attempt)).toEqual([2]);
    viewer.say({ kind: "want-relay", attempt: 3 });
    await TURN();
    expect(offers(viewer).map(({ attempt }) => attempt)).toEqual([2, 3]);
    // The first was never used, and is not kept.
    expect(relays.map(({ near }) => near.state)).toEqual(["closed", "opening"]);
  });

  it("counts anew in a new meeting, which has new keys", async () => {
    const { arrive } = seatAtRelays();
    arrive().say({ kind: "want-relay", attempt: 2 });
    const again = arrive();
    again.say({ kind: "want-relay", attempt: 2 });
    await vi.waitFor(() => expect(offers(again).length).toBe(1));
  });

  it("says so when the server has none", async () => {
    const { told, arrive } = seatAtRelays({ offered: false });
    const viewer = arrive();
    viewer.say({ kind: "want-relay", attempt: 2 });
    await vi.waitFor(() => expect(offers(viewer)).toEqual([{ kind: "relay", attempt: 2, token: "" }]));
    expect(told).toEqual([]);
  });

  it("leaves none behind when the viewer is sent away meanwhile", async () => {
    const { seat, told, relays, arrive, holdPublishing } = seatAtRelays();
    const publish = holdPublishing();
    arrive().say({ kind: "want-relay", attempt: 2 });
    seat.end("kicked");
    publish();
    await vi.waitFor(() => expect(relays.map(({ near }) => near.state)).toEqual(["closed"]));
    expect(told).toEqual(["gone kicked"]);
  });

  it("closes one that nobody has joined when the viewer is sent away", async () => {
    const { seat, relays, arrive } = seatAtRelays();
    const viewer = arrive();
    viewer.say({ kind: "want-relay", attempt: 2 });
    await vi.waitFor(() => expect(offers(viewer).length).toBe(1));
    seat.end("kicked");
    expect(relays[0]?.near.state).toBe("closed");
  });

  it("keeps the seat when a relay breaks, and moves to the next without a loss", async () => {
    const { told, relays, arrive } = seatAtRelays();
    const viewer = arrive();
    for (const attempt of [2, 3]) {
      viewer.say({ kind: "want-relay", attempt });
      await vi.waitFor(() => expect(offers(viewer).length).toBe(attempt - 1));
      const pipe = join(viewer, relays.at(-1)?.far ?? memoryPipePair()[0], attempt);
      await vi.waitFor(() => expect(pipe.state).toBe("open"));
    }
    expect(told).toEqual(["live relay", "live relay"]);
    await vi.waitFor(() => expect(relays[0]?.near.state).toBe("closed"));
    relays[1]?.far.close();
    await vi.waitFor(() => expect(told).toEqual(["live relay", "live relay", "away"]));
  });
});
