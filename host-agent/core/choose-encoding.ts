import { areaOf, type Rect } from "../../protocol/geometry.ts";
import type { Picture } from "./picture.ts";
import { cut } from "./rect.ts";

export type Purpose = "fresh" | "refine";
/** `indexed`: exact if its colours are as few as they seem (protocol/indexed.ts), JPEG otherwise. */
export type ChosenEncoding = "solid" | "exact" | "indexed" | "shaded" | "jpeg";

/** Below this a JPEG is mostly its own tables (605 bytes of them), and deflate is smaller and exact. */
const SMALL_PX = 4096;
/**
 * Text and widgets have few colours and photographs have many; deflate of the former is near the size of a JPEG, sharp
 * at once, and needs no refinement afterwards.
 */
const FEW_COLOURS = 256;
/** Colours are counted on no more pixels: a photograph shows itself in the first few hundred. */
const SAMPLES = 2048;
/**
 * Where fewer pixels than this are as the one to the left of them, most bytes go to shades, also if there is paper beside
 * them. Of text it is far more, of a photograph nearly none; on a gradient with another colour in nearly every column it
 * is none, too.
 */
const RUNS_SHARE = 1 / 2;
/**
 * Pixels that are not as the one to their left have at most so many colours for their number, where they are text:
 * antialiased, in several inks, for flat screens, it mixes the same ones again and again (a third to four fifths). Of a
 * photograph nearly each has its own, also where that is a small part of a page. On a gradient from row to row letters for
 * flat screens come to nine tenths, as text does that has a photograph beside it.
 */
const COLOURS_SHARE = 0.85;
/** From one pixel to the next: so much in R, G or B is an edge, less in all of them a shade. */
const EDGE = 8;
/** A gradient, a soft shadow, a clear sky: a step at one pixel in so many at least, and of the steps hardly any is an edge. */
const STEPS_SHARE = 1 / 16;
const EDGES_SHARE = 1 / 32;
/** Text on plain paper has hardly any but edges. On a gradient, or while one page fades into another, it has fewer. */
const PLAIN_EDGES_SHARE = 1 / 2;
/** One encoding call stays below a millisecond, and the viewer decodes pieces while others travel. */
const MAX_PIECE_PX = 65_536;
/**
 * What moves is all of a kind, mostly. Each JPEG brings 600 bytes of tables, and costs a browser half a millisecond before
 * it decodes anything: fewer pieces, still decoded side by side.
 */
const MAX_MOVING_PIECE_PX = 4 * MAX_PIECE_PX;
/** Of a film in two layers, whose larger one is half as wide and half as high: as large in JPEG as a moving piece. */
const MAX_FILM_PIECE_PX = 4 * MAX_MOVING_PIECE_PX;
/** JPEG works on blocks of 8, or 16 with halved chroma: pieces of whole blocks waste none at their edges. */
const BLOCK_PX = 16;
/** Nearly square pieces hold more of what resembles itself than thin bands. */
const PIECE_WIDTH_PX = 512;
const MOVING_PIECE_WIDTH_PX = 2 * PIECE_WIDTH_PX;
const FILM_PIECE_WIDTH_PX = 2 * MOVING_PIECE_WIDTH_PX;

const AUTOMATIC_QUALITY = 80;
/**
 * Of what moves, with halved chroma: a fifth of the bytes and half of the time less than 80 takes with full chroma, and
 * still 38 dB of a film with a little grain.
 */
const AUTOMATIC_MOVING_QUALITY = 85;
/** Of a film in two layers: they take half the bytes of one JPEG, so that some of these may be spent on quality. */
const AUTOMATIC_FILM_QUALITY = 88;
/** Above it JPEG keeps more than half of the pixels can say. */
const MAX_FILM_QUALITY = 95;
/** Somebody who asks for less than this wants few bytes more than sharp coloured text. */
const FULL_CHROMA_QUALITY = 50;

