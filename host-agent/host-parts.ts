import type { OpenAead } from "../protocol/crypto/aead.ts";
import type { Capture } from "./capture/driver.ts";
import type { JpegEncoder } from "./encode/driver.ts";
import type { InputInjector } from "./input/driver.ts";
import type { ShareOptions } from "./options.ts";
import type { UpdateTrace } from "./pipeline/update-trace.ts";
import type { DeskEvents, DeskPresence } from "./presence/open.ts";
import type { IceSupplyOptions } from "./session/ice-supply.ts";
import type { PeerDriver } from "./transport/driver.ts";
import type { HostUi } from "./ui/host-ui.ts";

/** Everything the host is made of; main.ts chooses the concrete parts. */
export type HostParts = {
  readonly options: ShareOptions;
  readonly capture: Capture;
  readonly injector: InputInjector;
  readonly jpeg: JpegEncoder;
  readonly peers: PeerDriver;
  /** What of the configured STUN and TURN servers answers, and where this machine may be reached. */
  readonly ice: Pick<IceSupplyOptions, "probe" | "addresses">;
  readonly openAead: OpenAead;
  readonly openPresence: (events: DeskEvents) => Promise<DeskPresence>;
  readonly ui: HostUi;
  /** Where this process reaches the server, and where viewers do. */
  readonly serverUrl: string;
  readonly publicUrl: string;
  readonly nowMs: () => number;
  readonly trace?: UpdateTrace | undefined;
  readonly timeOfDayMs: () => number;
  /** How long this machine has been up: goes on while it sleeps, and is not moved by whoever sets the time of day. */
  readonly uptimeMs: () => number;
};
