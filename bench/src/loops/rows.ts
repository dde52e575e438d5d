import { createHash } from 'node:crypto'

/** A value of a column: a number as its text, bytes as bytes, null for NULL. */
export type Value = string | Buffer | null

export interface Column {
  readonly name: string
  /** https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html */
  readonly mysqlType: number
  /** MySQL's collation: utf8mb4_general_ci, latin1_swedish_ci or binary. */
  readonly collation: 45 | 8 | 63
  readonly mysqlBytes: number
}

/** One of the measured tables (`packages/batchquery/test/setup/big-tables.ts`), row by row the same. */
export interface LoopTable {
  readonly name: 'narrow' | 'wide'
  readonly columns: readonly Column[]
  /** @param row from 1 on */
  valuesOf(row: number): readonly Value[]
}

const column = (
  name: string,
  mysqlType: number,
  collation: Column['collation'],
  mysqlBytes: number,
): Column => ({
  name,
  mysqlType,
  collation,
  mysqlBytes,
})

const padded = (number: number, digits: number): string => String(number).padStart(digits, '0')

export const NARROW: LoopTable = {
  name: 'narrow',
  columns: [column('id', 3, 63, 11), column('attr1', 253, 45, 40), column('attr2', 253, 45, 40)],
  valuesOf: row => [String(row), `AAAAAAAA${padded(row % 100, 2)}`, `BBBBBBBB${padded(row % 97, 2)}`],
}

export const WIDE: LoopTable = {
  name: 'wide',
  columns: [
    column('id', 8, 63, 20),
    column('title', 253, 45, 320),
    column('note', 252, 45, 65_535),
    column('city', 253, 8, 40),
    column('amount', 246, 63, 20),
    column('ratio', 5, 63, 22),
    column('at', 12, 63, 26),
    column('raw', 253, 63, 40),
  ],
  valuesOf: row => [
    String(row * 7919),
    [`plain title number ${row}`, `日本語のタイトル ${row}`, '', null, `é, ü & ß 🎼 ${row}`][row % 5] ?? null,
    noteOf(row),
    ['Zürich', null, 'São Paulo'][row % 3] ?? null,
    (((row * 31) % 1_000_003) / 7).toFixed(4),
    String(row / 3e5),
    `2026-11-23 00:00:${padded(Math.floor(row / 1e6), 2)}.${padded(row % 1e6, 6)}`,
    createHash('sha1').update(String(row)).digest(),
  ],
}

const noteOf = (row: number): string | null =>
  [
    `line one\nline two\twith a tab ${row}`,
    `C:\\temp\\${row}.txt`,
    null,
    'clean words '.repeat(row % 12),
    `"quoted", 'single' and; semicolon ${row}`,
    '\\N',
    `ends with backslash ${row}\\`,
  ][row % 7] ?? null
