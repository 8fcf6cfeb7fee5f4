import { EarlierBytes, NO_MATCH } from "./earlier-bytes.ts";
import { FixedBlock, MAX_MATCH_BYTES } from "./fixed-block.ts";

/** Beside what it takes to deflate a larger one, an object for it is nothing. */
const MAX_PAGE_BYTES = 1024;
/** What takes more is as short, or shorter, by codes made for it, which take 40 bytes or more to say. */
const MAX_BYTES = 96;

/**
 * Raw deflate (RFC 1951) of what is mostly known, as a letter that was typed before: a few references, in fixed codes. zlib
 * would do the same, but needs an object for each, and reads all that may be referred to each time.
 */
export class BriefDeflate {
  private readonly earlier = new EarlierBytes();

  /**
   * @param window all that may be referred to, 32 KiB at most, and the page at its end; it stays as it is until the next
   * call, and every page passes through here
   * @returns undefined: it takes so many bytes that zlib is to do it
   */
  deflate(window: Uint8Array, pageBytes: number): Uint8Array | undefined {
    const { earlier } = this;
    earlier.append(window, pageBytes);
    if (pageBytes > MAX_PAGE_BYTES) return undefined;
    const block = new FixedBlock(MAX_BYTES);
    let at = window.length - pageBytes;
    let match = earlier.matchOf(at);
    while (at < window.length) {
      const next = match.length < MAX_MATCH_BYTES ? earlier.matchOf(at + 1) : NO_MATCH;
      if (match.length > 0 && match.length >= next.length) {
        block.match(match.length, match.distance);
        at += match.length;
        match = earlier.matchOf(at);
      } else {
        // A byte later there is a longer one.
        block.literal(window[at] ?? 0);
        at += 1;
        match = next;
      }
      if (block.isTooLong) return undefined;
    }
    return block.end();
  }
}
