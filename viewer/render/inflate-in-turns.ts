import { areaOf, type Size } from "../../protocol/geometry.ts";
import { takesLongWhenCold } from "../core/decoder-choice.ts";
import { inflateRows, mostRowBytes, type RowEncoding, rgbaOf } from "../core/inflate-pixels.ts";

/** A browser inflates a piece whole, up to a thousandfold, before anybody can object to what comes out. */
const PIECE_BYTES = 16 * 1024;

/**
 * The R G B A rows of a deflated rectangle, on the page. What is large is inflated by the browser itself: when a page has just
 * come, and nothing of its script is compiled yet, that takes a fifth of the time. It comes in turns of the event loop, so
 * a letter does not wait for it, and nothing is inflated so in the worker: beside a film on a busy computer it took half a second there.
 * @throws (rejects) when the data is not raw deflate of exactly these
 */
export async function inflateInTurns(
  encoding: RowEncoding,
  size: Size,
  data: Uint8Array,
): Promise<Uint8ClampedArray<ArrayBuffer>> {
  const byBrowser = takesLongWhenCold(areaOf(size)) && "DecompressionStream" in globalThis;
  if (!byBrowser) return inflateRows(encoding, size, data);
  return rgbaOf(encoding, size, await inflateByBrowser(mostRowBytes(encoding, size), data));
}

async function inflateByBrowser(mostBytes: number, data: Uint8Array): Promise<Uint8Array> {
  const { readable, writable } = new DecompressionStream("deflate-raw");
  // What is wrong with the data comes out of the other end, and is heard of there.
  feed(writable.getWriter(), data).catch(() => {});
  const rows = new Uint8Array(mostBytes);
  const reader = readable.getReader();
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (length + part.value.length > mostBytes) {
      reader.cancel().catch(() => {});
      throw new Error(`a rectangle of more than ${mostBytes} bytes`);
    }
    rows.set(part.value, length);
    length += part.value.length;
  }
  return rows.subarray(0, length);
}

async function feed(writer: WritableStreamDefaultWriter<BufferSource>, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length; at += PIECE_BYTES) await writer.write(data.slice(at, at + PIECE_BYTES));
  await writer.close();
}
