import { WHEEL_UNITS_PER_NOTCH } from "../../protocol/input.ts";

/** Desktops turn their wheel by whole notches, viewers by parts of one: what is left over waits for more. */
export class WheelNotches {
  private restX = 0;
  private restY = 0;

  /** @returns whole notches, to the right and down */
  turn(dx: number, dy: number): { readonly right: number; readonly down: number } {
    this.restX += dx;
    this.restY += dy;
    const right = Math.trunc(this.restX / WHEEL_UNITS_PER_NOTCH);
    const down = Math.trunc(this.restY / WHEEL_UNITS_PER_NOTCH);
    this.restX -= right * WHEEL_UNITS_PER_NOTCH;
    this.restY -= down * WHEEL_UNITS_PER_NOTCH;
    return { right, down };
  }
}
