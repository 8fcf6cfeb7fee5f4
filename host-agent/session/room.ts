import { randomBytes } from "node:crypto";
import type { JpegEncoder } from "../encode/driver.ts";
import { MjpegGallery } from "../mjpeg/mjpeg-gallery.ts";
import type { Desk } from "../pipeline/desk.ts";
import { openSignaling, type SignalingClient, type SignalingEvents } from "../signaling/client.ts";

const OWNER_TOKEN_BYTES = 16;

type RoomOptions = { readonly desk: Desk; readonly jpeg: JpegEncoder; readonly nowMs: () => number };

type Opened = { readonly signaling: SignalingClient; readonly gallery: MjpegGallery };

/**
 * This host's room at the server, and the pictures that are published there. It may be asked before it is open:
 * then it has nothing to give, and there is nobody to hear what is said.
 */
export class Room {
  private readonly options: RoomOptions;
  private opened: Opened | undefined;

  constructor(options: RoomOptions) {
    this.options = options;
  }

  /** Empty before it is open. */
  get number(): string {
    return this.opened?.signaling.room ?? "";
  }

  /** UDP port of the server's own STUN. */
  get stunPort(): number | undefined {
    return this.opened?.signaling.stunPort;
  }

  /**
   * @param givenUp nobody wants the room any more: nobody waits for a server that may never answer
   * @returns whether it is open
   * @throws HostError when there is no server or no room to be had
   */
  async open(
    serverUrl: string,
    events: Omit<SignalingEvents, "watchers">,
    givenUp: Promise<unknown>,
  ): Promise<boolean> {
    const opening = openSignaling(serverUrl, randomBytes(OWNER_TOKEN_BYTES).toString("base64url"), {
      ...events,
      watchers: (token, watchers) => this.opened?.gallery.watched(token, watchers),
    });
    const signaling = await Promise.race([opening, givenUp.then(() => undefined)]);
    if (signaling === undefined) {
      opening.then(
        (late) => late.close(),
        () => {}, // no server: nothing to close
      );
      return false;
    }
    this.opened = { signaling, gallery: new MjpegGallery({ ...this.options, signaling }) };
    return true;
  }

  signal(viewer: string, bytes: Uint8Array): void {
    this.opened?.signaling.signal(viewer, bytes);
  }

  dismiss(viewer: string): void {
    this.opened?.signaling.dismiss(viewer);
  }

  /** The server's STUN and TURN, for a viewer that has proved the code and for this end. */
  async ice(viewer: string): ReturnType<SignalingClient["ice"]> {
    return this.opened?.signaling.ice(viewer);
  }

  async relay(): ReturnType<SignalingClient["relay"]> {
    return this.opened?.signaling.relay();
  }

  /** Something is wrong with the network: the server answers soon, or the connection to it is made anew. */
  verify(): void {
    this.opened?.signaling.verify();
  }

  /**
   * A fresh random token whose URL answers from now on; undefined: the server does not offer it.
   * @param quality 1..100, or 0 for automatic
   */
  async publish(quality: () => number): Promise<string | undefined> {
    return this.opened?.gallery.publish(quality);
  }

  /** Ends the URL and every stream that runs from it. */
  revoke(token: string): void {
    this.opened?.gallery.revoke(token);
  }

  /** All that is published by now. */
  setPaused(paused: boolean): void {
    this.opened?.gallery.setPaused(paused);
  }

  /** What was published is not to be seen any more; viewers can still be told why. */
  endPictures(): void {
    this.opened?.gallery.close();
  }

  close(): void {
    this.opened?.signaling.close();
  }
}
