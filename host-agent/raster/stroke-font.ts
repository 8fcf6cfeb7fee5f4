/**
 * A font of single strokes, so that what we draw reads the same on a machine without any font. Each glyph is an SVG
 * path and its advance, in units of which a capital is 7 high: top at 0, baseline at 7, descenders to 9.
 */
const CAPITAL_UNITS = 7;
const LINE_UNITS = 11;
const GAP_UNITS = 1.7;
const ABOVE_UNITS = 1;

const BOWL = "M2 2A2 2.5 0 1 0 2 7A2 2.5 0 1 0 2 2Z";
const UNKNOWN: Glyph = ["M0 2.5H3V7H0Z", 3];

type Glyph = readonly [path: string, width: number];

const GLYPHS: Readonly<Record<string, Glyph>> = {
  " ": ["", 1.6],
  "0": ["M2.2 0A2.2 3.5 0 1 0 2.2 7A2.2 3.5 0 1 0 2.2 0Z", 4.4],
  "1": ["M.9 1.4L2.6 0V7", 4.4],
  "2": ["M.2 1.8A2 1.9 0 1 1 3.7 3.2L.1 7H4.3", 4.4],
  "3": ["M.4 .9A2.1 1.75 0 1 1 2 3.4A2.2 1.8 0 1 1 .1 5.9", 4.4],
  "4": ["M3.2 7V0L0 4.9H4.4", 4.4],
  "5": ["M4 0H.8L.4 3.2A2.3 2.2 0 1 1 .1 5.9", 4.4],
  "6": ["M3.6 0L.5 3.5M2.2 7A2.2 2.2 0 1 0 2.2 2.6A2.2 2.2 0 1 0 2.2 7Z", 4.4],
  "7": ["M0 0H4.4L1.5 7", 4.4],
  "8": ["M2.2 3.3A1.75 1.65 0 1 0 2.2 0A1.75 1.65 0 1 0 2.2 3.3A2.1 1.85 0 1 0 2.2 7A2.1 1.85 0 1 0 2.2 3.3Z", 4.4],
  "9": ["M.8 7L3.9 3.5M2.2 0A2.2 2.2 0 1 0 2.2 4.4A2.2 2.2 0 1 0 2.2 0Z", 4.4],
  A: ["M0 7L2.5 0L5 7M.9 4.6H4.1", 5],
  B: ["M2.4 3.4A1.7 1.7 0 0 0 2.4 0H0V7H2.6A1.8 1.8 0 0 0 2.6 3.4H0", 4.4],
  C: ["M4.7 1.4A2.6 3.5 0 1 0 4.7 5.6", 4.7],
  D: ["M0 0V7H1.8A3 3.5 0 0 0 1.8 0Z", 4.8],
  E: ["M4 0H0V7H4M0 3.4H3.4", 4],
  F: ["M4 0H0V7M0 3.5H3.4", 4],
  G: ["M4.7 1.4A2.6 3.5 0 1 0 5 5V3.8H2.9", 5],
  H: ["M0 0V7M4.6 0V7M0 3.4H4.6", 4.6],
  I: ["M.3 0V7", 0.6],
  J: ["M3.2 0V5.2A1.6 1.8 0 0 1 0 5.2", 3.2],
  K: ["M0 0V7M4.4 0L0 4.2M1.5 2.9L4.6 7", 4.6],
  L: ["M0 0V7H3.8", 3.8],
  M: ["M0 7V0L2.8 4.6L5.6 0V7", 5.6],
  N: ["M0 7V0L4.6 7V0", 4.6],
  O: ["M2.7 0A2.7 3.5 0 1 0 2.7 7A2.7 3.5 0 1 0 2.7 0Z", 5.4],
  P: ["M0 7V0H2.5A1.95 1.95 0 0 1 2.5 3.9H0", 4.4],
  Q: ["M2.7 0A2.7 3.5 0 1 0 2.7 7A2.7 3.5 0 1 0 2.7 0ZM3.4 5.2L5.3 7.4", 5.4],
  R: ["M0 7V0H2.5A1.95 1.95 0 0 1 2.5 3.9H0M2.3 3.9L4.5 7", 4.5],
  S: ["M4 1.3A2.1 1.75 0 0 0 2.1 0A2 1.7 0 0 0 2.1 3.4A2.1 1.8 0 0 1 2.1 7A2.3 1.8 0 0 1 0 5.6", 4.2],
  T: ["M0 0H4.8M2.4 0V7", 4.8],
  U: ["M0 0V4.6A2.3 2.4 0 0 0 4.6 4.6V0", 4.6],
  V: ["M0 0L2.5 7L5 0", 5],
  W: ["M0 0L1.7 7L3.5 1.6L5.3 7L7 0", 7],
  X: ["M0 0L4.6 7M4.6 0L0 7", 4.6],
  Y: ["M0 0L2.4 3.6L4.8 0M2.4 3.6V7", 4.8],
  Z: ["M0 0H4.4L0 7H4.4", 4.4],
  a: [`${BOWL}M4 2V7`, 4],
  b: [`${BOWL}M0 0V7`, 4],
  c: ["M3.7 3A2.1 2.5 0 1 0 3.7 6", 3.8],
  d: [`${BOWL}M4 0V7`, 4],
  e: ["M.1 4.5H4A2 2.5 0 1 0 3.5 6.2", 4],
  f: ["M2.9 .1A1.6 1.6 0 0 0 1.2 1.8V7M0 2.3H2.7", 2.9],
  g: [`${BOWL}M4 2V7.2A2 1.9 0 0 1 .3 8.1`, 4],
  h: ["M0 0V7M0 4A1.9 2 0 0 1 3.8 4V7", 3.8],
  i: ["M.3 2.2V7M.3 .3V.5", 0.6],
  j: ["M1 2.2V7.8A1.2 1.3 0 0 1 -.2 9M1 .3V.5", 1.1],
  k: ["M0 0V7M3.3 2.2L0 5M1.2 4L3.6 7", 3.6],
  l: ["M.3 0V7", 0.6],
  m: ["M0 2.2V7M0 4A1.6 1.9 0 0 1 3.2 4V7M3.2 4A1.6 1.9 0 0 1 6.4 4V7", 6.4],
  n: ["M0 2.2V7M0 4A1.9 2 0 0 1 3.8 4V7", 3.8],
  o: [BOWL, 4],
  p: [`${BOWL}M0 2V9.2`, 4],
  q: [`${BOWL}M4 2V9.2`, 4],
  r: ["M0 2.2V7M0 4.2A2 2.1 0 0 1 2.6 2.2", 2.6],
  s: ["M3.2 2.8A1.8 1.3 0 0 0 1.7 2A1.5 1.2 0 0 0 1.7 4.4A1.6 1.3 0 0 1 1.7 7A1.9 1.3 0 0 1 0 6.1", 3.3],
  t: ["M1.1 .6V5.5A1.4 1.5 0 0 0 2.7 7M0 2.3H2.6", 2.8],
  u: ["M0 2.2V5A1.9 2 0 0 0 3.8 5M3.8 2.2V7", 3.8],
  v: ["M0 2.2L1.9 7L3.8 2.2", 3.8],
  w: ["M0 2.2L1.4 7L2.9 3L4.4 7L5.8 2.2", 5.8],
  x: ["M0 2.2L3.6 7M3.6 2.2L0 7", 3.6],
  y: ["M0 2.2L1.9 7M3.8 2.2L1.3 8.4Q.9 9.2 0 9.1", 3.8],
  z: ["M0 2.2H3.4L0 7H3.4", 3.4],
  ".": ["M.3 6.8V7", 0.6],
  ",": ["M.6 6.7L.1 8.2", 0.8],
  "·": ["M.3 3.9V4.1", 0.6],
  "…": ["M.3 6.8V7M2.1 6.8V7M3.9 6.8V7", 4.2],
  ":": ["M.3 2.8V3M.3 6.8V7", 0.6],
  ";": ["M.5 2.8V3M.6 6.7L.1 8.2", 0.8],
  "!": ["M.3 0V4.8M.3 6.8V7", 0.6],
  "?": ["M0 1.6A1.7 1.6 0 1 1 2.3 3.2Q1.7 3.6 1.7 4.8M1.7 6.8V7", 3.4],
  "'": ["M.3 0V1.6", 0.6],
  '"': ["M0 0V1.6M1.6 0V1.6", 1.6],
  "-": ["M0 4.4H2.5", 2.5],
  _: ["M0 8H4", 4],
  "+": ["M0 4.4H3.4M1.7 2.7V6.1", 3.4],
  "=": ["M0 3.6H3.4M0 5.4H3.4", 3.4],
  "*": ["M1.6 .4V3.6M.2 1.2L3 2.8M3 1.2L.2 2.8", 3.2],
  "/": ["M0 8L3.2 -.4", 3.2],
  "\\": ["M0 -.4L3.2 8", 3.2],
  "|": ["M.3 -.6V8.6", 0.6],
  "(": ["M1.5 -.6A5 5 0 0 0 1.5 8.6", 1.5],
  ")": ["M0 -.6A5 5 0 0 1 0 8.6", 1.5],
  "[": ["M1.5 -.6H0V8.6H1.5", 1.5],
  "]": ["M0 -.6H1.5V8.6H0", 1.5],
  "<": ["M3 2.2L0 4.5L3 6.8", 3],
  ">": ["M0 2.2L3 4.5L0 6.8", 3],
  "#": ["M1.4 0L.8 7M3.6 0L3 7M.2 2.3H4.4M0 4.7H4.2", 4.4],
  "@": ["M4.3 3V4.6A1 1 0 0 0 6.2 4.6V3.6A3.1 3.4 0 1 0 4.9 6.7M4.3 3.8A1.4 1.4 0 1 0 4.3 3.9", 6.2],
  $: ["M4 1.3A2.1 1.75 0 0 0 2.1 0A2 1.7 0 0 0 2.1 3.4A2.1 1.8 0 0 1 2.1 7A2.3 1.8 0 0 1 0 5.6M2.1 -.8V7.8", 4.2],
  "&": ["M4.6 7L1 2.2A1.4 1.3 0 1 1 2.9 2.2L.8 4A1.7 1.7 0 0 0 3.8 6L4.8 4", 4.8],
  "~": ["M0 4.8Q.9 3.6 1.8 4.4T3.6 4", 3.6],
  "^": ["M0 2L1.5 .2L3 2", 3],
  "`": ["M0 0L1 1.2", 1],
  "{": ["M1.8 -.6Q.8 -.6 .8 .6V2.8Q.8 4 0 4Q.8 4 .8 5.2V7.4Q.8 8.6 1.8 8.6", 1.8],
  "}": ["M0 -.6Q1 -.6 1 .6V2.8Q1 4 1.8 4Q1 4 1 5.2V7.4Q1 8.6 0 8.6", 1.8],
  "%": ["M4.6 0L0 7M.9 .2V1.8M3.8 5.2V6.8", 4.6],
};

