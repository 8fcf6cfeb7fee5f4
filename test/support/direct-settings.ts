import type { PeerSettings } from "../../host-agent/transport/driver.ts";
import { localAddresses } from "../../host-agent/transport/ice/local-addresses.ts";

/** What a host without STUN and TURN servers opens a connection with. */
export async function directSettings(): Promise<PeerSettings> {
  return { path: "direct", addresses: await localAddresses(), stunUrl: undefined, turn: undefined };
}
