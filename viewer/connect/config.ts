import * as z from "zod/mini";
import type { ViewerConfig } from "../../protocol/signaling.ts";

const LIMIT_MS = 3_000;

const iceServer = z.object({
  urls: z.union([z.string(), z.array(z.string())]),
  username: z.optional(z.string()),
  credential: z.optional(z.string()),
});
const viewerConfig = z.object({ iceServers: z.array(iceServer), mjpeg: z.boolean(), relay: z.boolean() });

/**
 * What the server tells its pages. Without an answer the plain values do: a connection without help through NATs,
 * and the host decides about the rest anyway.
 * @param base the directory of the page
 */
export async function loadConfig(base: URL): Promise<ViewerConfig> {
  try {
    const response = await fetch(new URL("config.json", base), { signal: AbortSignal.timeout(LIMIT_MS) });
    const { iceServers, mjpeg, relay } = viewerConfig.parse(await response.json());
    return { iceServers: iceServers.map(withoutUndefined), mjpeg, relay };
  } catch {
    // Not reachable, not in time or not this format: see above.
    return { iceServers: [], mjpeg: true, relay: true };
  }
}

function withoutUndefined({ urls, username, credential }: z.infer<typeof iceServer>) {
  return { urls, ...(username !== undefined && { username }), ...(credential !== undefined && { credential }) };
}
