import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { Workspace } from './workspace.ts'

const SALES = `SELECT * FROM (VALUES (1, 'de', DATE '2026-01-01', 1.50), (2, NULL, DATE '2026-01-01', 2.50),
  (3, 'de', DATE '2026-01-02', 3.50), (4, '', DATE '2026-01-02', 4.50), (5, 'Ö/%=', DATE '2026-01-01', 5.50)) t(id, country, day, price)`
const TASK = (clauses: string, sales = SALES): string =>
  `${sales} INTO OUTFILE S3 './out/sales' FORMAT CSV HEADER PARTITION BY (day, country) ${clauses}`
const DUCKDB = { environment: { BATCHQUERY_DATABASE: 'duckdb::memory:' } }

const TREE = [
  'sales/day=2026-01-01/country=__HIVE_DEFAULT_PARTITION__/part_00000.csv',
  'sales/day=2026-01-01/country=de/part_00000.csv',
  'sales/day=2026-01-01/country=Ö%2F%25%3D/part_00000.csv',
  'sales/day=2026-01-02/country=/part_00000.csv',
  'sales/day=2026-01-02/country=de/part_00000.csv',
]

async function rowsOf(glob: string): Promise<unknown[]> {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  const read = `SELECT id, country, day::VARCHAR AS day, price FROM read_csv('${glob}', hive_partitioning = true) ORDER BY id`
  const reader = await connection.runAndReadAll(read)
  const rows = reader.getRowsJson()
  connection.closeSync()
  instance.closeSync()
  return rows
}

test('a partitioned result is run, shown, listed, verified, downloaded and replaced', async () => {
  const workspace = await Workspace.create()
  const run = async (id: string, sql: string) => {
    await workspace.write('task.sql', sql)
    return workspace.run(['run', 'task.sql', '--run-id', id], DUCKDB)
  }
  expect(await run('r1', TASK("EXTENSION 'csv' MANIFEST VERBOSE"))).toMatchObject({ code: 0 })
  const files = async () => (await workspace.files('out')).filter(path => path.includes('part_')).toSorted()
  expect(await files()).toEqual(TREE.toSorted())
  const rows = [
    ['1', 'de', '2026-01-01', 1.5],
    ['2', null, '2026-01-01', 2.5],
    ['3', 'de', '2026-01-02', 3.5],
    ['4', '', '2026-01-02', 4.5],
    ['5', 'Ö/%=', '2026-01-01', 5.5],
  ]
  expect(await rowsOf(join(workspace.folder, 'out/sales/*/*/*.csv'))).toEqual(rows)

  const shown = await workspace.run(['show', 'r1'], DUCKDB)
  expect(shown.stdout).toContain('out/sales/day=2026-01-01/country=de/part_00000.csv')
  expect(await workspace.run(['ls'], DUCKDB)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/r1 +SUCCEEDED .* 5 +35 B/),
  })
  expect(await workspace.run(['verify', 'r1'], DUCKDB)).toMatchObject({ code: 0 })
  const manifest = JSON.parse(await readFile(join(workspace.folder, 'out/sales.manifest'), 'utf8'))
  expect(manifest.entries[0]).toMatchObject({ meta: { partition: { day: '2026-01-01', country: null } } })
  // The URL of a file escapes the escape character.
  const urls = manifest.entries.map(({ url }: { url: string }) => url)
  expect(urls[2]).toMatch(/^file:.*\/country=%C3%96%252F%2525%253D\/part_00000\.csv$/)

  expect(await workspace.run(['get', 'r1', 'copy'], DUCKDB)).toMatchObject({ code: 0 })
  expect(await rowsOf(join(workspace.folder, 'copy/*/*/*.csv'))).toEqual(rows)
  const headed = await workspace.run(['head', 'r1', '--json', '-n', '1'], DUCKDB)
  expect(headed.stdout).toContain('"country":null')
})

test('OVERWRITE replaces all partitions, some, or none', async () => {
  const workspace = await Workspace.create()
  const files = async () => (await workspace.files('out')).filter(path => path.includes('part_')).toSorted()
  const run = async (id: string, sql: string) => {
    await workspace.write('task.sql', sql)
    return workspace.run(['run', 'task.sql', '--run-id', id], DUCKDB)
  }
  expect(await run('r1', TASK("EXTENSION 'csv'"))).toMatchObject({ code: 0 })
  expect(await run('r2', TASK(''))).toMatchObject({
    code: 5,
    stderr: expect.stringContaining('already has a result'),
  })
  const second = `SELECT * FROM (${SALES}) WHERE day = DATE '2026-01-02'`
  expect(
    await run('r3', TASK("OVERWRITE PARTITIONS COMPRESSION GZIP EXTENSION 'csv'", second)),
  ).toMatchObject({ code: 0 })
  expect(await files()).toEqual([...TREE.slice(0, 3), ...TREE.slice(3).map(path => `${path}.gz`)].toSorted())
  expect(await workspace.run(['verify', 'r3'], DUCKDB)).toMatchObject({ code: 0 })
  const empty = `SELECT * FROM (${SALES}) WHERE id > 9`
  expect(await run('r4', TASK('OVERWRITE ON', empty))).toMatchObject({ code: 0 })
  expect(await workspace.files('out')).toEqual(['sales.manifest'])
  expect(await workspace.run(['verify', 'r4'], DUCKDB)).toMatchObject({ code: 0 })
  const shown = await workspace.run(['show', 'r4'], DUCKDB)
  expect(shown.stdout).toContain('sales.manifest')
  expect(await workspace.run(['get', 'r4', 'copy'], DUCKDB)).toMatchObject({ code: 0, stdout: '' })
})

test('a run with a clause that PARTITION BY cannot have ends with one message, and leaves nothing', async () => {
  const workspace = await Workspace.create()
  const cases = [
    ['SINGLE ON', 'an export cannot have SINGLE ON and PARTITION BY'],
    ['MAXPARTITIONS 3', 'MAXPARTITIONS is 3'],
    ['SINGLE ON MAXFILESIZE 1 GB', 'an export cannot have SINGLE ON and PARTITION BY'],
  ] as const
  for (const [clauses, message] of cases) {
    await workspace.write('task.sql', TASK(clauses))
    const ended = await workspace.run(['run', 'task.sql'], DUCKDB)
    expect(ended.code).not.toBe(0)
    expect(ended.stderr).toContain(message)
    expect(await workspace.files('out').catch(() => [])).toEqual([])
  }
})
