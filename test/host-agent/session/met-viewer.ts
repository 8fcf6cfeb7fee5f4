import { randomBytes } from "node:crypto";
import { Meeting } from "../../../host-agent/session/meeting.ts";
import { type Proven, ViewerHandshake } from "../../../protocol/crypto/handshake.ts";
import { SealedSignals } from "../../../protocol/crypto/sealed-signals.ts";
import { decodeHandshake, encodeHandshake } from "../../../protocol/handshake-message.ts";
import { decodeMeeting, encodeMeeting, type MeetingMessage } from "../../../protocol/meeting.ts";

const SECRET = new Uint8Array(16).fill(7);
const bytes = (length: number) => new Uint8Array(randomBytes(length));

/** The host's own meeting with a viewer that proved itself, and that viewer's end of it in the test's hands. */
export type MetViewer = {
  readonly meeting: Meeting;
  readonly proven: Proven;
  /** What the host said after the proof, in order. */
  readonly heard: MeetingMessage[];
  readonly say: (message: MeetingMessage) => void;
};

export function meetViewer(events: { message: (message: MeetingMessage) => void; ended: () => void }): MetViewer {
  const viewerNonce = bytes(16);
  const viewer = new ViewerHandshake({ room: "7316", viewerNonce, mode: "link", secret: SECRET, randomBytes: bytes });
  const heard: MeetingMessage[] = [];
  let proven: Proven | undefined;
  let signals: SealedSignals | undefined;
  const toHost = (message: Parameters<typeof encodeHandshake>[0]) => meeting.receive(encodeHandshake(message));
  const fromHost = (data: Uint8Array) => {
    const message = decodeHandshake(data);
    if (signals !== undefined) {
      if (message.kind === "sealed") heard.push(decodeMeeting(signals.open(message.box)));
      return;
    }
    for (const step of viewer.receive(message)) {
      if (step.kind === "failed") throw new Error(`the proof failed: ${step.reason}`);
      if (step.kind === "send") toHost(step.message);
      else {
        proven = step;
        signals = new SealedSignals(step.keys, "viewer");
      }
    }
  };
  const meeting: Meeting = new Meeting({
    room: "7316",
    viewer: "socket",
    viewerNonce,
    send: fromHost,
    events: { secretFor: () => SECRET, maySpendGuess: () => true, proven: () => {}, ...events },
  });
  meeting.start();
  if (proven === undefined || signals === undefined) throw new Error("the handshake did not end");
  const sealing = signals;
  return {
    meeting,
    proven,
    heard,
    say: (message) => toHost({ kind: "sealed", box: sealing.seal(encodeMeeting(message)) }),
  };
}
