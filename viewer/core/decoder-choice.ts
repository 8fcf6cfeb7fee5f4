/**
 * How a JPEG becomes a picture: by createImageBitmap on the page, or by ImageDecoder in the worker, which only pages from
 * https or from this computer have.
 */
export type JpegWay = "page" | "worker";

/** A page that has just come, with none of its script compiled, takes a few milliseconds to inflate so many; all of a large piece, tens. */
const MAX_COLD_PX = 16_384;
/**
 * What the page inflates itself of one update, 3 to 5 ms of its thread: the rows that come into sight when somebody scrolls.
 * The way to the worker and back takes 8 ms on a busy computer, beside the 2 of inflating.
 */
const MAX_PAGE_SHARE_PX = 65_536;

/**
 * The quickest way to decode JPEGs, from what each took in a race, in ms, lap by lap. What is not named there, or has no
 * lap, did not work; if nothing did, it is the page's own, which is there in every browser.
 */
export function chooseJpegWay(laps: ReadonlyMap<JpegWay, readonly number[]>): JpegWay {
  return median(laps.get("worker") ?? []) < median(laps.get("page") ?? []) ? "worker" : "page";
}

/** Whether rows of so many pixels are better inflated by the browser itself, where there is no worker. */
export function takesLongWhenCold(pixels: number): boolean {
  return pixels > MAX_COLD_PX;
}

/** Whether rows are inflated on the page also where there is a worker. @param updatePixels of their update until here, with them */
export function isPageShare(updatePixels: number): boolean {
  return updatePixels <= MAX_PAGE_SHARE_PX;
}

/** Infinite if there are none. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.POSITIVE_INFINITY;
}
