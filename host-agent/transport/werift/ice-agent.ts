import { type RTCIceTransport, StunOverTurnProtocol, StunProtocol } from "werift";

/** werift's ICE agent: what it is asked, and what it is kept from. */
export type IceAgent = RTCIceTransport["connection"];

/** Asked for nothing, werift 0.25.2 asks a public STUN server, with `iceServers: []` too. To be called before gathering. */
export function askNoStunServer(ice: IceAgent): void {
  delete ice.stunServer;
}

/**
 * An error event that nobody listens to ends the process. Packets that cannot be sent raise none, as werift sends without
 * waiting for the outcome; but what else a kernel may report about a socket is no reason to end either. To be called before
 * gathering.
 */
export function outliveSocketErrors(ice: IceAgent): void {
  ice.onIceCandidate.subscribe(() => {
    for (const { transport } of udpSockets(ice)) {
      // Once each: there are more candidates than sockets.
      if (transport.socket.listenerCount("error") === 0) transport.socket.on("error", () => {});
    }
  });
}

/** The agent's UDP sockets, one for each address of ours, with or without a pair. Not the one to a TURN server. */
export function udpSockets(ice: IceAgent): readonly StunProtocol[] {
  return protocolsOf(ice).filter((protocol) => protocol instanceof StunProtocol);
}

/** Closes what gathering still made after the connection had been closed: nobody else would. */
export async function closeSockets(ice: IceAgent): Promise<void> {
  const turns = protocolsOf(ice).filter((protocol) => protocol instanceof StunOverTurnProtocol);
  await Promise.allSettled([...udpSockets(ice), ...turns].map((protocol) => protocol.close()));
}

function protocolsOf(ice: IceAgent): readonly unknown[] {
  // Private in werift, which hands a socket out only when it has a pair.
  const protocols: unknown = Reflect.get(ice, "protocols");
  if (!Array.isArray(protocols)) throw new Error("werift 0.25.2 has its sockets in `protocols`; this one does not");
  return protocols;
}