/** @param textIsExact whether all text is exact when it is fresh, or only what is in few colours on plain paper */
export function chooseEncoding(picture: Picture, rect: Rect, purpose: Purpose, textIsExact: boolean): ChosenEncoding {
  if (isOneColour(picture, rect)) return "solid";
  if (purpose === "refine" || areaOf(rect) <= SMALL_PX) {
    return hasFewColours(picture, rect) || hasRuns(stepsIn(picture, rect)) ? "exact" : "shaded";
  }
  const steps = stepsIn(picture, rect);
  if (areMostlyShades(steps, textIsExact ? EDGES_SHARE : PLAIN_EDGES_SHARE)) return "jpeg";
  if (hasFewColours(picture, rect)) return textIsExact ? "exact" : "indexed";
  return textIsExact && hasRuns(steps) && repeatsColours(picture, rect) ? "exact" : "jpeg";
}

/**
 * Whether all text that comes fresh is worth being exact at once: then it is never blurred, and is not sent a second time. In
 * many colours it takes half as much again as a JPEG of it, and on a gradient, or while one page fades into another, several
 * times as much: not for whoever wishes for few bytes or has a slow path, and not where much of it changes all the time.
 * @param quality 1..100, or 0 for automatic
 * @param isMoving whether it has been changing all the time lately (motion.ts)
 */
export function isTextExact(rect: Rect, quality: number, isMoving: boolean): boolean {
  return !isFilm(rect, isMoving) && (quality === 0 || quality >= AUTOMATIC_QUALITY);
}

/**
 * Whether it is sent in two layers, as far as that suits it (film-detail.ts). Not for whoever wishes for all that JPEG can keep.
 * @param quality 1..100, or 0 for automatic
 * @param isMoving whether it has been changing all the time lately (motion.ts)
 */
export function isLayered(rect: Rect, quality: number, isMoving: boolean): boolean {
  return isFilm(rect, isMoving) && quality <= MAX_FILM_QUALITY;
}

/** Pieces of a film in two layers, in reading order. */
export const splitFilm = (rect: Rect): Rect[] => split(rect, MAX_FILM_PIECE_PX, FILM_PIECE_WIDTH_PX);

const isFilm = (rect: Rect, isMoving: boolean): boolean => isMoving && areaOf(rect) > MAX_PIECE_PX;

/**
 * Pieces to be encoded one by one, in reading order. A colour needs no pieces.
 * @param isMoving whether it has been changing all the time lately (motion.ts)
 */
export function splitForEncoding(rect: Rect, encoding: ChosenEncoding, isMoving: boolean): Rect[] {
  if (encoding === "solid") return [rect];
  if (encoding === "jpeg" && isMoving) return split(rect, MAX_MOVING_PIECE_PX, MOVING_PIECE_WIDTH_PX);
  return split(rect, MAX_PIECE_PX, PIECE_WIDTH_PX);
}

/**
 * @param quality 1..100, or 0 for automatic
 * @param isMoving whether it has been changing all the time lately (motion.ts)
 */
export function jpegSettingsFor(
  quality: number,
  isMoving: boolean,
): { readonly quality: number; readonly chroma: "444" | "420" } {
  const automatic = isMoving ? AUTOMATIC_MOVING_QUALITY : AUTOMATIC_QUALITY;
  const chosen = quality === 0 ? automatic : quality;
  return { quality: chosen, chroma: isMoving || chosen < FULL_CHROMA_QUALITY ? "420" : "444" };
}

/** Of both layers of a film. @param quality 1..100, or 0 for automatic */
export const filmQuality = (quality: number): number => (quality === 0 ? AUTOMATIC_FILM_QUALITY : quality);

function split(rect: Rect, maxPx: number, maxWidth: number): Rect[] {
  if (areaOf(rect) <= maxPx) return [rect];
  const width = evenPart(rect.width, maxWidth);
  return cut(rect, width, evenPart(rect.height, Math.floor(maxPx / width)));
}

/** The length of equal parts of at most `maxPart`, in whole blocks. */
function evenPart(length: number, maxPart: number): number {
  const whole = Math.max(BLOCK_PX, Math.floor(maxPart / BLOCK_PX) * BLOCK_PX);
  const parts = Math.ceil(length / whole);
  return Math.ceil(length / parts / BLOCK_PX) * BLOCK_PX;
}

