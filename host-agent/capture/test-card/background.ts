import type { Rect, Size } from "../../../protocol/geometry.ts";
import { drawSvg } from "../../raster/draw-svg.ts";
import type { Raster } from "../../raster/raster.ts";
import { svgText, textWidthPx } from "../../raster/stroke-font.ts";

export const CARD_SIZE: Size = { width: 1280, height: 720 };

/** Where the parts that move are; the background leaves room for them. */
export const PLACES = {
  clock: { x: 60, y: 276, width: 580, height: 148 },
  track: { x: 64, y: 512, width: 1152, height: 16 },
  pointer: { x: 88, y: 606, width: 500, height: 44 },
  keys: { x: 684, y: 606, width: 508, height: 44 },
} as const satisfies Readonly<Record<string, Rect>>;

/** EBU order: white, yellow, cyan, green, magenta, red, blue, at three quarters. */
const BARS = ["#bfbfbf", "#bfbf00", "#00bfbf", "#00bf00", "#bf00bf", "#bf0000", "#0000bf"] as const;
export const FIRST_BAR: Rect = { x: 712, y: 288, width: 72, height: 92 };

const MARGIN = 64;
const TEXT = "#e8edf5";
const QUIET = "#8a97ab";
const ACCENT = "#4cc2ff";

/** Everything on the card that never moves. */
export async function drawBackground(headline: string): Promise<Raster> {
  const { width, height } = CARD_SIZE;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs><linearGradient id="night" x1="0" y1="0" x2="1" y2="1">
      <stop offset="0" stop-color="#141b29"/><stop offset="1" stop-color="#090c13"/>
    </linearGradient></defs>
    <rect width="${width}" height="${height}" fill="url(#night)"/>
    ${grid()}${corners()}${heading(headline)}${bars()}${ramp()}
    ${panel(PLACES.pointer, "Pointer")}${panel(PLACES.keys, "Keys")}
    ${track()}
  </svg>`;
  return drawSvg(svg);
}

function grid(): string {
  const lines: string[] = [];
  for (let x = 80; x < CARD_SIZE.width; x += 80) lines.push(`M${x}.5 0V${CARD_SIZE.height}`);
  for (let y = 80; y < CARD_SIZE.height; y += 80) lines.push(`M0 ${y}.5H${CARD_SIZE.width}`);
  return `<path d="${lines.join("")}" stroke="#ffffff" stroke-opacity=".035"/>`;
}

/** If these are whole, nothing of the picture is cut off. */
function corners(): string {
  const { width: w, height: h } = CARD_SIZE;
  const path = `M1 25V1H25M${w - 25} 1H${w - 1}V25M${w - 1} ${h - 25}V${h - 1}H${w - 25}M25 ${h - 1}H1V${h - 25}`;
  return `<path d="${path}" fill="none" stroke="${ACCENT}" stroke-width="2"/>`;
}

function heading(headline: string): string {
  const small = { capitalPx: 14, strokePx: 2, color: QUIET };
  const size = `${CARD_SIZE.width} x ${CARD_SIZE.height}`;
  const right = CARD_SIZE.width - MARGIN - textWidthPx(size, small);
  return [
    `<rect x="${MARGIN}" y="54" width="34" height="24" rx="5" fill="none" stroke="${ACCENT}" stroke-width="3"/>`,
    `<path d="M${MARGIN + 10} 86H${MARGIN + 24}" stroke="${ACCENT}" stroke-width="3" stroke-linecap="round"/>`,
    svgText("deskbeam", MARGIN + 52, 58, { capitalPx: 22, strokePx: 3, color: TEXT }),
    svgText(size, right, 62, small),
    svgText(headline, MARGIN, 146, { capitalPx: 28, strokePx: 3.4, color: TEXT }),
    svgText("Set DISPLAY or pass --display to share a real desktop.", MARGIN, 204, {
      capitalPx: 16,
      strokePx: 2,
      color: QUIET,
    }),
  ].join("");
}

function bars(): string {
  return BARS.map((color, index) => {
    const { x, y, width, height } = FIRST_BAR;
    return `<rect x="${x + index * width}" y="${y}" width="${width}" height="${height}" fill="${color}"/>`;
  }).join("");
}

/** Sixteen greys: the darkest and the lightest must differ from their neighbours. */
function ramp(): string {
  const steps = 16;
  const width = (FIRST_BAR.width * BARS.length) / steps;
  return Array.from({ length: steps }, (_, index) => {
    const level = Math.round((index * 255) / (steps - 1));
    const x = FIRST_BAR.x + index * width;
    return `<rect x="${x}" y="380" width="${width + 0.5}" height="36" fill="rgb(${level},${level},${level})"/>`;
  }).join("");
}

function track(): string {
  const { x, y, width, height } = PLACES.track;
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="8" fill="#ffffff" fill-opacity=".06"/>`;
}

function panel(value: Rect, label: string): string {
  const box = { x: value.x - 24, y: value.y - 44, width: value.width + 48, height: value.height + 58 };
  return [
    `<rect x="${box.x + 0.5}" y="${box.y + 0.5}" width="${box.width - 1}" height="${box.height - 1}" rx="12"`,
    ' fill="#ffffff" fill-opacity=".04" stroke="#ffffff" stroke-opacity=".09"/>',
    svgText(label, value.x + 4, value.y - 26, { capitalPx: 11, strokePx: 1.7, color: QUIET }),
  ].join("");
}
