import type { PathHeld } from "../../protocol/meeting.ts";

/** A way through the server: `relay` carries sealed records, `mjpeg` a picture that nobody can seal. */
export type LaterWay = "relay" | "mjpeg";

/**
 * What is left to try when there is no data channel, in order. A forced relay is asked for whatever the server's page says:
 * the host's answer is what counts. A browser without WebRTC goes straight to the plain picture, where the host permits it;
 * one whose WebRTC finds no way tries the sealed relay first.
 */
export function laterWays(
  path: PathHeld,
  server: { readonly relay: boolean; readonly mjpeg: boolean },
  hasWebRtc: boolean,
): LaterWay[] {
  if (path === "direct") return [];
  if (path === "relay") return ["relay"];
  const mjpeg: LaterWay[] = server.mjpeg ? ["mjpeg"] : [];
  return path === "auto" && server.relay && hasWebRtc ? ["relay", ...mjpeg] : mjpeg;
}
