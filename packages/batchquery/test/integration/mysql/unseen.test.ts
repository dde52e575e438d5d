import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { cases } from '../../setup/chance.ts'
import { freshDatabase, runAsAdmin } from '../../setup/mariadb-client.ts'
import { ownClient } from '../../setup/own-client.ts'
import { formatPlan } from '../../setup/stream-options.ts'
import { readWithHyparquet } from '../../unit/format/parquet/witnesses.ts'
import { collect, openDatabase, serverUrl } from './session.ts'

/*
 * Nothing that runs between two statements of a task is visible to the later one. The oracle is the server's own client, which
 * runs the same statements and nothing else.
 */

/** A statement of a task. With a format it is an export. */
type Step = string | { readonly format: 'TEXT' | 'CSV' | 'PARQUET'; readonly query: string }

let database: string

beforeAll(async () => {
  database = await freshDatabase()
  await runAsAdmin(
    `USE ${database}`,
    'CREATE TABLE digits (d INT)',
    'INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)',
    'CREATE TABLE counts (n INT)',
    'CREATE PROCEDURE count_before() INSERT INTO counts VALUES (ROW_COUNT())',
    'CREATE PROCEDURE two_results() BEGIN SELECT 1; SELECT 2 UNION SELECT 3; END',
    'CREATE FUNCTION rows_before() RETURNS INT READS SQL DATA RETURN ROW_COUNT()',
  )
})

const START: readonly Step[] = [
  'TRUNCATE counts',
  'CREATE TEMPORARY TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, n INT, s VARCHAR(2))',
  "INSERT INTO t VALUES (1, 0, 'a'), (2, 0, 'b'), (3, 0, 'c')",
  // Before its first SELECT a session of MariaDB has the FOUND_ROWS() of another session.
  'SELECT 1',
]

/** The client and batchquery print the same: one line per row, its values with tabs between them. */
async function bothWays(steps: readonly Step[]): Promise<{ client: string; ours: string }> {
  const all = [...START, ...steps]
  const script = all.map(step => (typeof step === 'string' ? step : step.query)).join('$$\n')
  const client = await ownClient(`DELIMITER $$\n${script}$$\n`, database)
  const session = await openDatabase(serverUrl(database)).connect('batchquery unseen-test')
  try {
    return { client, ours: await runAll(all, session) }
  } finally {
    await session.close()
  }
}

/** Runs the statements like a task. */
async function runAll(steps: readonly Step[], session: Session): Promise<string> {
  const isExport = (step: Step) => typeof step !== 'string'
  const announce = async (from: number): Promise<void> => {
    const next = steps.slice(from).find(isExport)
    if (typeof next === 'object') await session.announce(formatPlan(next))
  }
  const printed: string[] = []
  await announce(0)
  for (const [at, step] of steps.entries()) {
    if (typeof step === 'object') {
      await announce(at + 1)
      const { bytes } = await collect(session, step.query, { format: step.format })
      printed.push(await linesOf(bytes, step.format))
      continue
    }
    const { results } = await session.execute(step, 1000, () => {})
    for (const { rows } of results)
      for (const row of rows) printed.push(`${row.map(value => value ?? 'NULL').join('\t')}\n`)
  }
  return printed.join('')
}

async function linesOf(bytes: Buffer, format: 'TEXT' | 'CSV' | 'PARQUET'): Promise<string> {
  if (format !== 'PARQUET')
    return format === 'CSV' ? bytes.toString().replaceAll(',', '\t') : bytes.toString()
  const rows = await readWithHyparquet(bytes)
  return rows.map(row => `${Object.values(row).join('\t')}\n`).join('')
}

const ASKS = 'SELECT ROW_COUNT(), FOUND_ROWS(), @@warning_count, @@error_count, LAST_INSERT_ID()'
const IGNORED = "INSERT IGNORE INTO t VALUES (2, 1, 'x'), (3, 1, 'y'), (4, 1, 'z')"
const WARNED_ROWS = "SELECT CAST('12abc' AS SIGNED)"

