import { Socket } from "node:dgram";
import { createInterface } from "node:readline";
import { RTCPeerConnection } from "werift";
import { localAddresses } from "../../../host-agent/transport/ice/local-addresses.ts";
import { probeIceServers } from "../../../host-agent/transport/ice/probe.ts";
import { probeSentence } from "../../../host-agent/transport/ice/probe-words.ts";
import { DataChannelPipe } from "../../../host-agent/transport/werift/data-channel-pipe.ts";
import { weriftDriver } from "../../../host-agent/transport/werift/peer.ts";
import type { Pipe } from "../../../protocol/pipe.ts";
import type { IceServer } from "../../../protocol/signaling.ts";
import { type News, type Order, orderSchema } from "./orders.ts";

type End = { readonly pipe: Pipe; addCandidate(candidate: string): void; take(answer: string): void };

/** One end of a connection, driven by lines on standard input. An error that nobody handles ends it, as it would a host. */
export function run(): void {
  let end: End | undefined;
  const datagrams = countDatagrams();
  createInterface(process.stdin).on("line", (line) => {
    const order = orderSchema.parse(JSON.parse(line));
    if (order.do === "answer") void answer(order).then((made) => (end = made));
    else if (order.do === "offer") void offer(order.servers).then((made) => (end = made));
    else if (order.do === "candidate") end?.addCandidate(order.candidate);
    else if (order.do === "take") end?.take(order.answer);
    else if (order.do === "ping") tell({ news: "pong", number: order.number, datagrams: datagrams() });
    else end?.pipe.send(Uint8Array.from(Buffer.from(order.text)));
  });
  tell({ news: "ready" });
}

async function answer(order: Extract<Order, { do: "answer" }>): Promise<End> {
  const probe = await probeIceServers(order.servers);
  tell({ news: "probed", sentences: probe.tried.map(probeSentence) });
  const addresses = order.addresses ?? (await localAddresses());
  const peer = weriftDriver.open(
    { path: order.path, addresses, stunUrl: probe.stunUrl, turn: order.path === "turn" ? probe.turn : undefined },
    { candidate: (_mid, candidate) => tell({ news: "candidate", candidate }) },
  );
  follow(peer.pipe);
  tell({ news: "sdp", sdp: await peer.answer(order.offer) });
  return { pipe: peer.pipe, addCandidate: (candidate) => peer.addCandidate("0", candidate), take: () => {} };
}

async function offer(servers: readonly IceServer[]): Promise<End> {
  const connection = new RTCPeerConnection({
    iceServers: servers.map((server) => ({ ...server, urls: [server.urls].flat() })),
    iceTransportPolicy: servers.length > 0 ? "relay" : "all",
  });
  const pipe = new DataChannelPipe(
    connection.createDataChannel("deskbeam", { negotiated: true, id: 0, ordered: true }),
  );
  // Else it asks a public server first, which no machine of these tests can reach.
  for (const { connection: ice } of connection.iceTransports) delete ice.stunServer;
  follow(pipe);
  connection.onIceCandidate.subscribe((one) => tell({ news: "candidate", candidate: one?.candidate ?? "" }));
  const description = await connection.createOffer();
  tell({ news: "sdp", sdp: description.sdp });
  void connection.setLocalDescription(description);
  return {
    pipe,
    addCandidate: (candidate) => {
      if (candidate !== "") void connection.addIceCandidate({ candidate, sdpMLineIndex: 0 });
    },
    take: (sdp) => void connection.setRemoteDescription({ type: "answer", sdp }),
  };
}

function follow(pipe: Pipe): void {
  pipe.listen({
    opened: () => tell({ news: "opened", path: pipe.path }),
    message: (bytes) => tell({ news: "heard", text: Buffer.from(bytes).toString() }),
    closed: (why) => tell({ news: "closed", why }),
  });
}

/** Counts what this process hands to the kernel, whatever the kernel says to it. */
function countDatagrams(): () => number {
  let count = 0;
  const { send } = Socket.prototype;
  Reflect.set(Socket.prototype, "send", function countedSend(this: Socket, ...args: unknown[]) {
    count += 1;
    return Reflect.apply(send, this, args);
  });
  return () => count;
}

function tell(news: News): void {
  process.stdout.write(`${JSON.stringify(news)}\n`);
}
