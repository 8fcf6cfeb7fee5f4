import type { JpegWay } from "../core/decoder-choice.ts";
import type { PixelDecoder } from "./pixel-decoder.ts";

const LAPS = 5;
/** A moving picture comes in several pieces at once, and a decoder may be quick with one and slow with many. */
const JPEGS_A_LAP = 4;
/** Four squares of 64 x 64 pixels, each of one colour. */
const SAMPLE =
  "/9j/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcUFhYaHSUfGhsjHBYWICwgIyYnKSopGR8tMC0oMCUoKSj/2wBDAQcHBwoIChMKChMo" +
  "GhYaKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCj/wAARCACAAIADASIAAhEBAxEB/8QAFgABAQEAAAAA" +
  "AAAAAAAAAAAAAAYI/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/EABgBAQEBAQEAAAAAAAAAAAAAAAAIBgMH/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwD" +
  "AQACEQMRAD8AkgGdezgAAAAAKgBwSmAAAAAAlwHdVgAAAAACoAcEpgAAAAAJcB3VYAAAAAAqAHBKYAAAAACXAd1WAAAAAAKgBwSmAAAAAAhQFBNYAAAA" +
  "AA1MAkhrgAAAAAGWQFbsiAAAAAA1MAkhrgAAAAAGWQFbsiAAAAAA1MAkhrgAAAAAGWQFbsiAAAAAA1MAkhrgAAAAAH//2Q==";
const SAMPLE_SIZE = { width: 128, height: 128 };
const SAMPLE_COLOURS = [
  { x: 32, y: 32, rgb: [220, 40, 40] },
  { x: 96, y: 32, rgb: [40, 180, 60] },
  { x: 32, y: 96, rgb: [50, 70, 220] },
  { x: 96, y: 96, rgb: [230, 220, 60] },
] as const;
/** JPEG is not exact, and decoders round differently. */
const COLOUR_TOLERANCE = 16;

/**
 * Has each decode the same few JPEGs, taking turns.
 * @returns what each took, in ms, lap by lap; without the ones that failed once or gave another picture
 */
export async function raceDecoders(
  ways: ReadonlyMap<JpegWay, Pick<PixelDecoder, "jpeg">>,
  nowMs: () => number,
): Promise<Map<JpegWay, number[]>> {
  const look = pixelReader();
  const laps = new Map([...ways.keys()].map((way): [JpegWay, number[]] => [way, []]));
  for (let lap = 0; lap < LAPS; lap += 1) {
    for (const [way, decoder] of ways) {
      if (!laps.has(way)) continue;
      const startedMs = nowMs();
      const decoded = await Promise.allSettled(uniqueSamples(lap).map((jpeg) => decoder.jpeg(SAMPLE_SIZE, jpeg)));
      laps.get(way)?.push(nowMs() - startedMs);
      const isRight = decoded.map((one) => one.status === "fulfilled" && isSample(one.value, look));
      for (const one of decoded) if (one.status === "fulfilled") one.value.close();
      if (isRight.includes(false)) laps.delete(way);
    }
  }
  return laps;
}

/** Each with a comment of its own (marker FF FE), so that no cache answers in a decoder's place. */
function uniqueSamples(lap: number): Uint8Array[] {
  const sample = Uint8Array.from(atob(SAMPLE), (letter) => letter.charCodeAt(0));
  return Array.from({ length: JPEGS_A_LAP }, (_, nth) => {
    const comment = [0xff, 0xfe, 0, 6, lap, nth, ...crypto.getRandomValues(new Uint8Array(2))];
    return Uint8Array.from([...sample.subarray(0, 2), ...comment, ...sample.subarray(2)]);
  });
}

type PixelReader = (picture: ImageBitmap, x: number, y: number) => Uint8ClampedArray;

function pixelReader(): PixelReader {
  const canvas = document.createElement("canvas");
  canvas.width = 1;
  canvas.height = 1;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("This browser gives no canvas to look at pictures with.");
  return (picture, x, y) => {
    context.drawImage(picture, -x, -y);
    return context.getImageData(0, 0, 1, 1).data;
  };
}

function isSample(picture: ImageBitmap, look: PixelReader): boolean {
  return SAMPLE_COLOURS.every(({ x, y, rgb }) => {
    const found = look(picture, x, y);
    return rgb.every((value, channel) => Math.abs(value - (found[channel] ?? 0)) <= COLOUR_TOLERANCE);
  });
}
