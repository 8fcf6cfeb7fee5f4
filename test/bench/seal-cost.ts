import { RTCPeerConnection } from "werift";
import { nodeAead } from "../../host-agent/aead/node.ts";
import { DataChannelPipe } from "../../host-agent/transport/werift/data-channel-pipe.ts";
import { weriftDriver } from "../../host-agent/transport/werift/peer.ts";
import { SealedPipe } from "../../protocol/crypto/sealed-pipe.ts";
import { transcriptHash } from "../../protocol/crypto/transcript.ts";
import type { Pipe } from "../../protocol/pipe.ts";
import { MAX_MESSAGE_BYTES, UPDATE_PART } from "../../protocol/update.ts";
import { directSettings } from "../support/direct-settings.ts";
import { provenPair } from "../support/proven.ts";

const ROUNDS = 5;
/** A small change of the screen: what a typed character costs. */
const SMALL_BYTES = 300;
const SMALL_MESSAGES = 300;
const LARGE_MESSAGES = 400;
/** What the pipe may hold while large messages are pushed through it. */
const UNSENT_BYTES = 256 * 1024;

type Line = { readonly host: Pipe; readonly arrived: () => number; readonly close: () => Promise<void> };
export type SealCost = { readonly plain: Cost; readonly sealed: Cost };
type Cost = { readonly latencyMs: number; readonly cpuMsPerMb: number };

/**
 * What sealing adds at the host, over the product's own werift driver. Both ends share this process, so the viewer's end
 * proves itself and then only counts: what is left of the difference is the host's.
 */
async function sealCost(): Promise<SealCost> {
  const costs: { plain: Cost[]; sealed: Cost[] } = { plain: [], sealed: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const kind of round % 2 === 0 ? (["plain", "sealed"] as const) : (["sealed", "plain"] as const)) {
      const line = await connect(kind === "sealed");
      try {
        costs[kind].push({ latencyMs: await latencyOf(line), cpuMsPerMb: await cpuOf(line) });
      } finally {
        await line.close();
      }
    }
  }
  return { plain: medians(costs.plain), sealed: medians(costs.sealed) };
}

async function connect(sealed: boolean): Promise<Line> {
  const offerer = new RTCPeerConnection({ iceServers: [] });
  const far = new DataChannelPipe(offerer.createDataChannel("deskbeam", { negotiated: true, id: 0, ordered: true }));
  const candidate = (sdpMid: string, one: string) =>
    void (one !== "" && offerer.addIceCandidate({ candidate: one, sdpMid }));
  const peer = weriftDriver.open(await directSettings(), { candidate });
  offerer.onIceCandidate.subscribe((one) => peer.addCandidate("0", one?.candidate ?? ""));
  const offer = await offerer.createOffer();
  await offerer.setLocalDescription(offer);
  const answerSdp = await peer.answer(offer.sdp);
  const proven = provenPair();
  const seal = (inner: Pipe, side: "host" | "viewer"): Pipe => {
    const { keys, transcript } = proven[side];
    const th = transcriptHash(transcript, { kind: "webrtc", offerSdp: offer.sdp, answerSdp });
    return new SealedPipe(inner, { side, keys, transcript: th, epoch: 1, openAead: nodeAead });
  };
  let arrived = 0;
  let counting = false;
  const counted: Pipe = {
    path: "direct",
    get state() {
      return far.state;
    },
    unsentBytes: 0,
    listen: (handlers) =>
      far.listen({ ...handlers, message: (bytes) => (counting ? count() : handlers.message(bytes)) }),
    send: (bytes) => far.send(bytes),
    close: () => far.close(),
  };
  const [host, viewer] = sealed ? [seal(peer.pipe, "host"), seal(counted, "viewer")] : [peer.pipe, counted];
  const count = () => {
    arrived += 1;
  };
  const opening = (pipe: Pipe) =>
    new Promise<void>((resolve) => pipe.listen({ opened: resolve, message: count, closed: () => undefined }));
  const opened = Promise.all([opening(host), opening(viewer)]);
  await offerer.setRemoteDescription({ type: "answer", sdp: answerSdp });
  await opened;
  counting = true;
  return {
    host,
    arrived: () => arrived,
    close: async () => {
      peer.close();
      await offerer.close();
    },
  };
}

/** The median time from sending a small message to its arrival, one at a time. */
async function latencyOf({ host, arrived }: Line): Promise<number> {
  const message = new Uint8Array(SMALL_BYTES).fill(UPDATE_PART);
  const timesMs: number[] = [];
  for (let sent = 0; sent < SMALL_MESSAGES; sent += 1) {
    const before = arrived();
    const startMs = performance.now();
    host.send(message);
    while (arrived() === before) await new Promise((resolve) => setImmediate(resolve));
    timesMs.push(performance.now() - startMs);
  }
  return median(timesMs);
}

/** Processor time of this process for each megabyte that went through. */
async function cpuOf({ host, arrived }: Line): Promise<number> {
  const message = new Uint8Array(MAX_MESSAGE_BYTES).fill(UPDATE_PART);
  const before = arrived();
  const start = process.cpuUsage();
  for (let sent = 0; sent < LARGE_MESSAGES; ) {
    while (sent < LARGE_MESSAGES && host.unsentBytes < UNSENT_BYTES) {
      host.send(message);
      sent += 1;
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  while (arrived() - before < LARGE_MESSAGES) await new Promise((resolve) => setTimeout(resolve, 1));
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000 / ((LARGE_MESSAGES * MAX_MESSAGE_BYTES) / 1e6);
}

function medians(costs: readonly Cost[]): Cost {
  return {
    latencyMs: median(costs.map((cost) => cost.latencyMs)),
    cpuMsPerMb: median(costs.map((cost) => cost.cpuMsPerMb)),
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** `node test/bench/main.mjs seal-cost.ts` prints this part alone. */
export async function run(): Promise<void> {
  process.stdout.write(`${sealLine(await sealCost())}\n`);
}

function sealLine({ plain, sealed }: SealCost): string {
  const added = (sealed.latencyMs - plain.latencyMs).toFixed(3);
  const ratio = (sealed.cpuMsPerMb / plain.cpuMsPerMb).toFixed(2);
  return (
    `Sealing every record at the host, over werift: ${plain.latencyMs.toFixed(3)} -> ${sealed.latencyMs.toFixed(3)} ms ` +
    `a small message (${added} ms more), ${plain.cpuMsPerMb.toFixed(1)} -> ${sealed.cpuMsPerMb.toFixed(1)} ms CPU a MB (x ${ratio}).`
  );
}
