import type { ResultPreview } from '../database/database.ts'

const WIDEST = 60

/** Formats a result as a table for the log. Null becomes NULL; long values are cut. */
export function previewTable({ columns, rows, rowCount }: ResultPreview): string {
  const lines = [columns, ...rows].map(row => row.map(value => cell(value)))
  const widths = columns.map((_, at) => Math.max(...lines.map(line => line[at].length)))
  const drawn = lines.map(line =>
    line
      .map((text, at) => text.padEnd(widths[at]))
      .join('  ')
      .trimEnd(),
  )
  drawn.splice(1, 0, widths.map(width => '-'.repeat(width)).join('  '))
  const more = rowCount > rows.length ? [`... ${rowCount - rows.length} more rows`] : []
  return [...drawn, ...more].join('\n')
}

function cell(value: string | null): string {
  if (value === null) return 'NULL'
  const oneLine = value.replace(/[\r\n\t]/g, ' ')
  return oneLine.length > WIDEST ? `${oneLine.slice(0, WIDEST - 1)}…` : oneLine
}
