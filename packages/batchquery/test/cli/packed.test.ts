import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, inject, onTestFinished, test } from 'vitest'
import { documentOf, Workspace } from './workspace.ts'

const execute = promisify(execFile)
const packageFolder = join(import.meta.dirname, '../..')

/** The package as it would be published, unpacked in a folder from which nothing else can be reached. */
async function unpack(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-packed-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const { stdout } = await execute('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: packageFolder,
  })
  await execute('tar', ['-xzf', join(folder, stdout.trim()), '-C', folder])
  return join(folder, 'package')
}

test('the packed programs run without their dependencies, and name DuckDB as missing', async () => {
  const unpacked = await unpack()
  const workspace = await Workspace.create(join(unpacked, 'bin/batchquery.js'))
  // Compiled code contains the paths of its scripts, so other tests must not load what these programs compile.
  const ownCache = { NODE_COMPILE_CACHE: join(unpacked, '.cache') }
  const version = documentOf(await workspace.run(['version', '--json'], { environment: ownCache }))
  expect(version).toMatchObject({ version: expect.stringMatching(/^\d/), node: process.version })

  const { port, user, password, database, caFile } = inject('mariadb')
  const url = `mysql://${user}@localhost:${port}/${database}?sslmode=verify-full&sslrootcert=${caFile}`
  const environment = { ...ownCache, BATCHQUERY_DATABASE: url, MYSQL_PWD: password }
  await workspace.write('batchquery.yaml', 'bucket: b1')
  const ran = await workspace.runSql("SELECT 7 INTO OUTFILE S3 './out/result'", ['--json'], { environment })
  expect(documentOf(ran)).toMatchObject({ state: 'SUCCEEDED', runner: { version: version.version } })
  expect(await workspace.read('out/result.part_00000')).toBe('7\n')

  const missing = await workspace.run(['query', 'SELECT 1', '-d', 'duckdb::memory:'], {
    environment: ownCache,
  })
  expect(missing).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('@duckdb/node-api') })
})
