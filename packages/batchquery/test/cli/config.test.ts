import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { freshDatabase } from '../setup/mariadb-client.ts'
import { documentOf, Workspace } from './workspace.ts'

const SEVEN = "SELECT 7 AS a INTO OUTFILE S3 's3://home/output/seven'"

test('init writes a valid file; the record of a run has the name of its database', async () => {
  const workspace = await Workspace.create()
  const path = join(workspace.folder, 'batchquery.yaml')
  const { code, stdout, stderr } = await workspace.run(['init'])
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${path}\n` })
  expect(stderr).toMatch(/^next: /)
  const run = await workspace.runSql('SELECT 1', ['--json'])
  expect(run.stderr).not.toContain('nothing is configured')
  expect(documentOf(run)).toMatchObject({ state: 'SUCCEEDED', request: { database: 'main' } })
  expect(await workspace.files('.batchquery')).toContain('db01.duckdb')
})

test('init replaces nothing without --force', async () => {
  const workspace = await Workspace.create()
  await workspace.write('batchquery.yaml', 'bucket: mine')
  const refused = await workspace.run(['init'])
  expect(refused).toMatchObject({ code: 5, stdout: '' })
  expect(refused.stderr).toMatch(/^error: .*batchquery\.yaml already exists\nhint: .*--force/)
  expect(await workspace.read('batchquery.yaml')).toBe('bucket: mine')
  expect(documentOf(await workspace.run(['init', '--force', '--json']))).toEqual({
    file: join(workspace.folder, 'batchquery.yaml'),
  })
  expect(await workspace.read('batchquery.yaml')).toContain('databases:')
  expect(await workspace.run(['init', 'nosuch'])).toMatchObject({ code: 4, stdout: '' })
})

test('a project has the same settings in its subfolders', async () => {
  const workspace = await Workspace.create()
  await workspace.write('batchquery.yaml', 'bucket: home\nstore: ./buckets')
  await mkdir(join(workspace.folder, 'sql/monthly'), { recursive: true })
  await workspace.write('sql/monthly/task.sql', SEVEN)
  const inside = ['sh', '-c', 'cd sql/monthly && exec "$@"', 'sh']
  const { code, stdout, stderr } = await workspace.run(['run', 'task.sql', '-q'], { under: inside })
  expect(code, stderr).toBe(0)
  expect(stdout).toMatch(/^s3:\/\/home\/output\/seven\.part_00000\t/)
  expect(await workspace.read('buckets/home/output/seven.part_00000')).toBe('7\n')
  expect(documentOf(await workspace.run(['ls', '--json'])).runs).toHaveLength(1)
})

test('a database is found by its name, and its password appears nowhere', async () => {
  const { host, port, user, password } = inject('mariadb')
  const url = `mysql://${user}:${encodeURIComponent(password)}@${host}:${port}/${await freshDatabase()}`
  const workspace = await Workspace.create()
  await workspace.write('other.yaml', `databases:\n  sales: { url: "${url}" }\n`)
  const ended = await workspace.runSql('SELECT 1', ['-d', 'sales', '--config', 'other.yaml', '-v', '--json'])
  expect(ended.code, ended.stderr).toBe(0)
  const document = documentOf(ended)
  expect(document).toMatchObject({ request: { database: 'sales' }, databases: [{ dialect: 'mysql' }] })
  expect(ended.stderr + JSON.stringify(document)).not.toContain(password)
})

test.each([
  ['nosuch: 1', [], /batchquery\.yaml, line 1: unknown key nosuch$/m],
  ['bucket: b', ['-d', 'sales'], /no database has the name "sales"$/m],
  ['bucket: b', ['--config', 'nosuch.yaml'], /cannot read .*nosuch\.yaml: ENOENT/],
])('invalid settings end with 2: %s %j', async (yaml, args, message) => {
  const workspace = await Workspace.create()
  await workspace.write('batchquery.yaml', yaml)
  const { code, stdout, stderr } = await workspace.runSql('SELECT 1', args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(message)
  expect(stderr).toMatch(/^hint: /m)
  expect(await workspace.files('.batchquery')).toEqual([])
})
