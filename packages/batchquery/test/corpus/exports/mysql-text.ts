import { query as hardQuery, LITERALS } from '../../integration/csv/hard-rows.ts'
import { BINARY, COLUMN_NAMES, OF_MYSQL } from '../../integration/mysql/every-type.ts'
import type { CorpusExport, Writing } from '../export.ts'
import {
  anyTextLayout,
  bytes,
  CHARACTER_SETS,
  diceOf,
  hardTable,
  numbered,
  someOf,
  textsTable,
} from './choices.ts'

const COLUMNS = COLUMN_NAMES.filter(name => !OF_MYSQL.includes(name))
const TEXTS = COLUMNS.filter(name => !BINARY.includes(name))
const RANDOM_LAYOUTS = 42

function text(name: string, query: string, writing: Omit<Writing, 'format'> = {}): CorpusExport {
  return {
    id: `mysql/text/${name}`,
    dialect: 'mysql',
    query,
    writing: { ...writing, format: 'TEXT' },
    witness: 'mariadb-outfile',
  }
}

const columnsOf = (names: readonly string[]): string =>
  `SELECT ${names.map(name => `\`${name}\``).join(', ')} FROM t ORDER BY n`

const types = COLUMNS.map(name => text(`type-${name}`, columnsOf([name])))

const layouts = numbered(RANDOM_LAYOUTS).map(number => {
  const dice = diceOf(`mysql/text/layout-${number}`)
  const layout = anyTextLayout(dice)
  const converted = dice.chance(0.3)
  const query = columnsOf(someOf(dice, converted ? TEXTS : COLUMNS))
  const characterSet = dice.pick(['utf8mb4', 'utf8mb3', 'latin1'])
  return text(`layout-${number}`, query, {
    layout,
    ...(converted && { characterSet }),
    header: dice.chance(0.3),
  })
})

const characterSets = CHARACTER_SETS.flatMap(({ characterSet, texts }) => {
  const query = hardQuery(textsTable(texts), 3, LITERALS.mysql)
  const layout = { fieldsTerminatedBy: bytes('|'), enclosedBy: bytes('"') }
  const named = `SELECT c0 AS \`${texts[0]}\`, c1 AS \`${texts[1]}\` FROM (${query}) named`
  return [
    text(`set-${characterSet}`, query, { characterSet }),
    text(`set-${characterSet}-header`, named, { characterSet, layout, header: true }),
  ]
})

const NARROW =
  "SELECT seq AS id, CONCAT('AAAAAAAA', LPAD(seq % 100, 2, '0')) AS a, CONCAT('B\\tB', seq % 97) AS b"
const WIDE = `SELECT seq * 7919 AS id, IF(seq % 5 = 0, NULL, CONCAT('title\\n', seq)) AS title,
  REPEAT('clean words ', seq % 12) AS note, CONCAT('C:\\\\', seq) AS path, seq / 7 AS amount, UNHEX(SHA1(seq)) AS raw`
const QUOTED = { fieldsTerminatedBy: bytes(','), enclosedBy: bytes('"'), optionallyEnclosed: true }

const sizes = [
  text('rows-none', 'SELECT n, vc FROM t WHERE FALSE'),
  text('rows-none-header', 'SELECT n, vc FROM t WHERE FALSE', { header: true }),
  text('rows-none-gzip', 'SELECT n, vc FROM t WHERE FALSE', { compression: 'GZIP' }),
  text('rows-one', 'SELECT 1'),
  text('rows-narrow', `${NARROW} FROM seq_1_to_60000`),
  text('rows-narrow-quoted', `${NARROW} FROM seq_1_to_20000`, { layout: QUOTED, header: true }),
  text('rows-wide', `${WIDE} FROM seq_1_to_12000`),
  text('rows-wide-gzip', `${WIDE} FROM seq_1_to_12000`, { layout: QUOTED, compression: 'GZIP' }),
  text('parts', `${NARROW} FROM seq_1_to_120000`, { maxFileSize: '1 MB' }),
  text('parts-header', `${NARROW} FROM seq_1_to_80000`, { maxFileSize: '1 MB', header: true }),
  text('parts-gzip', `${WIDE} FROM seq_1_to_16000`, {
    maxFileSize: '1.5 MB',
    compression: 'GZIP',
    header: true,
  }),
  text('parts-long-rows', "SELECT seq, REPEAT('x\\ty', 100000) FROM seq_1_to_9", { maxFileSize: '1 MB' }),
  text(
    'columns-many',
    `SELECT ${Array.from({ length: 1000 }, (_, at) => `CONCAT(seq, '\\t', ${at}) AS c${at}`).join(', ')} FROM seq_1_to_40`,
  ),
  text('row-64-kib', "SELECT REPEAT('a\\t', 32768), 'b' UNION ALL SELECT REPEAT('c', 65536), NULL"),
  text('row-64-kib-quoted', "SELECT REPEAT('a\"', 40000), NULL UNION ALL SELECT REPEAT('é', 65536), ''", {
    layout: QUOTED,
  }),
  text(
    'row-16-mib',
    "SELECT REPEAT('0123456789', 900000), REPEAT('é\\t', 3000000), 'end' UNION ALL SELECT 'a', NULL, ''",
  ),
]

const hard = numbered(8).map(number => {
  const dice = diceOf(`mysql/text/hard-${number}`)
  return text(`hard-${number}`, hardQuery(hardTable(dice, 3), 3, LITERALS.mysql), {
    layout: anyTextLayout(dice),
  })
})

export const mysqlText: readonly CorpusExport[] = [...types, ...layouts, ...characterSets, ...sizes, ...hard]
