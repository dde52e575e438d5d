import fc from 'fast-check'

/** Pieces of texts that are hard to write in CSV. */
export const PIECES = [
  ...['"', '""', ',', ';', '|', '\t', '\n', '\r', '\r\n', '\\', '\\.', "'", ' '],
  ...['a', 'é', '日本', '𝄞', 'NULL', 'x'.repeat(70)],
]

/** @param more pieces besides the usual ones */
export const values = (more: readonly string[] = []): fc.Arbitrary<string | null> =>
  fc.option(
    fc.array(fc.constantFrom(...PIECES, ...more), { maxLength: 6 }).map(pieces => pieces.join('')),
    { nil: null, freq: 6 },
  )

export type Table = readonly (readonly (string | null)[])[]

/** How the databases are given a text, so that none reads it in another way. */
export const LITERALS = {
  mysql: (hex: string) => `CONVERT(X'${hex}' USING utf8mb4)`,
  postgres: (hex: string) => `convert_from('\\x${hex}'::bytea, 'UTF8')`,
  duckdb: (hex: string) => `decode(unhex('${hex}'))`,
}

/** A query that returns the rows, in order. */
export function query(table: Table, columns: number, literal: (hex: string) => string): string {
  const names = Array.from({ length: columns }, (_, at) => `c${at}`)
  const selects = table.map((row, at) => {
    const texts = row.map(
      (text, column) =>
        `${text === null ? 'NULL' : literal(Buffer.from(text).toString('hex'))} AS c${column}`,
    )
    return `SELECT ${at} AS n, ${texts.join(', ')}`
  })
  return `SELECT ${names.join(', ')} FROM (${selects.join(' UNION ALL ')}) t ORDER BY n`
}
