import { deflateRawSync } from "node:zlib";

/** To search for the longest match takes no longer than to begin. */
const LEVEL = 9;

/**
 * The page of a text rectangle (protocol/text-history.ts) that holds much that is new: with codes of its own.
 * @param earlier what it may refer to
 */
export function deflateText(page: Uint8Array, earlier: Uint8Array): Uint8Array {
  return deflateRawSync(page, earlier.length === 0 ? { level: LEVEL } : { level: LEVEL, dictionary: earlier });
}
