import * as z from "zod/mini";
import type { ViewerConfig } from "../../protocol/signaling.ts";

const LIMIT_MS = 3_000;

const viewerConfig = z.object({
  iceServers: z.array(z.object({ urls: z.union([z.string(), z.array(z.string())]) })),
  stunPort: z.optional(z.int().check(z.minimum(1), z.maximum(65_535))),
  mjpeg: z.boolean(),
  relay: z.boolean(),
});

/**
 * What the server tells its pages, its own STUN among the servers. Without an answer the plain values do: a connection
 * without help through NATs, and the host decides about the rest anyway.
 * @param base the directory of the page
 */
export async function loadConfig(base: URL): Promise<ViewerConfig> {
  try {
    const response = await fetch(new URL("config.json", base), { signal: AbortSignal.timeout(LIMIT_MS) });
    const { iceServers, stunPort, ...rest } = viewerConfig.parse(await response.json());
    // The first one, because it needs no third party.
    const own = stunPort === undefined ? [] : [{ urls: `stun:${base.hostname}:${stunPort}` }];
    return { ...rest, stunPort, iceServers: [...own, ...iceServers] };
  } catch {
    // Not reachable, not in time or not this format: see above.
    return { iceServers: [], mjpeg: true, relay: true };
  }
}
