import { MAX_WHEEL_UNITS, WHEEL_UNITS_PER_NOTCH } from "../../protocol/input.ts";

/** What a DOM WheelEvent says. Mode 0 counts CSS pixels, 1 lines, 2 pages; right and down are positive. */
export type WheelTurn = { readonly deltaX: number; readonly deltaY: number; readonly deltaMode: number };

/** Parts of a unit that were turned and not yet sent. */
export type WheelRest = { readonly x: number; readonly y: number };
export const NO_WHEEL_REST: WheelRest = { x: 0, y: 0 };

/** One notch of a mouse wheel is 100 pixels in most browsers, and three lines where lines are counted. */
const PIXELS_PER_NOTCH = 100;
const LINES_PER_NOTCH = 3;
/** A page is as far as a page key goes on a usual window. */
const NOTCHES_PER_PAGE = 8;

/**
 * Whole wheel units (120 are one notch) for one turn, and what is left over for the next one: a trackpad reports
 * fractions of a pixel, and dropping them would make slow scrolling stand still.
 */
export function turnWheel(rest: WheelRest, turn: WheelTurn): { dx: number; dy: number; rest: WheelRest } {
  const unitsPer = unitsPerStep(turn.deltaMode);
  const x = along(rest.x, turn.deltaX * unitsPer);
  const y = along(rest.y, turn.deltaY * unitsPer);
  return { dx: x.units, dy: y.units, rest: { x: x.rest, y: y.rest } };
}

function unitsPerStep(deltaMode: number): number {
  if (deltaMode === 1) return WHEEL_UNITS_PER_NOTCH / LINES_PER_NOTCH;
  if (deltaMode === 2) return WHEEL_UNITS_PER_NOTCH * NOTCHES_PER_PAGE;
  return WHEEL_UNITS_PER_NOTCH / PIXELS_PER_NOTCH;
}

function along(rest: number, turned: number): { units: number; rest: number } {
  if (!Number.isFinite(turned) || turned === 0) return { units: 0, rest };
  // Turning back starts afresh: what is left of the other direction would swallow the first movement.
  const whole = (Math.sign(rest) === Math.sign(turned) ? rest : 0) + turned;
  const units = Math.trunc(whole);
  const sent = Math.max(-MAX_WHEEL_UNITS, Math.min(MAX_WHEEL_UNITS, units));
  // `|| 0` turns a negative zero, which no receiver would call equal to zero, into zero.
  return { units: sent || 0, rest: whole - units };
}
