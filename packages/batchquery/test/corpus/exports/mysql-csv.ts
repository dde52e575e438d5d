import { query as hardQuery, LITERALS } from '../../integration/csv/hard-rows.ts'
import { COLUMN_NAMES, OF_MYSQL } from '../../integration/mysql/every-type.ts'
import type { CorpusExport, Writing } from '../export.ts'
import type { WitnessName } from '../witnesses/witness-name.ts'
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

const COLUMNS = COLUMN_NAMES.filter(name => !OF_MYSQL.includes(name))

function csv(
  name: string,
  query: string,
  writing: Omit<Writing, 'format'> = {},
  witness: WitnessName = 'postgres-copy-of-values',
): CorpusExport {
  return { id: `mysql/csv/${name}`, dialect: 'mysql', query, writing: { ...writing, format: 'CSV' }, witness }
}

const columnsOf = (names: readonly string[]): string =>
  `SELECT ${names.map(name => `\`${name}\``).join(', ')} FROM t ORDER BY n`

const types = COLUMNS.map(name => csv(`type-${name}`, columnsOf([name])))

const layouts = numbered(16).map(number => {
  const dice = diceOf(`mysql/csv/layout-${number}`)
  return csv(`layout-${number}`, columnsOf(someOf(dice, COLUMNS)), {
    layout: anyCsvLayout(dice),
    header: dice.chance(0.5),
  })
})

const hard = numbered(8).map(number => {
  const dice = diceOf(`mysql/csv/hard-${number}`)
  const columns = dice.pick([1, 2, 3, 4])
  return csv(`hard-${number}`, hardQuery(hardTable(dice, columns), columns, LITERALS.mysql), {
    layout: anyCsvLayout(dice),
  })
})

const lineEnds = ['\r\n', '\r'].flatMap((lineEnd, kind) =>
  numbered(3).map(number => {
    const name = `line-end-${kind}-${number}`
    const dice = diceOf(`mysql/csv/${name}`)
    const query = hardQuery(hardTable(dice, 3), 3, LITERALS.mysql)
    const layout = { fieldsTerminatedBy: bytes(dice.pick([...',;|'])), linesTerminatedBy: bytes(lineEnd) }
    return csv(name, query, { layout, header: true }, 'postgres-copy-from')
  }),
)

// MariaDB's sjis has no backslash: one is converted to a wide character, by PostgreSQL it is not
const COMMON_SETS = CHARACTER_SETS.filter(({ characterSet }) => characterSet !== 'sjis')

const characterSets = COMMON_SETS.map(({ characterSet, texts }) => {
  const query = hardQuery(textsTable(texts), 3, LITERALS.mysql)
  const named = `SELECT c0 AS \`${texts[0]}\`, c1 AS \`${texts[1]}\`, c2 FROM (${query}) named`
  return csv(`set-${characterSet}`, named, {
    characterSet,
    header: true,
    layout: { fieldsTerminatedBy: bytes('|') },
  })
})

const WIDE = `SELECT seq * 7919 AS id, IF(seq % 5 = 0, NULL, CONCAT('title\\n', seq)) AS title,
  REPEAT('clean words ', seq % 12) AS note, CONCAT('"C":', seq) AS path, seq / 7 AS amount, UNHEX(SHA1(seq)) AS raw`

const sizes = [
  csv('rows-none', 'SELECT n, vc FROM t WHERE FALSE'),
  csv('rows-none-header', 'SELECT n, vc FROM t WHERE FALSE', { header: true }),
  csv(
    'rows-narrow',
    "SELECT seq AS id, CONCAT('AAAAAAAA', seq % 100) AS a, IF(seq % 3, 'b', '') AS b FROM seq_1_to_30000",
  ),
  csv('rows-wide', `${WIDE} FROM seq_1_to_9000`, { header: true }),
  csv('rows-wide-gzip', `${WIDE} FROM seq_1_to_9000`, { compression: 'GZIP' }),
  csv('parts', `${WIDE} FROM seq_1_to_14000`, { maxFileSize: '1 MB' }),
  csv('parts-header-gzip', `${WIDE} FROM seq_1_to_14000`, {
    maxFileSize: '1.25 MB',
    header: true,
    compression: 'GZIP',
  }),
  csv(
    'columns-many',
    `SELECT ${Array.from({ length: 1000 }, (_, at) => `CONCAT(seq, '"', ${at}) AS c${at}`).join(', ')} FROM seq_1_to_20`,
  ),
  csv('row-64-kib', "SELECT REPEAT('a,', 32000) AS a, 'b' AS b UNION ALL SELECT REPEAT('c', 65000), NULL"),
  // a value in pieces is always quoted, which COPY reads and does not write
  csv(
    'row-in-pieces',
    "SELECT REPEAT('clean ', 600000) AS a, REPEAT('\"', 600000) AS b, NULL AS c UNION ALL SELECT '', 'x', 'y'",
    {},
    'postgres-copy-from',
  ),
  csv(
    'row-16-mib',
    "SELECT REPEAT('0123456789', 900000) AS a, REPEAT('é\\t\"', 2300000) AS b, 'end' AS c",
    {},
    'postgres-copy-from',
  ),
  csv('row-64-kib-binary', "SELECT UNHEX(REPEAT('2c22', 40000)) AS a, '' AS b"),
]

export const mysqlCsv: readonly CorpusExport[] = [
  ...types,
  ...layouts,
  ...hard,
  ...lineEnds,
  ...characterSets,
  ...sizes,
]