test.each<[string, readonly Step[]]>([
  ['an update', ['UPDATE t SET n = 5 WHERE id < 3', ASKS]],
  ['an update that changes nothing', ["UPDATE t SET s = 'a' WHERE id = 1", ASKS]],
  ['a row count kept in a variable', ['DELETE FROM t', 'SET @n = ROW_COUNT()', 'SELECT @n', ASKS]],
  ['an insert with warnings', [IGNORED, ASKS]],
  ['an insert with warnings that the task lists', [IGNORED, 'SHOW WARNINGS', 'SHOW COUNT(*) WARNINGS', ASKS]],
  [
    'an insert with warnings, by GET DIAGNOSTICS',
    [IGNORED, 'GET DIAGNOSTICS @n = NUMBER, @r = ROW_COUNT', 'SELECT @n, @r', ASKS],
  ],
  ['an insert with warnings, in a procedure', [IGNORED, 'CALL count_before()', 'SELECT n FROM counts', ASKS]],
  ['an insert with warnings, in a function', [IGNORED, 'SELECT rows_before()', ASKS]],
  [
    'an insert that changes on a duplicate',
    ["INSERT INTO t VALUES (2, 0, 'b') ON DUPLICATE KEY UPDATE s = 'b'", ASKS],
  ],
  ['a replace', ["REPLACE INTO t VALUES (2, 0, 'b'), (9, 9, 'n')", ASKS]],
  ['rows with warnings', [WARNED_ROWS, ASKS]],
  ['rows with warnings that the task lists', [WARNED_ROWS, 'SHOW WARNINGS', ASKS]],
  ['SQL_CALC_FOUND_ROWS', ['SELECT SQL_CALC_FOUND_ROWS d FROM digits LIMIT 3', 'SELECT FOUND_ROWS()', ASKS]],
  [
    'SQL_CALC_FOUND_ROWS before other statements',
    ['SELECT SQL_CALC_FOUND_ROWS d FROM digits LIMIT 3', IGNORED, 'SET @x = 1', ASKS],
  ],
  [
    'a table made of rows',
    ['CREATE TEMPORARY TABLE u AS SELECT * FROM digits', ASKS, 'DROP TEMPORARY TABLE u', ASKS],
  ],
  ['a SELECT into variables', ['SELECT 1 INTO @x', ASKS]],
  ['a procedure with results', ['CALL two_results()', ASKS]],
  [
    'prepared statements',
    ["PREPARE p FROM 'UPDATE t SET n = n + 1'", 'EXECUTE p', ASKS, 'DEALLOCATE PREPARE p', ASKS],
  ],
  [
    'a profile',
    [
      'SET profiling = 1',
      IGNORED,
      WARNED_ROWS,
      'SELECT DISTINCT QUERY_ID FROM information_schema.PROFILING',
      'SET profiling = 0',
    ],
  ],
  [
    'a trace of the optimizer',
    [
      "SET optimizer_trace = 'enabled=on'",
      "SELECT d + '1x' FROM digits WHERE d = 7",
      "SELECT COUNT(*), SUM(QUERY LIKE '%digits WHERE d = 7') FROM information_schema.OPTIMIZER_TRACE",
    ],
  ],
  ['a character set that the file is not in', ['SET NAMES latin1', "SELECT HEX('é'), CHAR_LENGTH('é')"]],
  ['an export', [{ format: 'TEXT', query: 'SELECT d FROM digits' }, ASKS]],
  ['an export with warnings', [{ format: 'TEXT', query: WARNED_ROWS }, 'SHOW WARNINGS', ASKS]],
  ['what an export asks', ['UPDATE t SET n = 5', { format: 'TEXT', query: ASKS }]],
  ['what a CSV export asks', ['UPDATE t SET n = 5', { format: 'CSV', query: ASKS }]],
  ['a PARQUET export', [{ format: 'PARQUET', query: 'SELECT d FROM digits' }, ASKS]],
  ['a PARQUET export with warnings', [{ format: 'PARQUET', query: WARNED_ROWS }, 'SHOW WARNINGS', ASKS]],
  ['what a PARQUET export asks', [IGNORED, { format: 'PARQUET', query: ASKS }, ASKS]],
  [
    'what a PARQUET export asks in a function',
    ['UPDATE t SET n = 5', { format: 'PARQUET', query: 'SELECT rows_before(), LAST_INSERT_ID()' }, ASKS],
  ],
  [
    'exports of two kinds',
    [
      { format: 'CSV', query: 'SELECT d FROM digits WHERE d < 2' },
      { format: 'TEXT', query: 'SELECT ROW_COUNT(), @@warning_count' },
      'UPDATE t SET n = 7 WHERE id > 1',
      { format: 'CSV', query: 'SELECT ROW_COUNT(), @@warning_count' },
      IGNORED,
      { format: 'TEXT', query: 'SELECT ROW_COUNT(), @@warning_count' },
    ],
  ],
  [
    'exports of two kinds, the first with warnings',
    [
      { format: 'CSV', query: WARNED_ROWS },
      { format: 'TEXT', query: 'SELECT ROW_COUNT()' },
      { format: 'CSV', query: 'SELECT ROW_COUNT()' },
    ],
  ],
])('the next statement sees the same of %s as in the client', async (_name, steps) => {
  const { client, ours } = await bothWays(steps)
  expect(ours).toBe(client)
  expect(ours).not.toBe('')
})

test('any statements in any order see the same as in the client', async () => {
  const statement = fc.constantFrom<Step>(
    IGNORED,
    WARNED_ROWS,
    'UPDATE t SET n = n + 1 WHERE id < 3',
    "UPDATE IGNORE t SET s = 'too long'",
    'DELETE FROM t WHERE id = 1',
    'INSERT INTO t (n) SELECT d FROM digits',
    'SELECT SQL_CALC_FOUND_ROWS d FROM digits ORDER BY d LIMIT 3',
    'SELECT d FROM digits WHERE d < 0',
    'SET @x = ROW_COUNT()',
    'SELECT @x',
    'SELECT rows_before()',
    'CALL count_before()',
    'CALL two_results()',
    'SHOW WARNINGS',
    'DROP TEMPORARY TABLE IF EXISTS no_such_table',
    'SET NAMES latin1',
    'SET NAMES utf8mb4',
    ASKS,
  )
  const step = fc.oneof(
    { weight: 5, arbitrary: statement },
    { weight: 1, arbitrary: fc.constant<Step>({ format: 'CSV', query: ASKS }) },
    { weight: 1, arbitrary: fc.constant<Step>({ format: 'CSV', query: 'SELECT d FROM digits ORDER BY d' }) },
    { weight: 1, arbitrary: fc.constant<Step>({ format: 'PARQUET', query: ASKS }) },
    {
      weight: 1,
      arbitrary: fc.constant<Step>({ format: 'PARQUET', query: 'SELECT d FROM digits ORDER BY d' }),
    },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 9 }), async steps => {
      const { client, ours } = await bothWays(steps)
      expect(ours).toBe(client)
    }),
    { numRuns: cases(25) },
  )
})
