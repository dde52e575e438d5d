import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { newerNode } from '../setup/newer-node.ts'
import { documentOf, PROGRAM, Workspace } from './workspace.ts'

const STORE = '.batchquery/store/batchquery-s3'
const PREFIX = 's3://batchquery-s3/output/r'

const statement = (query: string, clauses: string): string =>
  `${query} INTO OUTFILE S3 '${PREFIX}' ${clauses};\n`

const outputs = async (workspace: Workspace): Promise<readonly string[]> =>
  (await workspace.files(STORE)).filter(name => name.startsWith('output/'))

const ROWS = 150_000
const TABLE = `SELECT i, 'name "' || i AS name, i * 1.50 AS price FROM range(${ROWS}) t(i)`

/** The sum of a member over all lines of a file, as jq reads them. */
const sumOf = (file: string, member: string): number =>
  Number(
    execFileSync('jq', ['--null-input', `reduce inputs as $row (0; . + $row.${member})`, file]).toString(),
  )

test('a task exports JSON parts with a manifest, which verify checks and get joins', async () => {
  const workspace = await Workspace.create()
  const ended = await workspace.runSql(statement(TABLE, 'FORMAT JSON MAXFILESIZE 2 MB MANIFEST ON'), [
    '--json',
  ])
  expect(ended.code, ended.stderr).toBe(0)
  expect(documentOf(ended).exports).toMatchObject([{ rows: ROWS, state: 'PUBLISHED' }])
  const parts = (await outputs(workspace)).filter(name => name.endsWith('.json'))
  expect(parts.length).toBeGreaterThan(2)
  const manifest = JSON.parse(await workspace.readObject('output/r.manifest'))
  expect(manifest.entries.map(({ url }: { url: string }) => url)).toEqual(
    parts.map(name => `s3://batchquery-s3/${name}`),
  )
  expect(await workspace.run(['verify', 'r1'])).toMatchObject({ code: 0 })
  expect(await workspace.run(['show', 'r1'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('.json'),
  })
  expect(await workspace.run(['get', 'r1', '--join', 'all.json'])).toMatchObject({ code: 0 })
  const all = join(workspace.folder, 'all.json')
  expect(sumOf(all, 'i')).toBe((ROWS * (ROWS - 1)) / 2)
  expect(sumOf(all, 'price')).toBe((1.5 * ROWS * (ROWS - 1)) / 2)
})

describe('OVERWRITE', () => {
  const MANY = 'SELECT md5(i::VARCHAR) AS a FROM range(150000) t(i)'

  test.each([
    ['FORMAT TEXT MAXFILESIZE 1 MB MANIFEST ON', 'FORMAT JSON', ['output/r.part_00000.json']],
    ['FORMAT JSON COMPRESSION GZIP MAXFILESIZE 1 MB', 'FORMAT CSV', ['output/r.part_00000']],
    [
      'FORMAT PARQUET COMPRESSION NONE MAXFILESIZE 1 MB',
      'FORMAT JSON COMPRESSION GZIP',
      ['output/r.part_00000.json.gz'],
    ],
  ])('ON replaces every object of %s by those of %s', async (before, after, names) => {
    const workspace = await Workspace.create()
    const first = await workspace.runSql(statement(MANY, before))
    expect(first.code, first.stderr).toBe(0)
    await workspace.write('task.sql', statement('SELECT 7 AS a', `${after} OVERWRITE ON`))
    const second = await workspace.run(['run', './task.sql'])
    expect(second.code, second.stderr).toBe(0)
    expect(await outputs(workspace)).toEqual(names)
  })
})

test('a task exports JSON in ZSTD', async () => {
  const workspace = await Workspace.create()
  await workspace.write('task.sql', statement('SELECT 7 AS a', 'FORMAT JSON COMPRESSION ZSTD'))
  const ended = await workspace.startProgram(await newerNode(), [PROGRAM, 'run', './task.sql']).ended
  expect(ended.code, ended.stderr).toBe(0)
  expect(await outputs(workspace)).toEqual(['output/r.part_00000.json.zst'])
  const file = join(workspace.folder, STORE, 'output/r.part_00000.json.zst')
  expect(execFileSync('zstd', ['--decompress', '--stdout', file]).toString()).toBe('{"a":7}\n')
})

test.each([
  [
    "SELECT IF(i = 99999, 'nan', '1')::DOUBLE AS a FROM range(100000) t(i)",
    'FORMAT JSON',
    'column "a", row 100000: the value "nan" is not a number in JSON',
  ],
  ['SELECT 1 AS a, 2 AS a', 'FORMAT JSON', 'two columns of the result are named "a"'],
  ['SELECT 1 AS a', 'FORMAT JSON HEADER', 'FORMAT JSON has no HEADER'],
  ['SELECT 1 AS a', "FORMAT JSON FIELDS TERMINATED BY ','", 'FORMAT JSON has no FIELDS TERMINATED BY'],
  ['SELECT 1 AS a', "FORMAT JSON LINES TERMINATED BY ';'", 'FORMAT JSON has no LINES TERMINATED BY'],
  ['SELECT 1 AS a', 'FORMAT JSON CHARACTER SET latin1', 'FORMAT JSON cannot have CHARACTER SET latin1'],
  ['SELECT 1 AS a', 'FORMAT JSON COMPRESSION SNAPPY', 'FORMAT JSON has no COMPRESSION SNAPPY'],
  ['SELECT 1 AS a', 'FORMAT JSON ROWGROUPSIZE 64 MB', 'FORMAT JSON has no ROWGROUPSIZE'],
])('%s %s fails and leaves nothing', async (query, clauses, message) => {
  const workspace = await Workspace.create()
  const { code, stderr } = await workspace.runSql(statement(query, clauses))
  expect(code).not.toBe(0)
  expect(stderr).toContain(message)
  expect(await outputs(workspace)).toEqual([])
})
