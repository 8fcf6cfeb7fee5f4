import type { HostEvent } from "../../../host-agent/ui/host-ui.ts";

/** What a host says when its room is open. */
export const READY: Extract<HostEvent, { event: "ready" }> = {
  event: "ready",
  link: "http://10.0.0.1:7440/#7316.AAAAAAAAAAAAAAAAAAAAAA",
  code: "7316482915060",
  room: "7316",
  server: "http://10.0.0.1:7440",
  mjpeg: null,
  capture: "x11",
  input: "x11",
  display: { width: 1280, height: 720 },
  expires: "2026-01-01T12:00:00.000Z",
};