/** Every character the font has. */
export const FONT_CHARACTERS: readonly string[] = Object.keys(GLYPHS);

export type TextStyle = { readonly capitalPx: number; readonly strokePx: number; readonly color: string };

const glyphOf = (character: string): Glyph => GLYPHS[character] ?? UNKNOWN;
const scaleOf = (style: TextStyle): number => style.capitalPx / CAPITAL_UNITS;

/** Pixels to the next character. */
export function advancePx(character: string, style: TextStyle): number {
  return (glyphOf(character)[1] + GAP_UNITS) * scaleOf(style);
}

export function textWidthPx(text: string, style: TextStyle): number {
  return [...text].reduce((sum, character) => sum + advancePx(character, style), 0);
}

/** A cell that any glyph fits into, and where in it a glyph's top left corner is. */
export function cellOf(style: TextStyle): { width: number; height: number; x: number; y: number } {
  const scale = scaleOf(style);
  const side = Math.ceil(style.strokePx + scale);
  return {
    width: Math.ceil(7 * scale) + 2 * side,
    height: Math.ceil(LINE_UNITS * scale),
    x: side,
    y: ABOVE_UNITS * scale,
  };
}

/** An SVG element that draws the text with the tops of its capitals at `y`. */
export function svgText(text: string, x: number, y: number, style: TextStyle): string {
  const scale = scaleOf(style);
  let at = x;
  const paths = [...text].map((character) => {
    const path = `<path transform="translate(${at} ${y}) scale(${scale})" d="${glyphOf(character)[0]}"/>`;
    at += advancePx(character, style);
    return path;
  });
  const stroke = `stroke="${style.color}" stroke-width="${style.strokePx / scale}"`;
  return `<g fill="none" ${stroke} stroke-linecap="round" stroke-linejoin="round">${paths.join("")}</g>`;
}
