import {
  channelIdentifier,
  encodeAssociatedData,
  resumeHint,
  sessionId,
} from "../../protocol/crypto/associated-data.ts";
import {
  confirmationTag,
  deriveGenerator,
  drawScalar,
  sessionKey,
  sharedPoint,
  shareOf,
} from "../../protocol/crypto/cpace.ts";
import type { Proven } from "../../protocol/crypto/handshake.ts";
import type { HandshakeMessage } from "../../protocol/handshake-message.ts";
import { Meeting, type Proof } from "../../viewer/connect/meeting.ts";
import { DoorLine, random } from "./door-line.ts";

/** A viewer that was let in, and gives away all it has. */
export type Accomplice = {
  readonly proof: Proof;
  readonly proven: Proven;
  readonly resumeSecret: Uint8Array;
};

/** Comes in as a viewer does, by the viewer's own code, up to the admission. */
export async function comeIn(serverUrl: string, room: string, proof: Proof): Promise<Accomplice> {
  const line = new DoorLine(serverUrl, room);
  const nonce = await line.knock();
  let proven: Proven | undefined;
  let resumeSecret: Uint8Array | undefined;
  const meeting: Meeting = new Meeting(
    { room, nonce, proof, randomBytes: random, transmit: (data) => line.transmit(data) },
    {
      proven: (found) => {
        proven = found;
        meeting.send({ kind: "introduce", label: "an accomplice", onlyMjpeg: false });
      },
      message: (message) => {
        if (message.kind === "admitted") resumeSecret = message.resumeSecret;
      },
      failed: (reason) => {
        throw new Error(`not let in: ${reason}`);
      },
    },
  );
  while (resumeSecret === undefined) meeting.receive(await line.next());
  if (proven === undefined) throw new Error("let in without a proof");
  return { proof, proven, resumeSecret };
}

/**
 * Asks for the seat of another viewer, whose hint was overheard, and proves one's own secret.
 * Resolves with the host's last word: `proof-b` would mean that it believed that.
 */
export async function askForSeat(
  serverUrl: string,
  room: string,
  theirs: Uint8Array,
  own: Uint8Array,
): Promise<HandshakeMessage> {
  const line = new DoorLine(serverUrl, room);
  const nonce = await line.knock();
  const hello = await line.nextMessage();
  if (hello.kind !== "hello") throw new Error(hello.kind);
  const sid = sessionId(room, hello.hostNonce, nonce);
  const scalar = drawScalar(random);
  const share = shareOf(scalar, deriveGenerator(own, channelIdentifier(room, "resume"), sid));
  const data = encodeAssociatedData(resumeHint(theirs), nonce);
  line.say({ kind: "share-a", mode: "resume", share, data });
  const answer = await line.nextMessage();
  if (answer.kind !== "share-b") return answer;
  const isk = sessionKey(sid, sharedPoint(scalar, answer.share), { share, data }, answer);
  line.say({ kind: "proof-a", tag: confirmationTag(sid, isk, { share, data }) });
  return line.nextMessage();
}
