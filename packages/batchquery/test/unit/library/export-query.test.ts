import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BatchQueryError } from '../../../src/errors/index.ts'
import { type ExportPlan, planExport, resolveDestination } from '../../../src/export/index.ts'
import { datasetWishes, type ExportOptions, wishesOf } from '../../../src/library/export-query.ts'
import { statementOf } from '../../../src/library/sql.ts'
import {
  type Dialect,
  givesRows,
  parseExport,
  parseType,
  possibleStringRules,
  type Statement,
  splitStatements,
} from '../../../src/sql/index.ts'
import { writeTask } from '../../../src/statements/export-task.ts'
import { planQuery } from '../../../src/statements/plan-query.ts'
import { DirectoryStore } from '../../../src/store/index.ts'
import { cases } from '../../setup/chance.ts'

const places = { store: new DirectoryStore('/nowhere/store'), folder: '/nowhere' }

/** The SQL that a connection takes as a query; null for any other. */
function queryOf(sql: string, dialect: Dialect, rules: number): Statement | null {
  const all = possibleStringRules(dialect)
  try {
    const statement = statementOf(sql, dialect, all[rules % all.length] ?? null)
    return parseExport(statement, dialect) === null && givesRows(statement, dialect) ? statement : null
  } catch (thrown) {
    if (thrown instanceof BatchQueryError) return null
    throw thrown
  }
}

const PIECES = [
  ...["'a'", "'it''s'", "'\\\\'", "'\\''", "'ends in \\'", '"b"', '"b""c"', '`d`', "X'00'", "E'\\n'"],
  ...['$$ ; $$', '-- ;\n', '--', '# é', '/* ; INTO OUTFILE S3 */', '/*! 1 */', '/*!50003 , 2 */', '/*'],
  ...['1', ', ', '(', ')', '(SELECT 2)', ' FROM t', ' FOR UPDATE', ' UNION SELECT 3', ' INTO ', ' OUTFILE '],
  ...[' S3 ', ':x', '@v', ';', ';;', '\n', '\r\n', ' ', 'é', '😀', '\u00a0', "'🙂'", 'DELIMITER //\n', '//'],
]
const queries = fc
  .tuple(
    fc.constantFrom(
      'SELECT ',
      'SELECT 1',
      '(SELECT 1)',
      'VALUES (1)',
      '-- é\nSELECT 1',
      'DELIMITER //\nSELECT 1',
    ),
    fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }),
    fc.constantFrom('', ';', '; ', ';\n-- the end', ' -- the end', '\n/* the end */', '//'),
  )
  .map(([first, pieces, last]) => `${first}${pieces.join('')}${last}`)
const dialects = fc.constantFrom('mysql', 'postgres', 'duckdb')

const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined })
const sizes = fc.constantFrom('1 MB', '6.2 GB', '0.99 MB', '1.5 MB', '5120 GB', '5121 GB', '0 GB')
const types = fc.dictionary(
  fc.constantFrom('id', 'ID', 'a "b"', 'a`b', "it's", 'c\\', ') OVERWRITE ON', ':x', '-- é', '1'),
  fc.constantFrom('INT64', 'INT64 NOT NULL', 'DECIMAL(10,2)', 'DECIMAL(38) NOT NULL', 'TIMESTAMPTZ'),
)
const options: fc.Arbitrary<ExportOptions> = fc
  .record({
    format: optional(fc.constantFrom('TEXT', 'CSV', 'PARQUET', 'PARQUET')),
    header: optional(fc.boolean()),
    overwrite: optional(fc.constantFrom(true, false, 'partitions')),
    manifest: optional(fc.constantFrom(true, false, 'verbose')),
    partitionBy: optional(fc.uniqueArray(fc.constantFrom('a', 'B c', 'd"`'), { minLength: 1 })),
    includePartitionColumns: optional(fc.boolean()),
    maxPartitions: optional(fc.constantFrom(1, 20_000)),
    single: optional(fc.nat(9).map(chance => chance === 0)),
    extension: optional(fc.constantFrom('csv', '.txt')),
    characterSet: optional(fc.constantFrom('utf8mb4', 'latin1', 'binary', 'Default', 'utf16', '1x', 'a_1')),
    compression: optional(fc.constantFrom('NONE', 'GZIP')),
    maxFileSize: optional(sizes),
    types: optional(types),
    invalidDates: optional(fc.constantFrom('NULL', 'ERROR')),
    isMixed: fc.nat(9).map(chance => chance === 0),
  })
  .map(({ isMixed, ...given }) => {
    if (isMixed) return given
    if (given.format === 'PARQUET') return { ...given, header: undefined, characterSet: undefined }
    return { ...given, types: undefined, invalidDates: undefined }
  })
  .map(given => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)))
const destinations = fc.oneof(
  fc.constantFrom(
    's3://b/p',
    's3-eu-west-1://b/p',
    './out/r',
    "./it's",
    './a\\b',
    '',
    '/',
    's3://b',
    './é 🙂/"x"',
  ),
  fc.string({
    minLength: 1,
    unit: fc.constantFrom("'", '"', '\\', '/', 'a', ';', '\n', '-', 'é', '🙂', '$'),
  }),
)