export function isOneColour({ size, bytes }: Picture, rect: Rect): boolean {
  const first = (rect.y * size.width + rect.x) * 4;
  const blue = bytes[first];
  const green = bytes[first + 1];
  const red = bytes[first + 2];
  for (let y = rect.y; y < rect.y + rect.height; y += 1) {
    const end = (y * size.width + rect.x + rect.width) * 4;
    for (let at = end - rect.width * 4; at < end; at += 4) {
      if (bytes[at] !== blue || bytes[at + 1] !== green || bytes[at + 2] !== red) return false;
    }
  }
  return true;
}

/** How colours change from a pixel to its right neighbour, in a sample of them. */
type Steps = { readonly pixels: number; readonly steps: number; readonly edges: number };

/** Of what is smooth a JPEG takes a twentieth of the bytes that its faint steps take exact, and is hardly less sharp. */
const areMostlyShades = ({ pixels, steps, edges }: Steps, edgesShare: number): boolean =>
  steps > 0 && steps >= pixels * STEPS_SHARE && edges <= steps * edgesShare;

/** Text and widgets are mostly paper, and repeat themselves; a photograph never has the same colour twice. */
const hasRuns = ({ pixels, steps }: Steps): boolean => pixels - steps >= pixels * RUNS_SHARE;

/** Every sampled row begins at another column, so that a pattern of columns cannot hide from the samples. */
function stepsIn({ size, bytes }: Picture, rect: Rect): Steps {
  const step = sampleStep(rect);
  let pixels = 0;
  let steps = 0;
  let edges = 0;
  let shift = 0;
  for (let y = rect.y; y < rect.y + rect.height; y += step) {
    for (let x = rect.x + 1 + shift; x < rect.x + rect.width; x += step) {
      const height = stepAt(bytes, (y * size.width + x) * 4);
      if (height > 0) steps += 1;
      if (height >= EDGE) edges += 1;
      pixels += 1;
    }
    shift = (shift + 1) % step;
  }
  return { pixels, steps, edges };
}

/** Whether edges and letters, wherever a pixel is not as the one to its left, show the same colours again and again. */
function repeatsColours({ size, bytes }: Picture, rect: Rect): boolean {
  const step = sampleStep(rect);
  const colours = new Set<number>();
  let pixels = 0;
  let shift = 0;
  for (let y = rect.y; y < rect.y + rect.height; y += step) {
    for (let x = rect.x + 1 + shift; x < rect.x + rect.width; x += step) {
      const colour = colourAt(bytes, (y * size.width + x) * 4);
      if (colour === colourAt(bytes, (y * size.width + x - 1) * 4)) continue;
      colours.add(colour);
      pixels += 1;
    }
    shift = (shift + 1) % step;
  }
  return colours.size <= pixels * COLOURS_SHARE;
}

/** Sampled as `stepsIn` does. */
function hasFewColours({ size, bytes }: Picture, rect: Rect): boolean {
  const step = sampleStep(rect);
  const colours = new Set<number>();
  let previous = -1;
  let shift = 0;
  for (let y = rect.y; y < rect.y + rect.height; y += step) {
    for (let x = rect.x + shift; x < rect.x + rect.width; x += step) {
      const at = (y * size.width + x) * 4;
      const colour = colourAt(bytes, at);
      if (colour === previous) continue;
      previous = colour;
      colours.add(colour);
      if (colours.size > FEW_COLOURS) return false;
    }
    shift = (shift + 1) % step;
  }
  return true;
}

/** Every so manyth pixel of every so manyth row. */
function sampleStep(rect: Rect): number {
  return Math.ceil(Math.sqrt(areaOf(rect) / SAMPLES));
}

/** The largest difference, of the three colours, to the pixel on the left. */
function stepAt(bytes: Uint8Array, at: number): number {
  const blue = Math.abs((bytes[at] ?? 0) - (bytes[at - 4] ?? 0));
  const green = Math.abs((bytes[at + 1] ?? 0) - (bytes[at - 3] ?? 0));
  const red = Math.abs((bytes[at + 2] ?? 0) - (bytes[at - 2] ?? 0));
  return Math.max(blue, green, red);
}

function colourAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
}
