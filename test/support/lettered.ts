const WIDTH_PX = 8;
const LINE_PX = 16;
const LETTERS = 40;
const PAPER = 0xfdf6e3;
const INKS = [0x586e75, 0x268bd2, 0x859900] as const;

/** A page of lines of letters: two letters that are the same look the same, no two lines are. */
export function lettered(seed: number): (x: number, y: number) => number {
  return (x, y) => {
    const [column, line] = [Math.floor(x / WIDTH_PX), Math.floor(y / LINE_PX)];
    const [inX, inY] = [x - column * WIDTH_PX, y - line * LINE_PX];
    const lengthOfLine = 20 + (scrambled(line, seed) % 120);
    const letter = scrambled(column * 7919 + line, seed) % LETTERS;
    if (inX > 5 || inY < 3 || inY > 12 || column >= lengthOfLine || letter < 6) return PAPER;
    const inked = (scrambled(letter * 64 + (inY >> 1), 5) >> (inX >> 1)) & 1;
    return inked === 1 ? (INKS[scrambled(column >> 3, line) % INKS.length] ?? PAPER) : PAPER;
  };
}

function scrambled(value: number, seed: number): number {
  let hash = Math.imul(value ^ Math.imul(seed + 1, 0x9e3779b1), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
