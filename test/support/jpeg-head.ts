/** Whether these bytes hold the head of a JPEG picture: FF D8, then well-formed segments up to the one where the pixels begin. */
export function holdsJpeg(bytes: Uint8Array): boolean {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = view.indexOf(START); at >= 0; at = view.indexOf(START, at + 1)) {
    if (reachesPixels(view, at + 2)) return true;
  }
  return false;
}

// These three alone come up by chance in every 16 MB of anything sealed.
const START = Buffer.of(0xff, 0xd8, 0xff);
const PIXELS_BEGIN = 0xda;
/** Quantisation, frame and Huffman tables. */
const SEGMENTS_BEFORE = 3;

function reachesPixels(view: Buffer, firstSegment: number): boolean {
  let segments = 0;
  for (let at = firstSegment; at + 4 <= view.length && view[at] === 0xff; at += 2 + view.readUInt16BE(at + 2)) {
    if (view[at + 1] === PIXELS_BEGIN) return segments >= SEGMENTS_BEFORE;
    segments += 1;
  }
  return false;
}
