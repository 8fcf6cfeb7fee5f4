import { randomBytes } from "node:crypto";
import { nodeAead } from "../../../host-agent/aead/node.ts";
import { openSignaling } from "../../../host-agent/signaling/client.ts";
import { RelayPipe } from "../../../host-agent/transport/relay-pipe.ts";
import { SealedPipe } from "../../../protocol/crypto/sealed-pipe.ts";
import { transcriptHash } from "../../../protocol/crypto/transcript.ts";
import { MAX_MESSAGE_BYTES } from "../../../protocol/update.ts";
import { nobleAead } from "../../../viewer/aead/noble.ts";
import { RelayPipe as ViewerRelayPipe } from "../../../viewer/connect/relay-pipe.ts";
import { type PipePair, pipeConformance } from "../../conformance/pipe.ts";
import { RELAYING, type Relaying, startTestServer } from "../../signaling/running.ts";
import { provenPair } from "../../support/proven.ts";

/** The host's own pipe and the viewer's own pipe, on a real server. */
async function relayed(start: () => Promise<Relaying>): Promise<PipePair> {
  const { server } = await start();
  const nothing = () => undefined;
  const signaling = await openSignaling(server.url, randomBytes(16).toString("base64url"), {
    knock: nothing,
    signal: nothing,
    left: nothing,
    remaining: nothing,
    watchers: nothing,
    connected: nothing,
    lost: nothing,
  });
  const relay = await signaling.relay();
  if (relay === undefined) throw new Error("the server offers no relay");
  const { url, ticket } = relay.invitation;
  const far = new ViewerRelayPipe(new URL(url === "" ? `${server.url}/` : url));
  far.present(ticket);
  return {
    near: new RelayPipe(relay.line),
    far,
    end: () => signaling.close(),
  };
}

for (const [where, start] of RELAYING) pipeConformance(`records through a relay ${where}`, () => relayed(start));

pipeConformance(
  "sealed through a relay",
  async () => {
    const { near, far, end } = await relayed(async () => {
      const server = await startTestServer();
      return { server, relay: server };
    });
    const { host, viewer } = provenPair();
    const shared = { epoch: 2 };
    const transport = { kind: "relay", ...shared } as const;
    const sealedNear = new SealedPipe(near, {
      ...shared,
      side: "host",
      keys: host.keys,
      transcript: transcriptHash(host.transcript, transport),
      openAead: nodeAead,
    });
    const sealedFar = new SealedPipe(far, {
      ...shared,
      side: "viewer",
      keys: viewer.keys,
      transcript: transcriptHash(viewer.transcript, transport),
      openAead: nobleAead,
    });
    return {
      near: sealedNear,
      far: sealedFar,
      end: async () => {
        sealedNear.close();
        sealedFar.close();
        await end();
      },
    };
  },
  MAX_MESSAGE_BYTES,
);