const uncheckedWishes = (to: string, given: ExportOptions) => ({
  ...{ to, format: 'TEXT' as const, header: false },
  ...given,
  ...datasetWishes(given),
  types: Object.entries(given.types ?? {}).map(([column, type]) => ({ column, ...parseType(type) })),
})

/** The code of what was thrown in its place. */
function codeOr<T>(work: () => T): T | string {
  try {
    return work()
  } catch (thrown) {
    return BatchQueryError.from(thrown).code
  }
}

const comparable = ({ destination, compression, format, divided, ...plan }: ExportPlan) => ({
  ...plan,
  isDivided: divided !== undefined,
  format: JSON.stringify(format),
  compression: JSON.stringify(compression),
  destination: { ...destination, store: destination.store.name },
})

/** Plans the export as another process would, from the text of the task. */
function planOfTask(task: string, dialect: Dialect, { stringRules }: Statement) {
  const statements = splitStatements(task, dialect, stringRules)
  expect(statements).toHaveLength(1)
  const exported = parseExport(statements[0], dialect)
  if (exported === null) throw new Error(`no export: ${task}`)
  return planExport(exported, resolveDestination(exported.destination, places))
}

test('the plan of a query and its options equals the plan that is read from the task', () => {
  let plans = 0
  fc.assert(
    fc.property(queries, dialects, fc.nat(3), destinations, options, (sql, dialect, rules, to, given) => {
      const query = queryOf(sql, dialect, rules)
      fc.pre(query !== null)
      const direct = codeOr(() => planQuery(query, dialect, wishesOf(to, given), places))
      if (typeof direct === 'string') {
        const text = codeOr(() => splitStatements(query.text, dialect, query.stringRules)[0]?.text)
        const read = () =>
          planOfTask(writeTask(query.text, dialect, uncheckedWishes(to, given)), dialect, query)
        // Under another delimiter a query may have more than a task can say.
        if (text === query.text) expect(direct).toBe(codeOr(read))
        else expect(['USAGE', 'SQL_SYNTAX']).toContain(direct)
      } else {
        plans++
        expect(comparable(direct.plan)).toEqual(comparable(planOfTask(direct.task(), dialect, query)))
      }
    }),
    { numRuns: cases(3_000), maxSkipsPerRun: 1_000 },
  )
  expect(plans).toBeGreaterThan(500)
})

test.each<[string, string, string, object, string, string]>([
  ['an option', 'SELECT 1', './r', { characterSet: 'utf8 mb4' }, 'USAGE', 'characterSet'],
  ['an option', 'SELECT 1', './r', { maxFileSize: '9999 GB' }, 'SQL_SYNTAX', '"9999 GB"'],
  ['an option', 'SELECT 1', './r', { maxFileSize: '0 MB' }, 'SQL_SYNTAX', '"0 MB"'],
  ['an option', 'SELECT 1', './r', { invalidDates: 'FAIL' }, 'USAGE', 'invalidDates'],
  [
    'an option',
    'SELECT 1',
    './r',
    { types: { id: 'BIGINT' } },
    'USAGE',
    '"BIGINT" for the column "id": line 1',
  ],
  ['an option', 'SELECT 1', './r', { types: { id: 'DECIMAL(39,0)' } }, 'USAGE', 'found "39"'],
  [
    'an option',
    'SELECT 1',
    './r',
    { types: { id: 'INT64' } },
    'UNSUPPORTED_CLAUSE',
    'FORMAT TEXT has no TYPES',
  ],
  [
    'an option',
    'SELECT 1',
    './r',
    { invalidDates: 'NULL' },
    'UNSUPPORTED_CLAUSE',
    'FORMAT TEXT has no INVALID DATES',
  ],
  ['an option', 'SELECT 1', './r', { characterSet: '1a' }, 'SQL_SYNTAX', '"1a"'],
  ['an option', 'SELECT 1', './r', { characterSet: 'utf16' }, 'UNSUPPORTED_CLAUSE', 'utf16'],
  ['a destination', 'SELECT 1', '', {}, 'SQL_SYNTAX', 'empty'],
  ['a destination', 'SELECT 1', 's3://b', {}, 'USAGE', 's3://b'],
  ['a statement', 'SELECT 1\nINTO @x', './r', {}, 'USAGE', 'statement 1 (line 1) is not a query'],
  ['a statement', 'SELECT (1', './r', {}, 'SQL_SYNTAX', 'found one too few'],
  ['a statement', 'DELETE FROM t', './r', {}, 'USAGE', 'statement 1 (line 1) is not a query'],
  ['a statement', 'DELIMITER //\nSELECT 1; SELECT 2//', './r', {}, 'USAGE', 'not several'],
])('an export is refused when %s is wrong: %j to %j with %j', (_, sql, to, given, code, text) => {
  const query = statementOf(sql, 'mysql', null)
  expect(() => planQuery(query, 'mysql', wishesOf(to, given), places)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(text) }),
  )
})
