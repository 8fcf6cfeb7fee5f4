import { expect, onTestFinished, vi } from "vitest";
import { nodeAead } from "../../../host-agent/aead/node.ts";
import { Seat } from "../../../host-agent/session/seat.ts";
import { type ControlMessage, encodeControl, type Role } from "../../../protocol/control.ts";
import { SealedPipe } from "../../../protocol/crypto/sealed-pipe.ts";
import { type Transport, transcriptHash } from "../../../protocol/crypto/transcript.ts";
import { encodeInput, type InputEvent } from "../../../protocol/input.ts";
import type { MeetingMessage, PathHeld, PeerWay } from "../../../protocol/meeting.ts";
import { decodeMessage, type Message } from "../../../protocol/message.ts";
import type { MemoryPipe } from "../../support/memory-pipe.ts";
import { type MetViewer, meetViewer } from "./met-viewer.ts";
import { ANSWER, OFFER, type Offered, type StagedPorts, stagePorts } from "./stage-ports.ts";

const nothing = () => {};

// Real, also where a test has the timers in its hands.
const { setImmediate: afterMicrotasks } = globalThis;
/** Everything that two ends in one process say to each other at once has been said. */
export const said = (): Promise<void> => new Promise((resolve) => afterMicrotasks(() => resolve()));

export type SeatPolicy = Offered & {
  readonly role?: Role;
  readonly path?: PathHeld;
  readonly mjpegAllowed?: boolean;
  readonly mjpegAskable?: boolean;
};

/** A seat whose viewer, connections, relays and pictures are the test's. Ended with the test. */
export function stageSeat({
  role = "view",
  path = "auto",
  mjpegAllowed = false,
  mjpegAskable = false,
  ...offered
}: SeatPolicy = {}) {
  const told: string[] = [];
  const { ports, ...staged } = stagePorts(offered);
  let asleep = false;
  const seat: Seat = new Seat({
    id: "v1",
    label: "Firefox on Linux",
    from: "192.0.2.7",
    role,
    mjpegAllowed,
    mjpegAskable,
    ports: { ...ports, path, awake: () => !asleep },
    events: {
      live: (kind) => told.push(`live ${kind}`),
      roundTrip: nothing,
      noWay: (kind, why) => told.push(`no ${kind}: ${why}`),
      asksControl: nothing,
      signOfLife: nothing,
      wantsMjpeg: () => told.push("asks"),
      mjpegWithdrawn: () => told.push("withdrawn"),
      unsealedRefused: () => told.push("unsealed refused"),
      wishes: nothing,
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
  const sleep = () => {
    asleep = true;
  };
  return { ...staged, seat, told, arrive, sleep };
}

export type SeatStage = ReturnType<typeof stageSeat>;

/** A pipe between the seat and the test, the viewer's end of it. */
export type ViewerEnd = {
  readonly pipe: SealedPipe;
  readonly heard: Message[];
  readonly say: (message: ControlMessage | Uint8Array) => Promise<void>;
  readonly use: (page?: number, move?: number) => Promise<void>;
  readonly input: (firstSequence: number, ...events: InputEvent[]) => Promise<void>;
};

let moves = 0;

/** Moves of a page rise. */
export function nextMove(): number {
  moves += 1;
  return moves;
}

/** The viewer asks for a way and the pipe opens; it is not used yet. */
export async function openWay(
  stage: Pick<StagedPorts, "peers" | "relays">,
  viewer: MetViewer,
  attempt: number,
  way: PeerWay | "relay",
): Promise<ViewerEnd> {
  if (way === "relay") viewer.say({ kind: "want-relay", attempt });
  else viewer.say({ kind: "offer", attempt, way, sdp: OFFER });
  await said();
  const far = way === "relay" ? stage.relays.at(-1)?.far : stage.peers.at(-1)?.far;
  if (far === undefined) throw new Error(`the seat opened nothing for attempt ${attempt}`);
  const transport: Transport =
    way === "relay" ? { kind: "relay", epoch: attempt } : { kind: "webrtc", offerSdp: OFFER, answerSdp: ANSWER };
  const end = viewerEnd(viewer, far, attempt, transport);
  await vi.waitFor(() => expect(end.pipe.state).toBe("open"), { interval: 1 });
  return end;
}

function viewerEnd(viewer: MetViewer, far: MemoryPipe, epoch: number, transport: Transport): ViewerEnd {
  const { keys, transcript: proof } = viewer.proven;
  const transcript = transcriptHash(proof, transport);
  const pipe = new SealedPipe(far, { side: "viewer", keys, transcript, epoch, openAead: nodeAead });
  const heard: Message[] = [];
  pipe.listen({ opened: nothing, message: (bytes) => heard.push(decodeMessage(bytes)), closed: nothing });
  const say = async (message: ControlMessage | Uint8Array) => {
    pipe.send(message instanceof Uint8Array ? message : encodeControl(message));
    await said();
  };
  return {
    pipe,
    heard,
    say,
    use: (page = 1, move = nextMove()) => say({ kind: "use-pipe", page, move, painted: 0 }),
    input: (firstSequence, ...events) => say(encodeInput(firstSequence, events)),
  };
}

/** What the host said after the proof, of one kind. */
export function wordsOf<Kind extends MeetingMessage["kind"]>(
  viewer: MetViewer,
  kind: Kind,
): Extract<MeetingMessage, { kind: Kind }>[] {
  // A type guard that the compiler cannot see through: `kind` is the discriminant.
  return viewer.heard.filter((word): word is Extract<MeetingMessage, { kind: Kind }> => word.kind === kind);
}
