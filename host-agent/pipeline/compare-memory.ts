import { asBuffer } from "../as-buffer.ts";
import type { CompareMemory } from "../core/surface.ts";

/** By the C library's memcmp. */
export const compareMemory: CompareMemory = (one, other) => {
  const [a, b] = [asBuffer(one), asBuffer(other)];
  return (aStart, bStart, length) => b.compare(a, aStart, aStart + length, bStart, bStart + length) === 0;
};
