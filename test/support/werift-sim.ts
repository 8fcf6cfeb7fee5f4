import { onTestFinished, vi } from "vitest";
import { RTCPeerConnection } from "werift";
import { type Association, associationOf } from "../../host-agent/transport/werift/association.ts";
import { DataChannelPipe } from "../../host-agent/transport/werift/data-channel-pipe.ts";
import { handOutAll } from "../../host-agent/transport/werift/hand-out.ts";
import { MAX_RECORD_BYTES } from "../../protocol/pipe.ts";
import { type LinkSettings, SimLink, VirtualTime } from "./sim-link.ts";

/** The product's sender, or werift's own. */
export type SenderKind = "tuned" | "stock";

const CHANNEL = { negotiated: true, id: 0, ordered: true };
const BESIDE = { negotiated: true, id: 1, ordered: false };
const SCTP_PORT = 5000;
/** IP, UDP, DTLS. */
const HEADERS_BYTES = 28 + 37;
const UNSENT_BYTES = 256 * 1024;
const FILL_EVERY_MS = 5;

export type WeriftSim = {
  readonly link: SimLink;
  readonly host: SimEnd;
  readonly viewer: SimEnd;
  /** The host's pipe where the sender is ours. */
  readonly pipe: DataChannelPipe | undefined;
  /** How often each packet left, retransmissions included. */
  readonly transmissions: () => number;
  readonly receivedBytes: () => number;
  /** Keeps the host's end filled from now on. */
  readonly stream: () => void;
  readonly runFor: (durationMs: number) => Promise<void>;
};

/** Until the end of the test, time passes only when a test says so. */
export function useVirtualTime(): void {
  vi.useFakeTimers({
    toFake: [
      "setTimeout",
      "clearTimeout",
      "setInterval",
      "clearInterval",
      "setImmediate",
      "clearImmediate",
      "performance",
      "Date",
    ],
  });
  onTestFinished(() => void vi.useRealTimers());
}

/**
 * werift's SCTP at both ends, as it is, over a simulated link, in virtual time: what is measured here does not depend on
 * the machine. DTLS and ICE are left out. `useVirtualTime` comes first.
 */
export async function openWeriftSim(kind: SenderKind, settings: Partial<LinkSettings>, seed = 1): Promise<WeriftSim> {
  const time = new VirtualTime();
  const link = new SimLink(time, settings, seed);
  const [host, viewer] = [simEnd(), simEnd()];
  let transmissions = 0;
  let receivedBytes = 0;
  host.carry((packet) => {
    transmissions += 1;
    link.forth(packet.length + HEADERS_BYTES, () => viewer.take(packet));
  });
  viewer.carry((packet) => link.back(() => host.take(packet)));
  // A browser does.
  handOutAll(viewer.parts);
  const pipe = kind === "tuned" ? new DataChannelPipe(host.channel, "direct", host.beside) : undefined;
  pipe?.listen({ opened: () => undefined, message: () => undefined, closed: () => undefined });
  viewer.channel.onMessage.subscribe((bytes) => {
    receivedBytes += bytes.length;
  });
  // The link has a clock of its own, so that packets keep fractions of a millisecond apart; it follows the fake one.
  const originMs = performance.now();
  setInterval(() => time.runUntil(performance.now() - originMs), 1);
  const runFor = async (durationMs: number) => {
    await vi.advanceTimersByTimeAsync(durationMs);
  };
  await host.start(true);
  await viewer.start(false);
  while (viewer.channel.readyState !== "open") await runFor(10);
  const message = new Uint8Array(MAX_RECORD_BYTES);
  const fill = () => {
    if (pipe !== undefined) while (pipe.unsentBytes < UNSENT_BYTES) pipe.send(message);
    else while (host.channel.bufferedAmount < UNSENT_BYTES) host.channel.send(Buffer.from(message));
  };
  return {
    link,
    host,
    viewer,
    pipe,
    transmissions: () => transmissions,
    receivedBytes: () => receivedBytes,
    stream: () => {
      fill();
      setInterval(fill, FILL_EVERY_MS);
    },
    runFor,
  };
}

type Channel = ReturnType<RTCPeerConnection["createDataChannel"]>;

export type SimEnd = {
  readonly channel: Channel;
  /** Keeps no order. */
  readonly beside: Channel;
  readonly association: Channel["sctp"]["sctp"];
  /** The same, by what of it is private and touched. */
  readonly parts: Association;
  /** Where its packets go. */
  readonly carry: (send: (packet: Buffer) => void) => void;
  /** Each in a turn of its own, as datagrams come. */
  readonly take: (packet: Buffer) => void;
  readonly start: (isServer: boolean) => Promise<void>;
};

/** One end of an association whose packets go where `carry` says. */
export function simEnd(): SimEnd {
  const connection = new RTCPeerConnection({ iceServers: [] });
  const channel = connection.createDataChannel("deskbeam", CHANNEL);
  const beside = connection.createDataChannel("deskbeam-beside", BESIDE);
  const { sctp, dtlsTransport } = channel.sctp;
  return {
    channel,
    beside,
    association: sctp,
    parts: associationOf(channel),
    carry: (send: (packet: Buffer) => void) => {
      sctp.transport.send = async (packet) => send(Buffer.from(packet));
    },
    take: (packet: Buffer) => void setImmediate(() => dtlsTransport.dataReceiver(packet)),
    start: async (isServer: boolean) => {
      sctp.isServer = isServer;
      await sctp.start(SCTP_PORT);
    },
  };
}
