import { query as hardQuery, LITERALS } from '../../integration/csv/hard-rows.ts'
import { TYPES } from '../../integration/duckdb/every-type.ts'
import type { CorpusExport, Writing } from '../export.ts'
import type { WitnessName } from '../witnesses/witness-name.ts'
import { anyCsvLayout, anyTextLayout, bytes, diceOf, hardTable, numbered } from './choices.ts'

function text(name: string, query: string, writing: Omit<Writing, 'format'> = {}): CorpusExport {
  return {
    id: `duckdb/text/${name}`,
    dialect: 'duckdb',
    query,
    writing: { ...writing, format: 'TEXT' },
    witness: 'mariadb-outfile-of-values',
  }
}

function csv(
  name: string,
  query: string,
  writing: Omit<Writing, 'format'> = {},
  witness: WitnessName = 'duckdb-copy',
): CorpusExport {
  return {
    id: `duckdb/csv/${name}`,
    dialect: 'duckdb',
    query,
    writing: { ...writing, format: 'CSV' },
    witness,
  }
}

const typeQuery = (expression: string): string =>
  `SELECT ${expression} AS v FROM range(2) UNION ALL SELECT NULL`
const named = TYPES.map(([, expression], at) => ({
  name: `type-${String(at).padStart(2, '0')}`,
  query: typeQuery(expression),
}))

const typesInText = named.map(({ name, query }) => text(name, query))
// DuckDB's own CSV has another writing of a BLOB
const typesInCsv = named.map(({ name, query }, at) =>
  csv(name, query, {}, TYPES[at]?.[1].endsWith('::BLOB') ? 'postgres-copy-of-values' : 'duckdb-copy'),
)

const NUMBERS = `SELECT i::INTEGER AS id, CASE WHEN i % 5 > 0 THEN 'a' || chr(9) || 'b' || chr(10) || '"c\\' || i END AS t,
  (i * 1.25)::DECIMAL(9, 2) AS amount, repeat('clean words, ', (i % 12)::INTEGER) AS note`
const rows = (count: number): string => `${NUMBERS} FROM range(${count}) r(i)`

const textLayouts = numbered(16).map(number => {
  const dice = diceOf(`duckdb/text/layout-${number}`)
  const query = dice.chance(0.5) ? rows(20) : hardQuery(hardTable(dice, 3), 3, LITERALS.duckdb)
  return text(`layout-${number}`, query, { layout: anyTextLayout(dice), header: dice.chance(0.3) })
})

const csvLayouts = numbered(14).map(number => {
  const dice = diceOf(`duckdb/csv/layout-${number}`)
  const query = dice.chance(0.3) ? rows(20) : hardQuery(hardTable(dice, 3), 3, LITERALS.duckdb)
  const writing = { layout: anyCsvLayout(dice), header: dice.chance(0.5) }
  return csv(`layout-${number}`, query, writing, 'postgres-copy-of-values')
})

const lineEnds = ['\r\n', '\r'].map((lineEnd, kind) => {
  const query = hardQuery(hardTable(diceOf(`duckdb/csv/line-end-${kind}`), 3), 3, LITERALS.duckdb)
  return csv(
    `line-end-${kind}`,
    query,
    { layout: { linesTerminatedBy: bytes(lineEnd) }, header: true },
    'postgres-copy-from',
  )
})

const QUOTED = { fieldsTerminatedBy: bytes(','), enclosedBy: bytes('"'), optionallyEnclosed: true }
const LONG =
  "SELECT repeat('a' || chr(9) || '\"', 32768) AS a, 'b' AS b UNION ALL SELECT repeat('é', 65536), NULL"

const sizesInText = [
  text('rows-none', `${rows(5)} WHERE i < 0`),
  text('rows-none-header', `${rows(5)} WHERE i < 0`, { header: true }),
  text('rows-many', rows(30_000)),
  text('rows-many-quoted-gzip', rows(12_000), { layout: QUOTED, compression: 'GZIP' }),
  text('parts', rows(40_000), { maxFileSize: '1 MB', header: true }),
  text('parts-quoted-gzip', rows(20_000), {
    maxFileSize: '1 MB',
    header: true,
    compression: 'GZIP',
    layout: QUOTED,
  }),
  text('row-64-kib', LONG),
  text('row-64-kib-quoted', LONG, { layout: QUOTED }),
  text(
    'row-16-mib',
    "SELECT repeat('0123456789', 900000) AS a, repeat('é' || chr(9), 3000000) AS b, 'end' AS c",
  ),
]

const sizesInCsv = [
  csv('rows-none', `${rows(5)} WHERE i < 0`),
  csv('rows-none-header', `${rows(5)} WHERE i < 0`, { header: true }),
  csv('rows-many', rows(20_000), { header: true }),
  csv('rows-many-gzip', rows(20_000), { compression: 'GZIP' }),
  csv('parts', rows(30_000), { maxFileSize: '1 MB', header: true }),
  // a value in pieces is always quoted, which DuckDB's own is not
  csv('row-64-kib', LONG, {}, 'postgres-copy-from'),
]

export const duckdbText: readonly CorpusExport[] = [...typesInText, ...textLayouts, ...sizesInText]
export const duckdbCsv: readonly CorpusExport[] = [...typesInCsv, ...csvLayouts, ...lineEnds, ...sizesInCsv]
