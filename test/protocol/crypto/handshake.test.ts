import { randomBytes as nodeRandomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8 } from "../../../protocol/bytes.ts";
import { encodeAssociatedData, resumeHint } from "../../../protocol/crypto/associated-data.ts";
import { lengthPrefixed } from "../../../protocol/crypto/cpace.ts";
import { type HandshakeStep, HostHandshake, ViewerHandshake } from "../../../protocol/crypto/handshake.ts";
import type { SessionKeys } from "../../../protocol/crypto/keys.ts";
import {
  decodeHandshake,
  encodeHandshake,
  type HandshakeMessage,
  type Mode,
} from "../../../protocol/handshake-message.ts";

const randomBytes = (length: number) => new Uint8Array(nodeRandomBytes(length));

type Ends = { viewer: ViewerHandshake; host: HostHandshake };

function ends(change: { viewerSecret?: string; hostSecret?: string; viewerRoom?: string; mode?: Mode } = {}): Ends {
  const viewerNonce = randomBytes(16);
  const hostSecret = utf8(change.hostSecret ?? "48291506");
  return {
    viewer: new ViewerHandshake({
      room: change.viewerRoom ?? "7316",
      viewerNonce,
      mode: change.mode ?? "code",
      secret: utf8(change.viewerSecret ?? "48291506"),
      randomBytes,
    }),
    host: new HostHandshake({
      room: "7316",
      viewerNonce,
      hostNonce: randomBytes(16),
      secretFor: (mode) => (mode === "link" ? undefined : hostSecret),
      randomBytes,
    }),
  };
}

/** What a step sends, through the real encoding. */
function sent(steps: readonly HandshakeStep[]): HandshakeMessage {
  const [first] = steps;
  if (first?.kind !== "send") throw new Error(`nothing was sent: ${JSON.stringify(steps)}`);
  return decodeHandshake(encodeHandshake(first.message));
}

function keysOf(steps: readonly HandshakeStep[]): SessionKeys {
  const proven = steps.find((step) => step.kind === "proven");
  if (proven === undefined) throw new Error(`not proven: ${JSON.stringify(steps)}`);
  return proven.keys;
}

const failure = (steps: readonly HandshakeStep[]) => steps.find((step) => step.kind === "failed")?.reason;

/** The five messages of a whole run, in order. */
function wholeRun({ viewer, host }: Ends) {
  const hello = host.start();
  const shareA = sent(viewer.receive(hello));
  const shareB = sent(host.receive(shareA));
  const proofA = sent(viewer.receive(shareB));
  const hostSteps = host.receive(proofA);
  const proofB = sent(hostSteps);
  const viewerSteps = viewer.receive(proofB);
  return { messages: { hello, shareA, shareB, proofA, proofB }, hostSteps, viewerSteps };
}

