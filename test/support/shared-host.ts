import { nodeAead } from "../../host-agent/aead/node.ts";
import { chooseJpegEncoder } from "../../host-agent/encode/choose.ts";
import { Host } from "../../host-agent/host.ts";
import type { HostParts } from "../../host-agent/host-parts.ts";
import { shareOptions, shareSchema } from "../../host-agent/options.ts";
import { openNoPresence } from "../../host-agent/presence/open.ts";
import { localAddresses } from "../../host-agent/transport/ice/local-addresses.ts";
import { weriftDriver } from "../../host-agent/transport/werift/peer.ts";
import type { HostCommand, HostEvent, HostUi, Question } from "../../host-agent/ui/host-ui.ts";
import { uptimeMs } from "../../host-agent/uptime.ts";
import { parseFragment, parseRoomCode } from "../../protocol/room-code.ts";
import { PaintableCapture } from "./paintable-capture.ts";
import { RecordingInjector } from "./recording-injector.ts";

/** What the person at the host is told, and their way to answer. */
class RecordedUi implements HostUi {
  readonly events: HostEvent[] = [];
  readonly questions: Question[] = [];
  /** Whose question needs no answer any more. */
  readonly withdrawn: string[] = [];
  /** Is called with every event, at once. */
  onEvent: (event: HostEvent) => void = () => {};
  command: (command: HostCommand) => void = () => {};

  event(event: HostEvent): void {
    this.events.push(event);
    this.onEvent(event);
  }

  notice(): void {}

  ask(question: Question): void {
    this.questions.push(question);
  }

  withdraw(viewer: string): void {
    this.withdrawn.push(viewer);
  }

  paused(): void {}

  listen(onCommand: (command: HostCommand) => void): void {
    this.command = onCommand;
  }

  close(): void {}
}

export type SharedHost = {
  readonly ui: RecordedUi;
  readonly capture: PaintableCapture;
  readonly injector: RecordingInjector;
  readonly room: string;
  /** The secrets that are live now. */
  readonly code: () => string;
  readonly link: () => Uint8Array;
  readonly eventsOf: <Name extends HostEvent["event"]>(name: Name) => Extract<HostEvent, { event: Name }>[];
  readonly stop: () => Promise<void>;
};

const DISPLAY = { width: 64, height: 48 };

/** A whole host in this process, over a small display in memory, as it is before it runs. */
export async function unopenedHost(
  serverUrl: string,
  flags: Record<string, unknown> = {},
  clocks: Partial<Pick<HostParts, "nowMs" | "timeOfDayMs" | "uptimeMs">> = {},
) {
  const ui = new RecordedUi();
  const capture = new PaintableCapture(DISPLAY);
  const injector = new RecordingInjector();
  const host = new Host({
    options: shareOptions(shareSchema.parse({ server: serverUrl, ...flags })),
    capture,
    injector,
    jpeg: (await chooseJpegEncoder()).encoder,
    peers: weriftDriver,
    ice: { probe: async () => ({ stunUrl: undefined, turn: undefined }), addresses: localAddresses },
    openAead: nodeAead,
    openPresence: openNoPresence,
    ui,
    serverUrl,
    publicUrl: serverUrl,
    nowMs: () => performance.now(),
    timeOfDayMs: () => Date.now(),
    uptimeMs,
    ...clocks,
  });
  return { host, ui, capture, injector };
}

/**
 * A whole host in this process, sharing a small display in memory; `flags` as on the command line, the clocks real unless
 * they are given. To be stopped.
 */
export async function shareHost(...given: Parameters<typeof unopenedHost>): Promise<SharedHost> {
  const { host, ui, capture, injector } = await unopenedHost(...given);
  const ready = new Promise<void>((resolve, reject) => {
    ui.onEvent = (event) => event.event === "ready" && resolve();
    host.run().catch(reject);
  });
  await ready;
  ui.onEvent = () => {};
  const invite = () => {
    const newest = ui.events.findLast((event) => event.event === "code" || event.event === "ready");
    if (newest?.event !== "code" && newest?.event !== "ready") throw new Error("a host that is ready has a code");
    return newest;
  };
  return {
    ui,
    capture,
    injector,
    room: roomOf(invite().code),
    code: () => {
      const parsed = parseRoomCode(invite().code);
      if (parsed.kind !== "code") throw new Error(`not a code: ${parsed.kind}`);
      return parsed.secretDigits;
    },
    link: () => {
      const parsed = parseFragment(new URL(invite().link).hash);
      if (parsed.kind !== "link") throw new Error(`not a link: ${parsed.kind}`);
      return parsed.secret;
    },
    eventsOf: (name) =>
      // A type guard that the compiler cannot see through: `name` is the discriminant.
      ui.events.filter((event): event is Extract<HostEvent, { event: typeof name }> => event.event === name),
    stop: async () => {
      host.stop("host-stopped");
      await host.close();
    },
  };
}

function roomOf(code: string): string {
  const parsed = parseRoomCode(code);
  if (parsed.kind !== "code") throw new Error(`not a code: ${parsed.kind}`);
  return parsed.room;
}
