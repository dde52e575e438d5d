import { query as hardQuery, LITERALS } from '../../integration/csv/hard-rows.ts'
import { TYPES } from '../../integration/postgres/every-type.ts'
import type { CorpusExport, Writing } from '../export.ts'
import {
  anyCsvLayout,
  bytes,
  CHARACTER_SETS,
  diceOf,
  hardTable,
  numbered,
  someOf,
  textsTable,
} from './choices.ts'

function copied(name: string, query: string, writing: Writing): CorpusExport {
  const id = `postgres/${writing.format.toLowerCase()}/${name}`
  return { id, dialect: 'postgres', query, writing, witness: 'psql-copy' }
}

const FORMATS = ['TEXT', 'CSV'] as const
const inBoth = (name: string, query: string, writing: Omit<Writing, 'format'> = {}): CorpusExport[] =>
  FORMATS.map(format => copied(name, query, { ...writing, format }))

const types = TYPES.flatMap((type, at) => {
  const name = type.replaceAll(/\W+/g, '-').replace(/-$/, '')
  return inBoth(`type-${at}-${name}`, `SELECT c${at} FROM t ORDER BY row`)
})

const columnsOf = (places: readonly number[]): string =>
  `SELECT ${places.map(at => `c${at}`).join(', ')} FROM t ORDER BY row`

const textLayouts = numbered(10).map(number => {
  const dice = diceOf(`postgres/text/layout-${number}`)
  const layout = { fieldsTerminatedBy: bytes(dice.pick([...',;|:!"#$%&\'()*+-/<=>?@AMOZ[]^_`{}~\x01\x7f'])) }
  return copied(`layout-${number}`, columnsOf(someOf(dice, [...TYPES.keys()])), {
    format: 'TEXT',
    layout,
    header: dice.chance(0.5),
  })
})

const csvLayouts = numbered(10).map(number => {
  const dice = diceOf(`postgres/csv/layout-${number}`)
  const query = dice.chance(0.5)
    ? columnsOf(someOf(dice, [...TYPES.keys()]))
    : hardQuery(hardTable(dice, 3), 3, LITERALS.postgres)
  return copied(`layout-${number}`, query, {
    format: 'CSV',
    layout: anyCsvLayout(dice),
    header: dice.chance(0.5),
  })
})

const characterSets = CHARACTER_SETS.flatMap(({ characterSet, texts }) => {
  const query = hardQuery(textsTable(texts), 3, LITERALS.postgres)
  const named = `SELECT c0 AS "${texts[0]}", c1 AS "${texts[1]}", c2 FROM (${query}) named`
  return inBoth(`set-${characterSet}`, named, { characterSet, header: true })
})

const WIDE = `SELECT i * 7919 AS id, CASE WHEN i % 5 > 0 THEN E'title\\n"' || i END AS title,
  repeat('clean words ', i % 12) AS note, 'C:\\' || i AS path, i::numeric / 7 AS amount, decode(md5(i::text), 'hex') AS raw`
const wide = (rows: number): string => `${WIDE} FROM generate_series(1, ${rows}) i`

const sizes = [
  ...inBoth('rows-none', 'SELECT c1, c2 FROM t WHERE false'),
  ...inBoth('rows-none-header', 'SELECT c1, c2 FROM t WHERE false', { header: true }),
  ...inBoth(
    'rows-narrow',
    "SELECT i, 'AAAAAAAA' || i % 100, NULLIF(i % 3, 1) FROM generate_series(1, 60000) i",
  ),
  ...inBoth('rows-wide-gzip', wide(12_000), { compression: 'GZIP', header: true }),
  ...inBoth('parts', wide(16_000), { maxFileSize: '1 MB' }),
  ...inBoth('parts-header', wide(16_000), { maxFileSize: '1.25 MB', header: true }),
  ...inBoth(
    'columns-many',
    `SELECT ${Array.from({ length: 1000 }, (_, at) => `i || E'\\t"${at}'`).join(', ')} FROM generate_series(1, 40) i`,
  ),
  ...inBoth('row-64-kib', "SELECT repeat(E'a\\t\"', 32768), 'b' UNION ALL SELECT repeat('é', 65536), NULL"),
]

const large = copied('row-16-mib', "SELECT repeat('0123456789', 900000), repeat(E'é\\t', 3000000), 'end'", {
  format: 'TEXT',
})

export const postgresText = [...types, ...textLayouts, ...characterSets, ...sizes, large].filter(isText)
export const postgresCsv = [...types, ...csvLayouts, ...characterSets, ...sizes].filter(one => !isText(one))

function isText({ writing }: CorpusExport): boolean {
  return writing.format === 'TEXT'
}
