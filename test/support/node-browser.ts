import { type RTCDataChannel, StunProtocol, RTCPeerConnection as WeriftConnection } from "werift";
import { acknowledgeRightly } from "../../host-agent/transport/werift/acknowledge.ts";
import { associationOf } from "../../host-agent/transport/werift/association.ts";
import { handOutAll } from "../../host-agent/transport/werift/hand-out.ts";

/*
 * The browser's WebRTC, as far as viewer/connect uses it, played by werift: so the viewer's own code runs in Node. Set
 * `globalThis.RTCPeerConnection` to NodeBrowserConnection (installNodeBrowser). As with a browser, an acknowledgement rides
 * with what is said meanwhile, a receipt mostly, and nothing that has come waits to be handed out.
 */

type Candidate = { readonly sdpMid?: string | undefined; readonly candidate: string };
type Description = { readonly type: "offer" | "answer"; readonly sdp: string };

/** RTCDataChannel for viewer/connect/data-channel-pipe.ts: messages arrive as an ArrayBuffer of their own. */
class NodeBrowserChannel {
  binaryType = "arraybuffer";
  onopen: (() => void) | undefined;
  onmessage: ((event: { data: ArrayBuffer | string }) => void) | undefined;
  onclose: (() => void) | undefined;
  onerror: (() => void) | undefined;
  private readonly channel: RTCDataChannel;

  constructor(channel: RTCDataChannel) {
    this.channel = channel;
    channel.stateChanged.subscribe((state) => {
      if (state === "open") this.onopen?.();
      if (state === "closed") this.onclose?.();
    });
    channel.onMessage.subscribe((data) => {
      this.onmessage?.({ data: typeof data === "string" ? data : new Uint8Array(data).buffer });
    });
  }

  get readyState(): string {
    return this.channel.readyState;
  }

  get bufferedAmount(): number {
    return this.channel.bufferedAmount;
  }

  send(data: Uint8Array): void {
    this.channel.send(Buffer.from(data));
  }

  close(): void {
    this.channel.close();
  }
}

class NodeBrowserConnection {
  /** Every connection made in this process and not yet closed. */
  static readonly open = new Set<NodeBrowserConnection>();
  /** Until then no candidate goes in or out, so that no connection finds a way. */
  static mayConnect: Promise<void> = Promise.resolve();
  readonly werift: WeriftConnection;
  private hasChannel = false;
  onicecandidate: ((event: { candidate: Candidate | null }) => void) | undefined;
  onconnectionstatechange: (() => void) | undefined;

  constructor() {
    this.werift = new WeriftConnection({ iceServers: [] });
    NodeBrowserConnection.open.add(this);
    this.werift.onIceCandidate.subscribe((candidate) => {
      const event = { candidate: candidate === undefined ? null : { sdpMid: "0", candidate: candidate.candidate } };
      void NodeBrowserConnection.mayConnect.then(() => this.onicecandidate?.(event));
    });
    this.werift.connectionStateChange.subscribe(() => this.onconnectionstatechange?.());
  }

  get connectionState(): string {
    return this.werift.connectionState;
  }

  createDataChannel(label: string, init: { negotiated: boolean; id: number; ordered: boolean }): NodeBrowserChannel {
    const channel = this.werift.createDataChannel(label, init);
    if (!this.hasChannel) {
      this.hasChannel = true;
      // All channels have it in common.
      handOutAll(associationOf(channel));
      acknowledgeRightly(associationOf(channel));
    }
    return new NodeBrowserChannel(channel);
  }

  async createOffer(): Promise<{ sdp: string }> {
    const { sdp } = await this.werift.createOffer();
    return { sdp };
  }

  async setLocalDescription({ type, sdp }: Description): Promise<void> {
    await this.werift.setLocalDescription({ type, sdp });
  }

  async setRemoteDescription({ type, sdp }: Description): Promise<void> {
    await this.werift.setRemoteDescription({ type, sdp });
  }

  async addIceCandidate({ candidate }: Candidate): Promise<void> {
    await NodeBrowserConnection.mayConnect;
    await this.werift.addIceCandidate({ candidate, sdpMid: "0", sdpMLineIndex: 0 });
  }

  /** No statistics: the viewer then takes the path for a direct one, as it is. */
  async getStats(): Promise<Map<string, unknown>> {
    return new Map();
  }

  close(): void {
    NodeBrowserConnection.open.delete(this);
    this.werift.close().catch(() => {
      // Expected: closing half-opened transports.
    });
  }

  /** Gone without a word: from here on nothing is sent and nothing is heard. */
  async crash(): Promise<void> {
    const pairs = this.werift.iceTransports.flatMap((transport) => transport.connection.candidatePairs);
    for (const protocol of new Set(pairs.map((pair) => pair.protocol))) {
      if (protocol instanceof StunProtocol) await protocol.transport.close();
    }
  }
}

export type NodeBrowser = {
  /** Every connection there is dies at once, as when a browser is killed. */
  readonly crash: () => Promise<void>;
  /** From now on no connection finds a way, until what is returned is called. */
  readonly holdConnections: () => () => void;
  /** Closes what is open, and takes WebRTC away again. */
  readonly restore: () => void;
};

/** Gives this process a browser's WebRTC. */
export function installNodeBrowser(): NodeBrowser {
  const before = Reflect.get(globalThis, "RTCPeerConnection");
  Reflect.set(globalThis, "RTCPeerConnection", NodeBrowserConnection);
  return {
    crash: async () => {
      await Promise.all([...NodeBrowserConnection.open].map((connection) => connection.crash()));
    },
    holdConnections: () => {
      let release = () => {};
      NodeBrowserConnection.mayConnect = new Promise((resolve) => {
        release = resolve;
      });
      return () => release();
    },
    restore: () => {
      Reflect.set(globalThis, "RTCPeerConnection", before);
      for (const connection of NodeBrowserConnection.open) connection.close();
    },
  };
}
