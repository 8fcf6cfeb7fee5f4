import type { Point, Rect, Size } from "../../../protocol/geometry.ts";
import { svgText, textWidthPx } from "../../raster/stroke-font.ts";
import type { People } from "../driver.ts";
import { presenceWords } from "./words.ts";

/** What the window shows, and which part of it does what. Everything else of it can be dragged. */
export type Panel = { readonly size: Size; readonly svg: string; readonly pause: Rect; readonly stop: Rect };

const CORNER_RADIUS = 11;

const HEIGHT = 40;
const MARGIN = 14;
const DOT_RADIUS = 4.5;
const GAP = 10;
const BUTTON_HEIGHT = 26;
const PAUSE_WIDTH = 30;
const STOP_PADDING = 13;
const CAPITAL_PX = 10;

const GROUND = "#161c27";
const RIM = "#3a4558";
const TEXT = "#eef2f8";
const BUTTON = "#2b3546";
const STOP = "#d93a3f";
const WATCHED = "#3ecf8e";
const CONTROLLED = "#ffb454";
const PAUSED = "#8a97ab";

const WORDS = { capitalPx: CAPITAL_PX, strokePx: 1.5, color: TEXT };
const STOP_WORD = { capitalPx: CAPITAL_PX, strokePx: 1.7, color: "#ffffff" };

export function layOutPanel(people: People): Panel {
  const words = presenceWords(people);
  const wordsX = MARGIN + 2 * DOT_RADIUS + GAP;
  const buttonY = (HEIGHT - BUTTON_HEIGHT) / 2;
  const pauseX = Math.ceil(wordsX + textWidthPx(words, WORDS) + GAP);
  const pause = { x: pauseX, y: buttonY, width: PAUSE_WIDTH, height: BUTTON_HEIGHT };
  const stopWidth = Math.ceil(textWidthPx("Stop", STOP_WORD)) + 2 * STOP_PADDING;
  const stop = { x: pause.x + pause.width + 6, y: buttonY, width: stopWidth, height: BUTTON_HEIGHT };
  const size = { width: stop.x + stop.width + buttonY, height: HEIGHT };
  const textY = (HEIGHT - CAPITAL_PX) / 2;
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">`,
    `<rect width="${size.width}" height="${size.height}" fill="${RIM}"/>`,
    `<rect x="1" y="1" width="${size.width - 2}" height="${size.height - 2}" rx="${CORNER_RADIUS - 1}" fill="${GROUND}"/>`,
    `<circle cx="${MARGIN + DOT_RADIUS}" cy="${HEIGHT / 2}" r="${DOT_RADIUS}" fill="${dotColor(people)}"/>`,
    svgText(words, wordsX, textY, WORDS),
    button(pause, BUTTON),
    people.paused ? playSign(pause) : pauseSign(pause),
    button(stop, STOP),
    svgText("Stop", stop.x + STOP_PADDING + 1, textY, STOP_WORD),
    "</svg>",
  ].join("");
  return { size, svg, pause, stop };
}

export function isInside({ x, y, width, height }: Rect, point: Point): boolean {
  return point.x >= x && point.x < x + width && point.y >= y && point.y < y + height;
}

/** A rectangle with round corners, as rows for the SHAPE extension. */
export function roundedRows({ width, height }: Size): [x: number, y: number, width: number, height: number][] {
  const rows: [number, number, number, number][] = [[0, CORNER_RADIUS, width, height - 2 * CORNER_RADIUS]];
  for (let y = 0; y < CORNER_RADIUS; y++) {
    const up = CORNER_RADIUS - y - 0.5;
    const inset = Math.round(CORNER_RADIUS - Math.sqrt(CORNER_RADIUS ** 2 - up ** 2));
    rows.push([inset, y, width - 2 * inset, 1], [inset, height - 1 - y, width - 2 * inset, 1]);
  }
  return rows;
}

function dotColor({ viewers, paused }: People): string {
  if (paused) return PAUSED;
  return viewers.some((viewer) => viewer.role === "control") ? CONTROLLED : WATCHED;
}

function button({ x, y, width, height }: Rect, color: string): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="7" fill="${color}"/>`;
}

function pauseSign({ x, y, width, height }: Rect): string {
  const path = `M${x + width / 2 - 3} ${y + height / 2 - 4.5}v9m6 -9v9`;
  return `<path d="${path}" stroke="${TEXT}" stroke-width="2.4" stroke-linecap="round"/>`;
}

function playSign({ x, y, width, height }: Rect): string {
  const path = `M${x + width / 2 - 3.5} ${y + height / 2 - 5.5}l9 5.5l-9 5.5z`;
  return `<path d="${path}" fill="${TEXT}" stroke="${TEXT}" stroke-width="1.4" stroke-linejoin="round"/>`;
}
