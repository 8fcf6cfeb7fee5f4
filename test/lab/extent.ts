/**
 * How much of the lab's matrix is run. `npm test` takes the representative part of each list, `npm run lab` all of it: the
 * same tests, with more cases.
 */
export const FULL = process.env.DESKBEAM_LAB === "full";

/** So many times in `npm test`, and so many in `npm run lab`. */
export const times = (representative: number, full: number): number => (FULL ? full : representative);
