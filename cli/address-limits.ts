import { DEFAULT_LIMITS, type Limits } from "../signaling/core/limits.ts";

/** The limits per address, multiplied. Those per code are not for anybody to raise. */
export function factoredLimits(factor: number): Partial<Limits> {
  return {
    connectionsPerAddressPerMinute: DEFAULT_LIMITS.connectionsPerAddressPerMinute * factor,
    openConnectionsPerAddress: DEFAULT_LIMITS.openConnectionsPerAddress * factor,
    roomOpensPerAddressPerMinute: DEFAULT_LIMITS.roomOpensPerAddressPerMinute * factor,
    roomsPerAddress: DEFAULT_LIMITS.roomsPerAddress * factor,
    iceAsksPerAddressPerMinute: DEFAULT_LIMITS.iceAsksPerAddressPerMinute * factor,
    joinsPerAddressPerMinute: DEFAULT_LIMITS.joinsPerAddressPerMinute * factor,
    unknownRoomsPerAddressPerMinute: DEFAULT_LIMITS.unknownRoomsPerAddressPerMinute * factor,
  };
}
