/** The middle one of the values, by size: what one slow moment of the machine does not move. */
export function middle(values: readonly number[]): number {
  const found = [...values].sort((a, b) => a - b)[values.length >> 1];
  if (found === undefined) throw new Error("there is no middle of nothing");
  return found;
}
