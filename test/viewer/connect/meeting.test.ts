import { randomBytes as nodeRandomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { HostHandshake } from "../../../protocol/crypto/handshake.ts";
import { SealedSignals } from "../../../protocol/crypto/sealed-signals.ts";
import { decodeHandshake, encodeHandshake, type HandshakeMessage } from "../../../protocol/handshake-message.ts";
import { decodeMeeting, encodeMeeting, type MeetingMessage } from "../../../protocol/meeting.ts";
import { Meeting } from "../../../viewer/connect/meeting.ts";

const bytes = (length: number) => new Uint8Array(nodeRandomBytes(length));
const SECRET = new Uint8Array(16).fill(7);
const INTRODUCE: MeetingMessage = { kind: "introduce", label: "a browser", onlyMjpeg: false };

/** A viewer's meeting that introduces itself as soon as it can, and a host that answers when the test says so. */
function met(hostSecret = SECRET) {
  const [viewerNonce, hostNonce] = [bytes(16), bytes(16)];
  const sent: HandshakeMessage[] = [];
  const course: string[] = [];
  const meeting: Meeting = new Meeting(
    {
      room: "7316",
      nonce: viewerNonce,
      proof: { mode: "link", secret: SECRET },
      randomBytes: bytes,
      transmit: (data) => sent.push(decodeHandshake(data)),
    },
    {
      keyed: () => {
        course.push("keyed");
        meeting.send(INTRODUCE);
      },
      proven: () => course.push("proven"),
      message: (message) => course.push(message.kind),
      failed: (reason) => course.push(`failed: ${reason}`),
    },
  );
  const secretFor = () => hostSecret;
  const host = new HostHandshake({ room: "7316", viewerNonce, hostNonce, secretFor, randomBytes: bytes });
  const hear = (message: HandshakeMessage) => meeting.receive(encodeHandshake(message));
  /** What the host makes of the viewer's next word. */
  const next = () => {
    const message = sent.shift();
    if (message === undefined) throw new Error("the viewer says nothing");
    return message;
  };
  meeting.receive(encodeHandshake(host.start()));
  for (const step of host.receive(next())) if (step.kind === "send") hear(step.message);
  return { meeting, host, hear, next, sent, course };
}

describe("a viewer's meeting", () => {
  it("says who it is right behind its proof, before the host has shown its own: a round trip less", () => {
    const { host, next, sent, course } = met();
    expect(sent.map((message) => message.kind)).toEqual(["proof-a", "sealed"]);
    expect(course).toEqual(["keyed"]);
    const proven = host.receive(next()).find((step) => step.kind === "proven");
    const words = next();
    if (proven === undefined || words.kind !== "sealed") throw new Error("no proof, or no words");
    expect(decodeMeeting(new SealedSignals(proven.keys, "host").open(words.box))).toEqual(INTRODUCE);
  });

  it("hears the host from its proof on, and not a word before it, however well it is sealed", () => {
    const welcome = encodeMeeting({ kind: "asking" });
    const good = met();
    for (const step of good.host.receive(good.next())) {
      if (step.kind === "send") good.hear(step.message);
      if (step.kind === "proven")
        good.hear({ kind: "sealed", box: new SealedSignals(step.keys, "host").seal(welcome) });
    }
    expect(good.course).toEqual(["keyed", "proven", "asking"]);

    const hasty = met();
    for (const step of hasty.host.receive(hasty.next())) {
      if (step.kind === "proven")
        hasty.hear({ kind: "sealed", box: new SealedSignals(step.keys, "host").seal(welcome) });
    }
    expect(hasty.course).toEqual(["keyed", "failed: protocol-error"]);
  });

  it("ends where the host knows another secret, and what it said behind its proof is for nobody", () => {
    const { host, hear, next, meeting, sent, course } = met(new Uint8Array(16).fill(8));
    for (const step of host.receive(next())) if (step.kind === "send") hear(step.message);
    expect(course).toEqual(["keyed", "failed: wrong-code"]);
    // The host has no keys of this meeting that could open it.
    expect(host.receive(next())).toEqual([{ kind: "failed", reason: "protocol-error" }]);
    meeting.send(INTRODUCE);
    expect(sent).toEqual([]);
  });
});