describe("the handshake", () => {
  it("ends with the same keys on both ends when both know the secret", () => {
    const { hostSteps, viewerSteps, messages } = wholeRun(ends());
    const host = keysOf(hostSteps);
    const viewer = keysOf(viewerSteps);
    expect(viewer.sid).toEqual(host.sid);
    expect(viewer.signals("v2h")).toEqual(host.signals("v2h"));
    expect(viewer.signals("h2v")).toEqual(host.signals("h2v"));
    expect(Object.values(messages).map((message) => message.kind)).toEqual([
      "hello",
      "share-a",
      "share-b",
      "proof-a",
      "proof-b",
    ]);
  });

  it("gives other keys in every run", () => {
    const first = keysOf(wholeRun(ends()).hostSteps);
    const second = keysOf(wholeRun(ends()).hostSteps);
    expect(second.signals("v2h")).not.toEqual(first.signals("v2h"));
  });

  it("offers only the modes that have a live secret, and always to resume", () => {
    expect(ends().host.start()).toMatchObject({ kind: "hello", modes: ["code", "resume"] });
  });

  it("lets a wrong code fail on the host, which tells the viewer and no tag of its own", () => {
    const { viewer, host } = ends({ viewerSecret: "48291507" });
    const shareB = sent(host.receive(sent(viewer.receive(host.start()))));
    const steps = host.receive(sent(viewer.receive(shareB)));
    expect(steps).toEqual([
      { kind: "send", message: { kind: "refused", reason: "wrong-code" } },
      { kind: "failed", reason: "wrong-code" },
    ]);
    expect(failure(viewer.receive(sent(steps)))).toBe("wrong-code");
  });

  it("fails between two rooms, though the secret is the same", () => {
    const { viewer, host } = ends({ viewerRoom: "7317" });
    const shareB = sent(host.receive(sent(viewer.receive(host.start()))));
    expect(failure(host.receive(sent(viewer.receive(shareB))))).toBe("wrong-code");
  });

  it("does not let the mode be changed under way", () => {
    const { viewer, host } = ends();
    const shareA = sent(viewer.receive(host.start()));
    if (shareA.kind !== "share-a") throw new Error("no share");
    const shareB = sent(host.receive({ ...shareA, mode: "resume" }));
    expect(failure(host.receive(sent(viewer.receive(shareB))))).toBe("wrong-code");
  });

  it("tells a viewer whose mode has no live secret that it has expired", () => {
    expect(failure(ends({ mode: "link" }).viewer.receive(ends().host.start()))).toBe("expired");
  });

  it("is of no use to another viewer: the share names the viewer it is from", () => {
    const { host } = ends();
    host.start();
    const shareA = sent(ends().viewer.receive({ kind: "hello", hostNonce: randomBytes(16), modes: ["code"] }));
    expect(failure(host.receive(shareA))).toBe("protocol-error");
  });

  it("refuses a share for a secret that died since the greeting", () => {
    const viewerNonce = randomBytes(16);
    let live: Uint8Array | undefined = utf8("48291506");
    const host = new HostHandshake({
      room: "7316",
      viewerNonce,
      hostNonce: randomBytes(16),
      secretFor: () => live,
      randomBytes,
    });
    const viewer = new ViewerHandshake({ room: "7316", viewerNonce, mode: "code", secret: live, randomBytes });
    const shareA = sent(viewer.receive(host.start()));
    live = undefined;
    const steps = host.receive(shareA);
    expect(failure(steps)).toBe("expired");
    expect(failure(viewer.receive(sent(steps)))).toBe("expired");
  });

  it("names the seat whose resume secret is meant by a hint that is not the secret", () => {
    const secret = randomBytes(32);
    const viewerNonce = randomBytes(16);
    const asked: [Mode, Uint8Array][] = [];
    const host = new HostHandshake({
      room: "7316",
      viewerNonce,
      hostNonce: randomBytes(16),
      secretFor: (mode, hint) => {
        asked.push([mode, hint]);
        return mode === "resume" ? secret : undefined;
      },
      randomBytes,
    });
    const viewer = new ViewerHandshake({ room: "7316", viewerNonce, mode: "resume", secret, randomBytes });
    const { hostSteps } = wholeRun({ viewer, host });
    keysOf(hostSteps);
    expect(asked.at(-1)).toEqual(["resume", resumeHint(secret)]);
    expect(resumeHint(secret)).toHaveLength(8);
    expect(resumeHint(secret)).not.toEqual(secret.subarray(0, 8));
  });

  it.each(["2b3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c", "00".repeat(32)])(
    "ends on either end at the invalid share %s",
    (hex) => {
      const share = new Uint8Array(Buffer.from(hex, "hex"));
      const forHost = ends();
      const shareA = sent(forHost.viewer.receive(forHost.host.start()));
      if (shareA.kind !== "share-a") throw new Error("no share");
      expect(failure(forHost.host.receive({ ...shareA, share }))).toBe("protocol-error");
      const forViewer = ends();
      const shareB = sent(forViewer.host.receive(sent(forViewer.viewer.receive(forViewer.host.start()))));
      if (shareB.kind !== "share-b") throw new Error("no share");
      expect(failure(forViewer.viewer.receive({ ...shareB, share }))).toBe("protocol-error");
    },
  );

  it("does not talk to another version", () => {
    const older = (nonce: Uint8Array) => lengthPrefixed(Uint8Array.of(0), new Uint8Array(), nonce);
    const forHost = ends();
    const shareA = sent(forHost.viewer.receive(forHost.host.start()));
    if (shareA.kind !== "share-a") throw new Error("no share");
    const nonce = shareA.data.slice(-16);
    const steps = forHost.host.receive({ ...shareA, data: older(nonce) });
    expect(sent(steps)).toEqual({ kind: "refused", reason: "version-mismatch" });

    const forViewer = ends();
    const hello = forViewer.host.start();
    if (hello.kind !== "hello") throw new Error("no hello");
    const shareB = sent(forViewer.host.receive(sent(forViewer.viewer.receive(hello))));
    if (shareB.kind !== "share-b") throw new Error("no share");
    expect(failure(forViewer.viewer.receive({ ...shareB, data: older(hello.hostNonce) }))).toBe("version-mismatch");
  });

  it("lets extra associated data that a newer peer adds pass, and still binds it", () => {
    const { viewer, host } = ends();
    const shareA = sent(viewer.receive(host.start()));
    if (shareA.kind !== "share-a") throw new Error("no share");
    const nonce = shareA.data.slice(-16);
    // Added on the way: the host answers, but the two no longer agree on what was said.
    const shareB = sent(host.receive({ ...shareA, data: encodeAssociatedData(Uint8Array.of(1, 2, 3), nonce) }));
    expect(failure(host.receive(sent(viewer.receive(shareB))))).toBe("wrong-code");
  });
});

