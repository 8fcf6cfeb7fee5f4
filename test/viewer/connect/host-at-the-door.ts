import { Meeting } from "../../../host-agent/session/meeting.ts";
import { type MeetingMessage, RESUME_SECRET_BYTES } from "../../../protocol/meeting.ts";
import type { TestHost } from "../../signaling/running.ts";

export const LINK_SECRET = new Uint8Array(16).fill(7);
export const RESUME_SECRET = new Uint8Array(RESUME_SECRET_BYTES).fill(9);

export type Visit = {
  readonly meeting: Meeting;
  /** What the viewer said after the proof, in order. */
  readonly said: MeetingMessage[];
};

/** The host's own meeting code behind a real signaling server; what it says after the proof is up to the test. */
export function answerTheDoor(
  host: TestHost,
  answer: (message: MeetingMessage, visit: Visit) => void,
  secret: Uint8Array = LINK_SECRET,
): { readonly visits: Visit[] } {
  const visits: Visit[] = [];
  const meetings = new Map<string, Meeting>();
  host.client.on("room.knock", ({ viewer, nonce }) => {
    const said: MeetingMessage[] = [];
    const meeting: Meeting = new Meeting({
      room: host.room,
      viewer,
      viewerNonce: new Uint8Array(nonce),
      send: (data) => host.client.emit("signal", { peer: viewer, data }),
      events: {
        secretFor: (mode) => (mode === "code" ? undefined : secret),
        maySpendGuess: () => true,
        proven: () => {},
        message: (message) => {
          said.push(message);
          answer(message, { meeting, said });
        },
        ended: () => {},
      },
    });
    meetings.set(viewer, meeting);
    visits.push({ meeting, said });
    meeting.start();
  });
  host.client.on("signal", ({ peer, data }) => meetings.get(peer)?.receive(new Uint8Array(data)));
  host.client.on("room.left", ({ viewer }) => meetings.get(viewer)?.end("viewer-left"));
  return { visits };
}
