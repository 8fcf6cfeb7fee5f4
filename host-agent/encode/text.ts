import { deflateRawSync } from "node:zlib";

/** To search for the longest match takes no longer than to begin. */
const LEVEL = 9;

/**
 * The data of a text rectangle (protocol/text-history.ts).
 * @param latest what the page may refer to
 */
export function encodeText(number: number, page: Uint8Array, latest: Uint8Array): Uint8Array {
  const deflated = deflateRawSync(page, latest.length === 0 ? { level: LEVEL } : { level: LEVEL, dictionary: latest });
  const data = new Uint8Array(1 + deflated.length);
  data[0] = number;
  data.set(deflated, 1);
  return data;
}
