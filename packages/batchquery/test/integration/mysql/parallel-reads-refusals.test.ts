import type { Connection } from 'mysql2/promise'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { adminConnection, freshDatabase } from '../../setup/mariadb-client.ts'
import { numbers } from '../../setup/mysql-numbers.ts'
import { readInParallel, request } from './parallel-reads.ts'
import { openDatabase, serverUrl } from './session.ts'

let database: string
let admin: Connection

beforeAll(async () => {
  database = await freshDatabase()
  admin = await adminConnection({ database })
  for (const sql of [
    "CREATE TABLE t (id INT PRIMARY KEY, shop INT, at TIMESTAMP NULL, kind ENUM('b', 'a'), name VARCHAR(20), INDEX (shop), INDEX (at), INDEX (kind), INDEX (name(5)))",
    `INSERT INTO t SELECT seq, seq % 9, NOW(), 'a', seq FROM ${numbers(500)}`,
    'CREATE TABLE plain (id INT PRIMARY KEY) ENGINE = MyISAM',
    'CREATE TABLE unkeyed (id INT)',
    'CREATE VIEW seen AS SELECT * FROM t',
    'CREATE VIEW limited AS SELECT id FROM t LIMIT 10',
    'CREATE VIEW timed AS SELECT id, NOW() AS now FROM t',
    'CREATE VIEW behind AS SELECT t.id FROM seen AS t JOIN plain ON plain.id = t.id',
    'CREATE FUNCTION looks_up() RETURNS INT DETERMINISTIC READS SQL DATA RETURN (SELECT COUNT(*) FROM t)',
    'CREATE FUNCTION varies() RETURNS INT NOT DETERMINISTIC NO SQL RETURN 5',
  ])
    await admin.query(sql)
})

afterAll(async () => {
  await admin?.end()
})

const refused = (query: string, by: readonly string[] | null = null) =>
  readInParallel(database, request(query, { by }))

test.each([
  ['SELECT * FROM t ORDER BY id', 'ORDER BY puts the whole result in order'],
  ['SELECT * FROM t LIMIT 5', 'LIMIT chooses rows'],
  ['SELECT * FROM t FOR UPDATE', 'FOR UPDATE'],
  ['SELECT * FROM t LOCK IN SHARE MODE', 'LOCK IN SHARE MODE'],
  ['SELECT COUNT(*) FROM t', 'an aggregate is over the whole result'],
  ['SELECT MAX(id) FROM t WHERE shop = 1', 'an aggregate is over the whole result'],
  ['SELECT id, ROW_NUMBER() OVER (ORDER BY id) FROM t', 'a window function'],
  ['SELECT id, RAND() FROM t', 'RAND() has other values in each session'],
  ['SELECT id, UUID() FROM t', 'UUID() has other values in each session'],
  ['SELECT id, LAST_INSERT_ID() FROM t', 'LAST_INSERT_ID()'],
  ['SELECT id, @@warning_count FROM t', '@@warning_count has other values in each session'],
  ['SELECT id, @@Session.last_insert_id + 1 FROM t', '@@Session.last_insert_id has other values'],
  ['SELECT id, @@local.`identity` FROM t', 'has other values in each session'],
  ['SELECT id, @x FROM t', 'the user variable @x'],
  ['SELECT id, @x := @x + 1 FROM t', 'the user variable @x'],
  ['SELECT SQL_CALC_FOUND_ROWS id FROM t', 'SQL_CALC_FOUND_ROWS'],
  ['SELECT DISTINCT shop FROM t', 'not a SELECT of rows of one table'],
  ['SELECT id FROM (SELECT id FROM t LIMIT 5) AS x', 'LIMIT chooses rows of a query inside the query'],
  ['SELECT id FROM t WHERE id > (SELECT MAX(id) FROM t LIMIT 1)', 'LIMIT chooses rows of a query inside'],
  ['SELECT id FROM t WHERE id IN (SELECT id FROM plain)', 'the engine MyISAM'],
  ['SELECT * FROM limited', 'LIMIT chooses rows of a query inside the query'],
  ['SELECT * FROM timed', 'a view of the query reads the time'],
  ['SELECT * FROM behind', 'the engine MyISAM'],
  ['SELECT shop FROM t GROUP BY shop', 'not a SELECT of rows of one table'],
  ['SELECT id FROM t UNION ALL SELECT id FROM t', 'not a SELECT of rows of one table'],
  ['SELECT a.id FROM t a JOIN t b ON a.id = b.id', 'not a SELECT of rows of one table'],
  ['SELECT a.id FROM t a, t b', 'not a SELECT of rows of one table'],
  ['SELECT id FROM t HAVING id > 3', 'not a SELECT of rows of one table'],
  ['SELECT * FROM seen', 'seen is a view'],
  ['SELECT * FROM plain', 'the engine MyISAM'],
  ['SELECT * FROM unkeyed', 'has no primary key'],
  ['SELECT id, looks_up() FROM t', 'the function looks_up may read tables'],
  ['SELECT id, varies() FROM t', 'the function varies is not DETERMINISTIC'],
])('%s is refused', async (query, reason) => {
  await expect(refused(query)).rejects.toMatchObject({
    code: 'UNSUPPORTED_CLAUSE',
    message: expect.stringContaining(reason),
    hint: expect.stringMatching(/\w/),
  })
})

