import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as zlib from 'node:zlib'
import { expect, test } from 'vitest'
import { documentOf, Workspace } from './workspace.ts'

const TASK = `-- @param day date
-- @param pin secret
-- @timeout 2h
CREATE TEMPORARY TABLE t AS SELECT :day AS day, :pin AS pin;

WITH a AS (SELECT 1)
SELECT * FROM a INTO OUTFILE S3 's3://batchquery-s3/output/a';
SELECT 1 INTO OUTFILE S3 './out/b' FORMAT CSV HEADER FIELDS TERMINATED BY ';'
  COMPRESSION GZIP MAXFILESIZE 10 MB MANIFEST ON OVERWRITE ON;
`
const PARAMETERS = ['-p', 'day=2026-11-23', '-p', 'pin=@pin.txt']
/** No server listens there: a login would fail. */
const ENVIRONMENT = { BATCHQUERY_DATABASE: 'mysql://u:geheim@nosuch.invalid/sales' }

async function dryRun(args: readonly string[] = []) {
  const workspace = await Workspace.create()
  await workspace.write('pin.txt', 'verborgen\n')
  const ended = await workspace.runSql(TASK, ['--dry-run', ...PARAMETERS, ...args], {
    environment: ENVIRONMENT,
  })
  expect(await workspace.files('.')).toEqual(['pin.txt', 'task.sql'])
  expect(ended.stdout + ended.stderr).not.toMatch(/geheim|verborgen/)
  return { ended, folder: workspace.folder }
}

test('--json prints the whole plan, and nothing is touched', async () => {
  const { ended, folder } = await dryRun(['--json'])
  expect(ended.code, ended.stderr).toBe(0)
  const exported = { characterSet: null, encryption: null, partitionBy: null, single: false }
  expect(documentOf(ended)).toEqual({
    dryRun: true,
    task: {
      uri: pathToFileURL(join(folder, 'task.sql')).href,
      sha256: createHash('sha256').update(TASK).digest('hex'),
    },
    engine: 'local',
    store: join(folder, '.batchquery/store'),
    bucket: 'batchquery-s3',
    database: { name: null, url: 'mysql://u:***@nosuch.invalid/sales', dialect: 'mysql' },
    strings: 'backslash escapes, double quotes are strings: the default sql_mode',
    timeoutSeconds: 7200,
    params: { day: '2026-11-23', pin: '***' },
    statements: [
      { number: 1, line: 4, kind: 'CREATE', export: null },
      {
        number: 2,
        line: 6,
        kind: 'SELECT',
        export: {
          ...exported,
          uri: 's3://batchquery-s3/output/a',
          format: 'TEXT',
          header: false,
          layout: {},
          compression: 'NONE',
          maxPartBytes: 6 * 1024 ** 3,
          rowGroupBytes: null,
          manifest: 'OFF',
          overwrite: 'OFF',
        },
      },
      {
        number: 3,
        line: 8,
        kind: 'SELECT',
        export: {
          ...exported,
          uri: pathToFileURL(join(folder, 'out/b')).href,
          format: 'CSV',
          header: true,
          layout: { fieldsTerminatedBy: ';' },
          compression: 'GZIP',
          maxPartBytes: 10 * 1024 ** 2,
          rowGroupBytes: null,
          manifest: 'ON',
          overwrite: 'ON',
        },
      },
    ],
  })
})

test('the text has the same plan, with the name of the database', async () => {
  const workspace = await Workspace.create()
  await workspace.write(
    'batchquery.yaml',
    'databases: { sales: { url: "postgres://u:geheim@nosuch.invalid/d" } }',
  )
  const { code, stdout, stderr } = await workspace.runSql("SELECT 1 INTO OUTFILE S3 's3://b/k' FORMAT CSV", [
    ...['--dry-run', '-d', 'sales', '--timeout', '90s'],
  ])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^database {3}sales: postgres:\/\/u:\*{3}@nosuch\.invalid\/d$/m)
  expect(stdout).toMatch(/^timeout {4}90 s$/m)
  expect(stdout).toMatch(/^1 {10}line 1: SELECT to s3:\/\/b\/k \(FORMAT CSV, COMPRESSION NONE, .*6 GiB\)$/m)
})

test.each<[sql: string, code: number, message: RegExp, ...args: string[]]>([
  ['SELECT 1 INTO OUTFILE S3', 1, /^error: .*line 1/m],
  ['SELECT :nosuch', 2, /^error: .*nosuch/m],
  ['', 1, /^error: .*is empty/m],
  ['SELECT 1', 2, /cannot be used with/, '--detach'],
])('an invalid task is refused: %j', async (sql, code, message, ...args) => {
  const workspace = await Workspace.create()
  const ended = await workspace.runSql(sql, ['--dry-run', ...args])
  expect(ended).toMatchObject({ code, stdout: '' })
  expect(ended.stderr).toMatch(message)
  expect(await workspace.files('.')).toEqual(['task.sql'])
})

test('a task in the store is planned', async () => {
  const workspace = await Workspace.create()
  await workspace.write('task.sql', 'SELECT 1')
  await workspace.run(['put', 'task.sql'])
  const uri = 's3://batchquery-s3/script/task.sql'
  expect(documentOf(await workspace.run(['run', uri, '--dry-run', '--json']))).toMatchObject({
    task: { uri },
  })
  expect(await workspace.run(['run', `${uri}.sql`, '--dry-run'])).toMatchObject({ code: 3, stdout: '' })
})

test('ZSTD is accepted without a check of this Node when a container runs the task', async () => {
  const workspace = await Workspace.create()
  const args = ['--dry-run', '--engine', 'container', '--json']
  const ended = await workspace.runSql("SELECT 1 INTO OUTFILE S3 's3://b/k' COMPRESSION ZSTD", args)
  expect(documentOf(ended)).toMatchObject({ statements: [{ export: { compression: 'ZSTD' } }] })
})

const PARQUET = "SELECT 1 INTO OUTFILE S3 's3://b/k' FORMAT PARQUET"
/** The compression that this Node writes, which is also that of a local runner. */
const CODEC = 'zstdCompress' in zlib ? 'ZSTD' : 'SNAPPY'

test.each([
  ['', `COMPRESSION ${CODEC}, MANIFEST OFF, OVERWRITE OFF, parts of 256 MiB, row groups of 64 MiB`],
  [
    'COMPRESSION GZIP MAXFILESIZE 10 MB ROWGROUPSIZE 4 MB',
    'COMPRESSION GZIP, MANIFEST OFF, OVERWRITE OFF, parts of 10 MiB, row groups of 4 MiB',
  ],
])('a dry run shows the sizes and the compression when the format is PARQUET %s', async (clauses, shown) => {
  const workspace = await Workspace.create()
  const { code, stdout, stderr } = await workspace.runSql(`${PARQUET} ${clauses}`, ['--dry-run'])
  expect({ code, stderr: stderr.replace(/^nothing is configured.*\n/, '') }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain(`SELECT to s3://b/k (FORMAT PARQUET, ${shown})`)
})

test('a dry run names both compressions when the runner of a PARQUET export may have another Node', async () => {
  const workspace = await Workspace.create()
  const args = ['--dry-run', '--engine', 'container']
  const { stdout } = await workspace.runSql(PARQUET, args)
  expect(stdout).toContain("COMPRESSION ZSTD (SNAPPY if the runner's Node has no ZSTD), MANIFEST OFF")
  expect(documentOf(await workspace.runSql(PARQUET, [...args, '--json']))).toMatchObject({
    statements: [{ export: { compression: 'default', rowGroupBytes: 64 * 1024 ** 2 } }],
  })
})
