import { HostError } from "../errors.ts";
import type { X11Connection } from "./connection.ts";

const TRUE_COLOR = 4;

/**
 * The whole pipeline reads pixels as B, G, R, unused. Practically every X server of this century draws so; the others
 * get a sentence instead of wrong colours.
 * @throws HostError `capture-unavailable`
 */
export function requireBgrx(x: X11Connection): void {
  const { root_depth: depth, root_visual: visualId, depths } = x.screen;
  const visual = depths[depth]?.[visualId];
  const bitsPerPixel = x.display.format[depth]?.bits_per_pixel;
  const reason = refusal(depth, bitsPerPixel, x.display.image_byte_order, visual);
  if (reason === undefined) return;
  throw new HostError(
    "capture-unavailable",
    `The display ${x.displayName} cannot be read: ${reason}.`,
    'Run the X server with 24 bits of depth ("Xvfb -screen 0 1280x800x24", or DefaultDepth 24 in xorg.conf).',
  );
}

function refusal(
  depth: number,
  bitsPerPixel: number | undefined,
  byteOrder: number,
  visual: X11Connection["screen"]["depths"][number][number] | undefined,
): string | undefined {
  if (depth !== 24 && depth !== 32) return `it has ${depth} bits of colour, and 24 or 32 are needed`;
  if (bitsPerPixel !== 32) return `it stores a pixel in ${bitsPerPixel} bits, and 32 are needed`;
  if (byteOrder !== 0) return "it stores the most significant byte first";
  if (visual === undefined || visual.class !== TRUE_COLOR) return "its visual is not TrueColor";
  if (visual.red_mask !== 0xff0000 || visual.green_mask !== 0xff00 || visual.blue_mask !== 0xff) {
    return "its colour channels are not in the order red, green, blue";
  }
  return undefined;
}
