import { displayWidth } from './cell-text.ts'

/** Columns of text with two spaces between; the first row is the heading. Numbers stand right. */
export function alignedTable(rows: readonly (readonly string[])[], numbers: ReadonlySet<string>): string {
  const [heading = []] = rows
  const widths = heading.map((_, column) => Math.max(...rows.map(row => displayWidth(row[column] ?? ''))))
  const pad = (text: string, column: number): string => {
    const space = ' '.repeat((widths[column] ?? 0) - displayWidth(text))
    return numbers.has(heading[column] ?? '') ? space + text : text + space
  }
  return rows.map(row => row.map(pad).join('  ').trimEnd()).join('\n')
}
