import { beforeAll, expect, test } from 'vitest'
import { freshDatabase, runAsAdmin } from '../../setup/mariadb-client.ts'
import { ownClient } from '../../setup/own-client.ts'
import { readInParallel, request } from './parallel-reads.ts'
import { openDatabase, serverUrl } from './session.ts'

/*
 * What an export with PARALLEL asks in the session of the task is not visible to the statements after it. The oracle is the server's own
 * client, which runs the query itself. Only FOUND_ROWS() differs: the session has not read the rows.
 */

const QUERY = 'SELECT id FROM t'

let database: string

beforeAll(async () => {
  database = await freshDatabase()
  await runAsAdmin(
    `USE ${database}`,
    'CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, n INT)',
    'INSERT INTO t (n) VALUES (1), (2), (3)',
  )
})

test.each([
  ['rows changed', [], 'SELECT ROW_COUNT()'],
  ['the last id', ['INSERT INTO own (n) VALUES (5), (6)'], 'SELECT LAST_INSERT_ID(), @@identity'],
  ['an id of its own', ['SELECT LAST_INSERT_ID(77)'], 'SELECT LAST_INSERT_ID()'],
  ['warnings', ["SELECT CAST('12abc' AS SIGNED)"], 'SELECT @@warning_count, @@error_count'],
  ['the list of warnings', ["SELECT CAST('12abc' AS SIGNED)"], 'SHOW WARNINGS'],
  ['user variables', ['SET @x = 5, @y = NULL'], 'SELECT @x, @y'],
  [
    'settings',
    ["SET sql_mode = 'ANSI', time_zone = '+03:00'"],
    'SELECT @@sql_mode, @@time_zone, @@autocommit',
  ],
  ['temporary tables', ['CREATE TEMPORARY TABLE mine SELECT 8 AS n'], 'SELECT n FROM mine'],
  [
    'locks and times',
    ['SET lock_wait_timeout = 77, timestamp = 1700000000'],
    'SELECT @@lock_wait_timeout, NOW()',
  ],
])('%s are those of the task after an export with PARALLEL', async (_, before, question) => {
  const start = ['CREATE TEMPORARY TABLE own (id INT PRIMARY KEY AUTO_INCREMENT, n INT)', ...before]
  const printed = (...statements: string[]) => ownClient([...start, ...statements].join(';\n'), database)
  const answer = (await printed(QUERY, question)).slice((await printed(QUERY)).length)
  const session = await openDatabase(serverUrl(database)).connect('batchquery unseen-test')
  try {
    for (const sql of start) await session.execute(sql, 0)
    const { ranges } = await readInParallel(database, request(QUERY), { session })
    expect(ranges.flat()).toHaveLength(3)
    const { results } = await session.execute(question, 100)
    const rows = (results[0]?.rows ?? []).map(row => `${row.map(value => value ?? 'NULL').join('\t')}\n`)
    expect(rows.join('')).toBe(answer)
  } finally {
    await session.close()
  }
})
