import { randomBytes as nodeRandomBytes } from "node:crypto";
import { utf8 } from "../../protocol/bytes.ts";
import { type HandshakeStep, HostHandshake, type Proven, ViewerHandshake } from "../../protocol/crypto/handshake.ts";
import type { HandshakeMessage } from "../../protocol/handshake-message.ts";

const randomBytes = (length: number) => new Uint8Array(nodeRandomBytes(length));

/** What two ends hold after a real handshake over one code. */
export function provenPair(): { readonly host: Proven; readonly viewer: Proven } {
  const secret = utf8("48291506");
  const viewerNonce = randomBytes(16);
  const viewer = new ViewerHandshake({ room: "7316", viewerNonce, mode: "code", secret, randomBytes });
  const hostNonce = randomBytes(16);
  const host = new HostHandshake({ room: "7316", viewerNonce, hostNonce, secretFor: () => secret, randomBytes });
  const shareB = sentIn(host.receive(sentIn(viewer.receive(host.start()))));
  const last = host.receive(sentIn(viewer.receive(shareB)));
  return { host: provenIn(last), viewer: provenIn(viewer.receive(sentIn(last))) };
}

function sentIn(steps: readonly HandshakeStep[]): HandshakeMessage {
  for (const step of steps) if (step.kind === "send") return step.message;
  throw new Error(`nothing was sent: ${JSON.stringify(steps)}`);
}

function provenIn(steps: readonly HandshakeStep[]): Proven {
  for (const step of steps) if (step.kind === "proven") return step;
  throw new Error(`not proven: ${JSON.stringify(steps)}`);
}
