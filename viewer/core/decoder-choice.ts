/**
 * How a JPEG becomes a picture: by createImageBitmap on the page, or by ImageDecoder in the worker, which only pages from
 * https or from this computer have.
 */
export type JpegWay = "page" | "worker";

/**
 * Up to here inflating takes about a millisecond, no more than the way to a busy worker and back: a letter, a line, a
 * button. 65,536 pixels hold the page's thread for three to five.
 */
const MAX_SHORT_PX = 16_384;

/**
 * The quickest way to decode JPEGs, from what each took in a race, in ms, lap by lap. What is not named there, or has no
 * lap, did not work; if nothing did, it is the page's own, which is there in every browser.
 */
export function chooseJpegWay(laps: ReadonlyMap<JpegWay, readonly number[]>): JpegWay {
  return median(laps.get("worker") ?? []) < median(laps.get("page") ?? []) ? "worker" : "page";
}

/** Whether rows of so many pixels are inflated in the worker, where there is one, and else by the browser itself. */
export function takesLongToInflate(pixels: number): boolean {
  return pixels > MAX_SHORT_PX;
}

/** Infinite if there are none. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.POSITIVE_INFINITY;
}
