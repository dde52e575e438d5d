/** Columns of text with two spaces between; the first row is the heading. Numbers stand right. */
export function alignedTable(rows: readonly (readonly string[])[], numbers: ReadonlySet<string>): string {
  const [heading = []] = rows
  const widths = heading.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  const pad = (text: string, column: number): string => {
    const width = widths[column] ?? 0
    return numbers.has(heading[column] ?? '') ? text.padStart(width) : text.padEnd(width)
  }
  return rows.map(row => row.map(pad).join('  ').trimEnd()).join('\n')
}
