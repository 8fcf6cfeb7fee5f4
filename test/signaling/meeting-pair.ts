import { io } from "socket.io-client";
import { onTestFinished } from "vitest";
import { SIGNALING_PATH } from "../../protocol/signaling.ts";
import { type Client, randomNonce, randomToken } from "./running.ts";

const AGAIN_MS = 100;
const ASK_LIMIT_MS = 3_000;
const SETTINGS = { transports: ["websocket"], forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 500 };

/**
 * A host and a viewer at two servers, who carry numbers from the viewer to the host and back, one at a time. Both come back by
 * themselves and then go on where they were, as the two ends of a real meeting do. What neither of them notices to be lost is
 * never repeated: so a number that is lost silently stops them for good.
 */
export class MeetingPair {
  readonly heard: number[] = [];
  /** How often an end had to begin anew. */
  breaks = 0;
  private readonly host: Client;
  private readonly viewer: Client;
  private readonly ownerToken = randomToken();
  private room: string | undefined;
  private next = 0;
  private wanted = 0;
  private reached: () => void = () => undefined;

  constructor(hostUrl: string, viewerUrl: string) {
    this.host = io(hostUrl, { ...SETTINGS, path: SIGNALING_PATH });
    this.viewer = io(viewerUrl, { ...SETTINGS, path: SIGNALING_PATH, autoConnect: false });
    onTestFinished(() => {
      this.host.off().close();
      this.viewer.off().close();
    });
    this.host.on("connect", () => void this.open());
    this.host.on("signal", ({ peer, data }) => {
      this.heard.push(numberIn(data));
      this.host.emit("signal", { peer, data });
    });
    this.viewer.on("connect", () => void this.join());
    this.viewer.on("signal", ({ data }) => {
      if (numberIn(data) !== this.next) return;
      this.next += 1;
      if (this.next < this.wanted) this.say();
      else this.reached();
    });
    // The host was away: what was on its way to it or from it may not have come.
    this.viewer.on("room.host", ({ present }) => {
      if (present) this.say();
    });
    for (const client of [this.host, this.viewer]) {
      client.on("disconnect", (why) => {
        this.breaks += 1;
        if (why === "io server disconnect") setTimeout(() => client.connect(), AGAIN_MS);
      });
    }
  }

  /** Resolves when the numbers below `wanted` have been there and back. */
  carry(wanted: number): Promise<void> {
    this.wanted = wanted;
    const done = new Promise<void>((resolve) => {
      this.reached = resolve;
    });
    if (this.next >= wanted) this.reached();
    else if (this.viewer.connected) this.say();
    return done;
  }

  get carried(): number {
    return this.next;
  }

  private async open(): Promise<void> {
    const { room, ownerToken } = this;
    try {
      const answer = await this.host.timeout(ASK_LIMIT_MS).emitWithAck("room.open", { room, ownerToken });
      if (!answer.ok) return;
      this.room = answer.room;
      if (!this.viewer.active) this.viewer.connect();
    } catch {
      // The connection ended, which has its own event, or is too slow and ends here.
      this.host.disconnect().connect();
    }
  }

  private async join(): Promise<void> {
    const { room = "" } = this;
    try {
      const answer = await this.viewer.timeout(ASK_LIMIT_MS).emitWithAck("room.join", { room, nonce: randomNonce() });
      if (answer.ok) this.say();
      else if (answer.error !== "unavailable") setTimeout(() => this.viewer.connected && void this.join(), AGAIN_MS);
    } catch {
      this.viewer.disconnect().connect();
    }
  }

  private say(): void {
    if (this.next >= this.wanted || !this.viewer.connected) return;
    this.viewer.emit("signal", { peer: "host", data: new Uint8Array([this.next >> 8, this.next & 255]) });
  }
}

const numberIn = (data: Uint8Array): number => ((data[0] ?? 0) << 8) | (data[1] ?? 0);
