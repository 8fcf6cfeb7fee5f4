/** A line of the table: a figure of each product, ours first. */
export type Row = { readonly label: string; readonly values: readonly (number | undefined)[] };
export type Section = { readonly title: string; readonly rows: readonly Row[] };

/**
 * Markdown: each figure of each product, and ours divided by the rival's.
 * @param names of the products, ours first
 * @param rival the name of the one that ours is divided by
 */
export function tableOf(names: readonly string[], rival: string, sections: readonly Section[]): string {
  const against = names.indexOf(rival);
  const hasRatio = against > 0;
  const head = ["", ...names, ...(hasRatio ? [`÷ ${rival}`] : [])];
  const rows = sections.flatMap(({ title, rows: figures }) => [
    [`**${title}**`, ...head.slice(1).map(() => "")],
    ...figures.map(({ label, values }) => [
      label,
      ...names.map((_, column) => figureText(values[column])),
      ...(hasRatio ? [ratioText(values[0], values[against])] : []),
    ]),
  ]);
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const rule = widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

function figureText(value: number | undefined): string {
  if (value === undefined) return "–";
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
}

function ratioText(ours: number | undefined, theirs: number | undefined): string {
  // What has shrunk is no so many times of anything.
  if (ours === undefined || theirs === undefined || ours < 0 || theirs <= 0) return "–";
  return (ours / theirs).toFixed(2);
}
