/** What a room number looks like: no leading zero, because people and spreadsheets drop it. */
export const ROOM_NUMBER_PATTERN = /^[1-9][0-9]{3,5}$/;

const TRIES_PER_LENGTH = 8;
const LENGTHS = [4, 5, 6];

/**
 * Numbers to try for a new room, in order. A free one among the short ones is nearly always found until half of them
 * are taken; only then do longer ones come into use, without anybody counting.
 * @param randomBelow a uniform integer from 0 up to, not including, its argument
 */
export function* roomNumbers(randomBelow: (limit: number) => number): Generator<string, void> {
  for (const length of LENGTHS) {
    const lowest = 10 ** (length - 1);
    for (let attempt = 0; attempt < TRIES_PER_LENGTH; attempt += 1) yield String(lowest + randomBelow(9 * lowest));
  }
}
