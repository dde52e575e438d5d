import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { statementsWith } from '../setup/mariadb-client.ts'
import { numbers } from '../setup/mysql-numbers.ts'
import { peakMemory } from '../setup/peak-memory.ts'
import { adminPg } from '../setup/postgres-client.ts'
import { duckdb, inShell, mariadb, postgres, query } from './query-databases.ts'
import { type Started, Workspace } from './workspace.ts'

/** The documented limit for streams of any length is 160 MB. */
const MOST_MEMORY = 160

const MILLION = {
  mariadb: [
    mariadb,
    `SELECT seq AS i, CONCAT('the text of row number ', seq) AS t FROM ${numbers(1_000_000)} ORDER BY seq`,
  ],
  postgres: [postgres, "SELECT i, 'the text of row number ' || i AS t FROM generate_series(1, 1000000) i"],
} as const

test.each(
  Object.entries(MILLION).flatMap(([name, [connect, sql]]) =>
    ['tsv', 'json', 'table'].map(format => ({ name, connect, sql, format })),
  ),
)('query prints a million rows of $name as $format in bounded memory', async ({ connect, sql, format }) => {
  const workspace = await Workspace.create()
  const started = workspace.start(['query', sql, '--no-header', '--format', format], {
    environment: await connect(),
    under: inShell('exec "$@" > rows'),
  })
  const [{ code, stderr }, memory] = await Promise.all([started.ended, peakMemory(started.process.pid ?? 0)])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(memory).toBeLessThan(MOST_MEMORY)
  const rows = (await readFile(join(workspace.folder, 'rows'), 'latin1')).trimEnd().split('\n')
  expect(rows).toHaveLength(1_000_000)
  expect(rows.at(-1)).toBe(
    {
      tsv: '1000000\tthe text of row number 1000000',
      json: '{"i":1000000,"t":"the text of row number 1000000"}',
      // Wider than the first thousand rows.
      table: '1000000  the text of row number 1000000',
    }[format],
  )
})

const newMark = (): string => `mark_${crypto.randomUUID().slice(0, 8)}`

/** The statements on the server with a mark. */
async function runningOn(dialect: 'mariadb' | 'postgres', mark: string): Promise<number> {
  if (dialect === 'mariadb') return (await statementsWith(mark)).length
  const admin = await adminPg()
  const { rows } = await admin.query(
    "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state = 'active' AND query LIKE $1",
    [`%${mark}%`],
  )
  await admin.end()
  return rows.length
}

const ENDLESS = [
  {
    dialect: 'mariadb',
    connect: mariadb,
    sql: `SELECT a.seq AS i FROM ${numbers(1_000_000, 'a')}, ${numbers(1_000_000, 'b')}`,
  },
  { dialect: 'postgres', connect: postgres, sql: 'SELECT generate_series(1, 1000000000000) AS i' },
] as const

test.each(ENDLESS)(
  '$dialect: query stops its statement and ends quietly when the reader of stdout goes away',
  async ({ dialect, connect, sql }) => {
    const mark = newMark()
    const workspace = await Workspace.create()
    const { stdout, stderr } = await workspace.run(['query', `/* ${mark} */ ${sql}; SELECT nonsense`], {
      environment: await connect(),
      under: inShell('"$@" | head -1; echo $PIPESTATUS'),
    })
    expect({ stdout, stderr }).toEqual({ stdout: 'i\n0\n', stderr: '' })
    expect(await runningOn(dialect, mark)).toBe(0)
  },
)

test('DuckDB: query ends quietly in every format when the reader of stdout goes away', async () => {
  const environment = await duckdb()
  for (const format of ['tsv', 'csv', 'json', 'table']) {
    const { stdout, stderr } = await (await Workspace.create()).run(
      ['query', 'SELECT * FROM range(1000000000000) t(i)', '--format', format],
      { environment, under: inShell('"$@" | head -3 | tail -1; echo $PIPESTATUS') },
    )
    expect({ stderr, status: stdout.split('\n')[1] }, format).toEqual({ stderr: '', status: '0' })
  }
})

const isRunning = (started: Started, dialect: 'mariadb' | 'postgres', mark: string) =>
  expect.poll(() => runningOn(dialect, mark), { message: started.stderr }).toBeGreaterThan(0)

test.each([
  ['mariadb', 'SELECT SLEEP(1000)', 'SIGINT', 130, mariadb],
  ['mariadb', 'DO SLEEP(1000)', 'SIGTERM', 143, mariadb],
  ['postgres', 'SELECT pg_sleep(1000)', 'SIGINT', 130, postgres],
  ['postgres', 'CREATE TABLE t AS SELECT 1 AS a FROM pg_sleep(1000)', 'SIGTERM', 143, postgres],
] as const)('%s: %s ends also on the server when %s comes', async (dialect, sql, signal, code, connect) => {
  const mark = newMark()
  const workspace = await Workspace.create()
  const started = workspace.start(['query', `/* ${mark} */ ${sql}`], { environment: await connect() })
  await isRunning(started, dialect, mark)
  started.signal(signal)
  expect(await started.ended).toMatchObject({ code, stderr: expect.stringMatching(/^error: .*\(SIG/) })
  expect(await runningOn(dialect, mark)).toBe(0)
})

test('query stops its statement on the server when a row cannot be printed', async () => {
  const mark = newMark()
  const sql = `/* ${mark} */ SELECT a.seq AS i, b.seq AS i FROM ${numbers(1_000_000, 'a')}, ${numbers(1_000_000, 'b')}`
  const { code, stderr } = await query(sql, ['--format', 'json'], await mariadb())
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringContaining('two columns of the result are named "i"'),
  })
  expect(await runningOn('mariadb', mark)).toBe(0)
})