test.each([
  [['kind'], 'column kind has the type enum'],
  [['name'], 'no index of'],
  [['nothing'], 'the query has no column nothing'],
])('BY %j is refused', async (by, reason) => {
  const session = await openDatabase(serverUrl(database)).connect('batchquery refusal-test')
  onTestFinished(() => session.close())
  const reading = readInParallel(database, request('SELECT id FROM t', { by }), { session })
  await expect(reading).rejects.toMatchObject({
    code: 'UNSUPPORTED_CLAUSE',
    message: expect.stringContaining(reason),
  })
})

test.each([
  [['CREATE TEMPORARY TABLE t (id INT PRIMARY KEY)'], 'SELECT * FROM t', 'is a temporary table'],
  [
    ['START TRANSACTION', "INSERT INTO t (id, name) VALUES (0, 'open')"],
    'SELECT id FROM t',
    'a transaction is open',
  ],
  [['START TRANSACTION WITH CONSISTENT SNAPSHOT'], 'SELECT id FROM t', 'a transaction is open'],
  [['SET sql_select_limit = 10'], 'SELECT id FROM t', 'sql_select_limit is 10'],
])('after %j the export is refused', async (statements, query, reason) => {
  const session = await openDatabase(serverUrl(database)).connect('batchquery refusal-test')
  onTestFinished(() => session.close())
  for (const sql of statements) await session.execute(sql, 0)
  await expect(readInParallel(database, request(query), { session })).rejects.toMatchObject({
    code: 'UNSUPPORTED_CLAUSE',
    message: expect.stringContaining(reason),
  })
})

test.each([
  'SELECT id FROM t -- a comment',
  'SELECT id FROM t AS x WHERE x.shop = 1 OR x.shop = 2 /* OR */',
  "SELECT id, 'ORDER BY' AS `limit` FROM t WHERE name <> 'LIMIT 5';",
  'SELECT ROUND(id / 3), NOW(), UTC_TIMESTAMP() FROM t',
  'SELECT id FROM t WHERE id > 100 AND shop IN (1, 2, 3)',
  'SELECT * FROM t WHERE id = 7',
  'SELECT id FROM t WHERE id IN (SELECT shop FROM t)',
  'SELECT id, (SELECT name FROM t AS o WHERE o.shop = t.shop ORDER BY o.id LIMIT 1) FROM t',
  'SELECT * FROM t WHERE 1 = 0',
  'SELECT id, @@sql_mode, @@global.wait_timeout, @@session.time_zone FROM t',
])('%s is read as a whole', async query => {
  const { ranges } = await readInParallel(database, request(query))
  const session = await openDatabase(serverUrl(database)).connect('batchquery refusal-test')
  onTestFinished(() => session.close())
  const { results } = await session.execute(query.replace(/NOW\(\), UTC_TIMESTAMP\(\)/, '1, 2'), 10_000)
  expect(ranges.flat().length).toBe(results[0]?.rowCount)
})