describe("the handshake against a lying server", () => {
  it("takes each message once, and only in its place", () => {
    const kinds = ["hello", "shareA", "shareB", "proofA", "proofB"] as const;
    const viewerTakes = { 0: "hello", 1: "shareB", 2: "proofB" } as const;
    for (const step of [0, 1, 2] as const) {
      for (const kind of kinds) {
        if (kind === viewerTakes[step]) continue;
        const { viewer, host } = ends();
        const other = wholeRun(ends()).messages;
        const hello = host.start();
        if (step > 0) {
          const shareA = sent(viewer.receive(hello));
          if (step > 1) viewer.receive(sent(host.receive(shareA)));
        }
        expect(failure(viewer.receive(other[kind])), `viewer at step ${step} gets ${kind}`).toBe("protocol-error");
      }
    }
    for (const kind of kinds) {
      const { host } = ends();
      host.start();
      const other = wholeRun(ends()).messages;
      expect(failure(host.receive(other[kind])), `host gets ${kind} first`).toBe("protocol-error");
    }
  });

  it("is over after one tag: the right one does not help after a wrong one", () => {
    const { viewer, host } = ends();
    const shareB = sent(host.receive(sent(viewer.receive(host.start()))));
    const proofA = sent(viewer.receive(shareB));
    expect(failure(host.receive({ kind: "proof-a", tag: randomBytes(32) }))).toBe("wrong-code");
    expect(host.receive(proofA)).toEqual([{ kind: "failed", reason: "protocol-error" }]);
  });

  it("is over after it succeeded", () => {
    const pair = ends();
    const { messages } = wholeRun(pair);
    expect(failure(pair.host.receive(messages.proofA))).toBe("protocol-error");
    expect(failure(pair.viewer.receive(messages.proofB))).toBe("protocol-error");
  });

  it("does not take the viewer's own messages back from the mirror", () => {
    const { viewer, host } = ends();
    const shareA = sent(viewer.receive(host.start()));
    if (shareA.kind !== "share-a") throw new Error("no share");
    expect(failure(viewer.receive({ kind: "share-b", share: shareA.share, data: shareA.data }))).toBe("protocol-error");
    const again = ends();
    const proofA = sent(again.viewer.receive(sent(again.host.receive(sent(again.viewer.receive(again.host.start()))))));
    if (proofA.kind !== "proof-a") throw new Error("no tag");
    expect(failure(again.viewer.receive({ kind: "proof-b", tag: proofA.tag }))).toBe("wrong-code");
  });

  it("never proves anything to anybody once one bit of any message is changed", () => {
    const kinds = ["hello", "shareA", "shareB", "proofA", "proofB"] as const;
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.nat(), (kind, bit) => {
        const { viewer, host } = ends();
        const proven = { host: false, viewer: false };
        let toViewer: HandshakeMessage[] = [host.start()];
        for (let round = 0; round < 3; round++) {
          const toHost: HandshakeMessage[] = [];
          for (const message of toViewer) {
            for (const step of viewer.receive(flip(message, kind, bit))) {
              if (step.kind === "send") toHost.push(step.message);
              if (step.kind === "proven") proven.viewer = true;
            }
          }
          toViewer = [];
          for (const message of toHost) {
            for (const step of host.receive(flip(message, kind, bit))) {
              if (step.kind === "send") toViewer.push(step.message);
              if (step.kind === "proven") proven.host = true;
            }
          }
        }
        // The last message only confirms: with it changed the host has proven, but the viewer believes nothing.
        expect(proven).toEqual({ host: kind === "proofB", viewer: false });
      }),
      { numRuns: 150 },
    );
  });
});

const kindNames = {
  hello: "hello",
  shareA: "share-a",
  shareB: "share-b",
  proofA: "proof-a",
  proofB: "proof-b",
} as const;

/** The same message with one bit of its shares, nonces, data or tags changed, if it is of the wanted kind. */
function flip(message: HandshakeMessage, kind: keyof typeof kindNames, bit: number): HandshakeMessage {
  if (message.kind !== kindNames[kind]) return message;
  const flipped = (bytes: Uint8Array) => {
    const copy = bytes.slice();
    const at = Math.floor(bit / 8) % copy.length;
    copy[at] = (copy[at] ?? 0) ^ (1 << (bit % 8));
    return copy;
  };
  switch (message.kind) {
    case "hello":
      return { ...message, hostNonce: flipped(message.hostNonce) };
    case "share-a":
    case "share-b":
      return bit % 2 === 0
        ? { ...message, share: flipped(message.share) }
        : { ...message, data: flipped(message.data) };
    case "proof-a":
    case "proof-b":
      return { ...message, tag: flipped(message.tag) };
    default:
      return message;
  }
}
