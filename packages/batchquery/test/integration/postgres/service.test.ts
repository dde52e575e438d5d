import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, inject, onTestFinished, test } from 'vitest'
import { openDatabase, readSettings } from '../../../src/config/index.ts'
import { freshPostgresDatabase } from '../../setup/postgres-client.ts'

const run = promisify(execFile)

const SHOW =
  "SELECT current_user || ' ' || current_database() || ' ' || (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid())"

async function serviceFile(lines: readonly string[]): Promise<NodeJS.ProcessEnv> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-service-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'services'), `[other]\nhost=nowhere.invalid\n[main]\n${lines.join('\n')}\n`)
  return { PGSERVICEFILE: join(folder, 'services'), PGSERVICE: 'main', HOME: folder, PATH: process.env.PATH }
}

async function ours(url: string, environment: NodeJS.ProcessEnv): Promise<string | null> {
  const { database } = readSettings({ database: url }, environment, '/')
  const session = await (await openDatabase(database, environment, '/')).connect('batchquery service')
  try {
    return (await session.execute(SHOW, 1)).results[0].rows[0][0]
  } finally {
    await session.close()
  }
}

const psql = async (environment: NodeJS.ProcessEnv): Promise<string> =>
  (await run('psql', ['-X', '-q', '-A', '-t', '-c', SHOW], { env: environment })).stdout.trim()

test('batchquery logs in by a service as psql does: over TLS, and through a socket', async () => {
  const { port, user, password, caFile, socket } = inject('postgres')
  const database = await freshPostgresDatabase()
  const login = [`port=${port}`, `user=${user}`, `password=${password}`, `dbname=${database}`]
  const overTls = await serviceFile([
    'host=localhost',
    ...login,
    'sslmode=verify-full',
    `sslrootcert=${caFile}`,
    'connect_timeout=10',
  ])
  expect(await ours('postgres:', overTls)).toBe(`${user} ${database} true`)
  expect(await ours('postgres://?service=main', overTls)).toBe(await psql(overTls))
  const local = await serviceFile([`host=${socket}`, ...login])
  expect(await ours('postgres:', local)).toBe(`${user} ${database} false`)
  expect(await ours('postgres:', local)).toBe(await psql(local))
})
