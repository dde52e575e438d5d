/** A table of texts, printed for a terminal or as Markdown. */
export interface Table {
  readonly title: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** A text below the table. */
  readonly remark?: string
}

/** Numbers are aligned right, except in the first column, which is a name. */
export function asMarkdown({ title, head, rows, remark }: Table): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const rule = head.map((_, at) => (at === 0 ? '---' : '--:'))
  const lines = [`### ${title}`, '', line(head), line(rule), ...rows.map(line)]
  return `${lines.join('\n')}\n${remark === undefined ? '' : `\n${remark}\n`}`
}

export function asText({ title, head, rows, remark }: Table): string {
  const plain = [head, ...rows].map(row => row.map(cell => cell.replaceAll('`', '')))
  const widths = head.map((_, at) => Math.max(...plain.map(row => row[at]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
  const lines = [title, ...plain.map(line), ...(remark === undefined ? [] : [remark])]
  return `${lines.join('\n')}\n`
}

/** A number with this many decimals. A dash if there is none. */
export const shown = (value: number | null, digits: number): string =>
  value === null
    ? '–'
    : value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })

const WIDTH = 128

/** Markdown in lines of at most WIDTH characters, if the words are short enough. */
export function wrapped(text: string, indent = ''): string {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + word.length <= WIDTH)
      lines[lines.length - 1] = `${line} ${word}`
    else lines.push(line === undefined ? word : `${indent}${word}`)
  }
  return lines.join('\n')
}
