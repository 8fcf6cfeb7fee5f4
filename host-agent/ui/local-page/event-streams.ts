import type { ServerResponse } from "node:http";

/** Tabs of one person; more is somebody's mistake. */
const MAX_STREAMS = 8;
/** A tab that reads nothing must not make this process grow. */
const MAX_UNREAD_BYTES = 256 * 1024;
/** Shorter than the server's patience with silent connections, so that a living stream is never taken for a dead one. */
const HEARTBEAT_MS = 10_000;
/** How soon a browser tries again after a broken stream. */
const RETRY_MS = 1_000;

/** The open event streams (server-sent events); each gets every message. No stream, no timer. */
export class EventStreams {
  private readonly open = new Set<ServerResponse>();
  private heartbeat: NodeJS.Timeout | undefined;

  /** False: there are too many. The headers must be set, and nothing sent yet. */
  add(response: ServerResponse, firstMessage: string): boolean {
    if (this.open.size >= MAX_STREAMS) return false;
    this.open.add(response);
    response.once("close", () => this.remove(response));
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write(`retry: ${RETRY_MS}\n\n`);
    this.write(response, `data: ${firstMessage}\n\n`);
    this.heartbeat ??= setInterval(() => this.writeAll(":\n\n"), HEARTBEAT_MS);
    return true;
  }

  /** @param message one line */
  send(message: string): void {
    this.writeAll(`data: ${message}\n\n`);
  }

  /** Ends all of them; what was sent before is still delivered. */
  close(): void {
    for (const response of [...this.open]) response.end();
    clearInterval(this.heartbeat);
    this.heartbeat = undefined;
  }

  private writeAll(text: string): void {
    for (const response of [...this.open]) this.write(response, text);
  }

  private write(response: ServerResponse, text: string): void {
    response.write(text);
    if (response.writableLength > MAX_UNREAD_BYTES) response.destroy();
  }

  private remove(response: ServerResponse): void {
    this.open.delete(response);
    if (this.open.size > 0) return;
    clearInterval(this.heartbeat);
    this.heartbeat = undefined;
  }
}
