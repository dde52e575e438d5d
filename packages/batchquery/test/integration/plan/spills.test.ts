import { tmpdir } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { warnOfSpills } from '../../../src/statements/spill-warning.ts'
import { freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { openDatabase, serverUrl } from '../postgres/session.ts'
import { into, taskFor } from './forecasts.ts'

let session: Session

beforeAll(async () => {
  session = await openDatabase(serverUrl(await freshPostgresDatabase())).connect('batchquery spill-test')
})

afterAll(() => session?.close())

/** More rows than any disk has, as the planner expects, which does not know the result of the subquery. */
const HUGE = 'SELECT i % 3 AS p, i FROM generate_series(1, 1000000000000000) AS i WHERE (SELECT i > 0)'

async function warnings(sql: string): Promise<readonly string[]> {
  const warned: string[] = []
  const task = await taskFor(session, sql)
  await warnOfSpills(task.stepsIn(session).all, session, text => warned.push(text))
  return warned
}

test('an export warns when the rows of its partitions may not fit into the temporary folder', async () => {
  const [warning, ...others] = await warnings(`SELECT 1;\n${HUGE} ${into('PARTITION BY (p)')}`)
  expect(others).toEqual([])
  expect(warning).toMatch(/^statement 2: the statistics expect \d+ MiB of rows, but /)
  expect(warning).toContain(`${tmpdir()} (TMPDIR)`)
  expect(warning).toContain('ORDER BY')
  expect(warning).toContain('ephemeralStorage')
})

test.each([
  ['has no partitions', `${HUGE} ${into()}`],
  ['has its rows in order', `${HUGE} ORDER BY p ${into('PARTITION BY (p)')}`],
  ['has few rows', `SELECT 1 AS p, 2 AS i ${into('PARTITION BY (p)')}`],
  ['has no estimate yet', `CREATE TEMP TABLE t (p int, i int);\nSELECT * FROM t ${into('PARTITION BY (p)')}`],
])('an export does not warn when it %s', async (_, sql) => {
  expect(await warnings(sql)).toEqual([])
})

test.each([
  ['another column', `${HUGE} ORDER BY i ${into('PARTITION BY (p)')}`],
  ['a window', `SELECT p, rank() OVER (ORDER BY p) AS i FROM (${HUGE}) q ${into('PARTITION BY (p)')}`],
])('an export warns when only %s is ordered', async (_, sql) => {
  expect(await warnings(sql)).toHaveLength(1)
})
