import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Dialect } from '../../../src/sql/index.ts'
import { numbers } from '../../setup/mysql-numbers.ts'
import { type Client, runTask, SERVERS } from './servers.ts'

const HEADER = [
  'n int = -5',
  'most int = 2',
  'd decimal = 12.50',
  'day date = 2026-11-23',
  'at date = 2026-11-23T10:00:00.5',
  `j json = {"a": ["it's \\n"]}`,
  'ids int[] = 1,2,-3',
  `names text[] = ["a,b", "it's"]`,
  "t = 'O''Neill \\ 😀'",
]
  .map(declaration => `-- @param ${declaration}\n`)
  .join('')

interface Meaning {
  readonly expression: string
  readonly expected: string
  /** The dialects that a difference concerns. @default - all three */
  readonly dialects?: readonly Dialect[]
}

const MEANINGS: readonly Meaning[] = [
  {
    expression: "CASE WHEN :t = 'O''Neill ' || :t THEN 1 ELSE 2 END",
    expected: '2',
    dialects: ['postgres', 'duckdb'],
  },
  { expression: '1 -:n', expected: '6' },
  { expression: '- :n', expected: '5' },
  { expression: '10+:n', expected: '5' },
  { expression: ':d * 2', expected: '25.00' },
  { expression: 'CASE WHEN -3 IN (:ids) AND 3 NOT IN (:ids) THEN 1 END', expected: '1' },
  { expression: "CASE WHEN 'a,b' IN (:names) AND 'a' NOT IN (:names) THEN 1 END", expected: '1' },
  { expression: "CASE WHEN :day < :at AND :at > '2026-11-23' THEN 1 END", expected: '1' },
  { expression: 'EXTRACT(MONTH FROM :day)', expected: '11' },
  {
    expression: '(SELECT COUNT(*) FROM (SELECT 1 UNION SELECT 2 UNION SELECT 3 LIMIT :most) x)',
    expected: '2',
  },
  { expression: "UPPER(CONCAT(:t, 'x'))", expected: "O'NEILL \\ 😀X" },
  { expression: "JSON_UNQUOTE(JSON_EXTRACT(:j, '$.a[0]'))", expected: "it's \n", dialects: ['mysql'] },
  { expression: ":j->'a'->>0", expected: "it's \n", dialects: ['postgres', 'duckdb'] },
  { expression: ':n::text', expected: '-5', dialects: ['postgres', 'duckdb'] },
  { expression: "format('%s', :t)", expected: "O'Neill \\ 😀", dialects: ['postgres'] },
  { expression: "jsonb_build_object('a', :t) ->> 'a'", expected: "O'Neill \\ 😀", dialects: ['postgres'] },
  { expression: 'pg_typeof(:j)', expected: 'jsonb', dialects: ['postgres'] },
  { expression: "(ARRAY[:ids])[3] + date_part('day', :day)", expected: '20', dialects: ['postgres'] },
  { expression: 'typeof(:j)', expected: 'JSON', dialects: ['duckdb'] },
  { expression: '([:ids])[-1]', expected: '-3', dialects: ['duckdb'] },
  { expression: "{'a': :t}.a", expected: "O'Neill \\ 😀", dialects: ['duckdb'] },
]

describe.each(SERVERS)('$dialect', ({ dialect, connect }) => {
  let client: Client
  beforeAll(async () => {
    client = await connect()
  })
  afterAll(() => client.close())

  const meanings = MEANINGS.filter(({ dialects }) => dialects?.includes(dialect) ?? true)
  it.each(meanings)('$expression is $expected', async ({ expression, expected }) => {
    expect(await runTask(client, dialect, `${HEADER}SELECT ${expression}`)).toEqual([expected])
  })

  it('finds a month of dates by their literals', async () => {
    const task = `-- @param from date = 2026-11-01\n-- @param until date = 2026-12-01
      CREATE TEMPORARY TABLE sold (sold_on date, sold_at timestamp NULL);
      INSERT INTO sold VALUES (:from, :from), ('2026-11-30', '2026-11-30 23:59:59'), (:until, :until);
      SELECT COUNT(*) FROM sold WHERE sold_on >= :from AND sold_on < :until AND sold_at < :until`
    expect(await runTask(client, dialect, task)).toEqual(['2'])
  })
})

describe('text next to columns of other character sets and collations, on mysql', () => {
  const [mysql] = SERVERS
  if (mysql === undefined) throw new Error('no server')
  let client: Client
  beforeAll(async () => {
    client = await mysql.connect()
  })
  afterAll(() => client.close())

  it.each([
    'latin1',
    'latin1 COLLATE latin1_german2_ci',
    'utf8mb3 COLLATE utf8mb3_bin',
    'gbk',
    'ucs2',
    'utf8mb4 COLLATE utf8mb4_unicode_520_ci',
  ])('%s: the index is used, nothing is mixed', async collation => {
    const column = `v VARCHAR(50) CHARACTER SET ${collation}, KEY (v)`
    const numbered = `SELECT CONCAT('v', seq) v FROM ${numbers(500)}`
    await client.run('DROP TEMPORARY TABLE IF EXISTS words')
    await client.run(`CREATE TEMPORARY TABLE words (${column}) ${numbered} UNION ALL SELECT 'é'`)
    const where = 'FROM words WHERE v = :v AND v IN (:list) AND v BETWEEN :v AND :v AND v LIKE :v'
    for (const v of ['v7', 'é']) {
      const task = (select: string) => `-- @param list text[] = v7,é,v9\n${select} ${where}`
      expect(await runTask(client, 'mysql', task('SELECT COUNT(*)'), { v })).toEqual(['1'])
      const [, , , , , key] = await runTask(client, 'mysql', task('EXPLAIN SELECT *'), { v })
      expect(key).toBe('v')
    }
  })
})
