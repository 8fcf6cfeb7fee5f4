/** A column of figures for each product, ours first. */
export type Column = { readonly name: string; readonly values: readonly (number | undefined)[] };

/** Lines of text: each figure, and ours divided by each peer's. */
export function tableOf(labels: readonly string[], columns: readonly Column[]): string {
  const [ours, ...peers] = columns;
  if (ours === undefined) throw new Error("a table needs a column");
  const head = ["", ...columns.map((column) => column.name), ...peers.map((peer) => `÷ ${peer.name}`)];
  const rows = labels.map((label, row) => [
    label,
    ...columns.map((column) => figureText(column.values[row])),
    ...peers.map((peer) => ratioText(ours.values[row], peer.values[row])),
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ");
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

function figureText(value: number | undefined): string {
  if (value === undefined) return "–";
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
}

function ratioText(ours: number | undefined, theirs: number | undefined): string {
  return ours === undefined || theirs === undefined || theirs === 0 ? "–" : (ours / theirs).toFixed(2);
}
