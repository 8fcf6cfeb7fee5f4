/*
 * One raw deflate block with the fixed codes, the last of its stream (RFC 1951, section 3.2.6). Bits fill bytes from the
 * lowest; codes are written from their first bit, the numbers behind them from their lowest.
 *
 *   1 bit    1: the last block          then, as often as there is something to say, a symbol:
 *   2 bits   01: fixed codes              0..255    this byte                  8 bits 0x30 + n, from 144 on 9 bits 0x190 + n - 144
 *                                         256       the end                    7 bits 0
 *                                         257..285  a match of this length     7 bits n - 256, from 280 on 8 bits 0xc0 + n - 280,
 *                                                                              and the rest of the length
 *                                                                              5 bits for the distance, and the rest of it
 */
const END = 256;
const FIRST_LENGTH = 257;
/** Has a symbol of its own, not the one its neighbours share. */
const LONGEST_SYMBOL = 285;
export const MIN_MATCH_BYTES = 3;
export const MAX_MATCH_BYTES = 258;
/** Of its value, a length's symbol says the leading bit and two more, a distance's one more; what is left follows it. */
const LENGTH_BITS = 2;
const DISTANCE_BITS = 1;
/** No symbol with all that follows it is longer. */
const MAX_SYMBOL_BYTES = 4;

/** Codes with their bits the other way round, as they are written, and how many they are. */
const CODES = new Uint16Array(LONGEST_SYMBOL + 1);
const CODE_BITS = new Uint8Array(LONGEST_SYMBOL + 1);
for (let symbol = 0; symbol <= LONGEST_SYMBOL; symbol += 1) {
  const [code, bits] =
    symbol < 144
      ? [0x30 + symbol, 8]
      : symbol < 256
        ? [0x190 + symbol - 144, 9]
        : symbol < 280
          ? [symbol - 256, 7]
          : [0xc0 + symbol - 280, 8];
  CODES[symbol] = reversed(code, bits);
  CODE_BITS[symbol] = bits;
}

/** Written symbol by symbol, while it is no longer than a limit. */
export class FixedBlock {
  private readonly bytes: Uint8Array;
  private readonly maxBytes: number;
  private length = 0;
  /** Bits that do not fill a byte yet. */
  private pending = 0b011;
  private pendingBits = 3;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
    this.bytes = new Uint8Array(maxBytes + 2 * MAX_SYMBOL_BYTES);
  }

  /** No symbol may follow: with its end, it is longer than the limit. */
  get isTooLong(): boolean {
    return this.length + Math.ceil((this.pendingBits + 7) / 8) > this.maxBytes;
  }

  literal(byte: number): void {
    this.symbol(byte);
  }

  /** As many bytes as stood so far back; they may overlap with those that they become. 3..258, 1..32768. */
  match(length: number, distance: number): void {
    if (length === MAX_MATCH_BYTES) this.symbol(LONGEST_SYMBOL);
    else {
      const value = length - MIN_MATCH_BYTES;
      const restBits = restBitsOf(value, LENGTH_BITS);
      this.symbol(FIRST_LENGTH + symbolOf(value, restBits, LENGTH_BITS));
      this.put(value & (2 ** restBits - 1), restBits);
    }
    const value = distance - 1;
    const restBits = restBitsOf(value, DISTANCE_BITS);
    this.put(reversed(symbolOf(value, restBits, DISTANCE_BITS), 5), 5);
    this.put(value & (2 ** restBits - 1), restBits);
  }

  /** All of it. */
  end(): Uint8Array {
    this.symbol(END);
    this.put(0, 7);
    return this.bytes.slice(0, this.length);
  }

  private symbol(symbol: number): void {
    this.put(CODES[symbol] ?? 0, CODE_BITS[symbol] ?? 0);
  }

  private put(value: number, bits: number): void {
    this.pending |= value << this.pendingBits;
    this.pendingBits += bits;
    for (; this.pendingBits >= 8; this.pendingBits -= 8) {
      this.bytes[this.length] = this.pending;
      this.length += 1;
      this.pending >>>= 8;
    }
  }
}

/** How many bits of a value its symbol does not say. */
const restBitsOf = (value: number, saidBits: number): number => Math.max(0, 31 - Math.clz32(value) - saidBits);
const symbolOf = (value: number, restBits: number, saidBits: number): number =>
  (restBits << saidBits) + (value >> restBits);

function reversed(value: number, bits: number): number {
  let turned = 0;
  for (let bit = 0; bit < bits; bit += 1) turned |= ((value >> bit) & 1) << (bits - 1 - bit);
  return turned;
}
