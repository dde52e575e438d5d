import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type MariadbServer, startOwnMariadb } from '../setup/mariadb.ts'
import { type PostgresServer, startOwnPostgres } from '../setup/postgres.ts'
import { mysql80, mysqlOfDebian, placeIn } from './programs.ts'

/*
 * npm run test:versions: the tests of the databases (vitest.versions.config.ts), on one server after the other. Its
 * arguments are NAME=FOLDER, as scripts/versions.mjs has fetched them.
 */

interface Running {
  /** The variables by which the tests find the server. */
  readonly environment: Readonly<Record<string, string>>
  readonly stop: () => Promise<void>
}

async function start(name: string, cached: string): Promise<Running> {
  if (name.startsWith('postgres-')) {
    const programs = async (folder: string) => join(await placeIn(folder, cached), 'bin')
    const { server, stop } = await startOwnPostgres({ programs })
    return { environment: { BATCHQUERY_TEST_POSTGRES_URL: postgresUrl(server) }, stop }
  }
  const place = name === 'mysql-8.0' ? mysql80 : mysqlOfDebian
  const { server, stop } = await startOwnMariadb({ programs: folder => place(folder, cached) })
  return { environment: { BATCHQUERY_TEST_MYSQL_URL: mysqlUrl(server) }, stop }
}

const mysqlUrl = (server: MariadbServer): string =>
  urlOf('mysql', server, [
    ['socket', server.socket],
    ['sslrootcert', server.caFile],
    ['outfileDir', server.outfileDir],
    ...server.client.map((word): [string, string] => ['client', word]),
  ])

const postgresUrl = (server: PostgresServer): string =>
  urlOf('postgres', server, [
    ['socket', server.socket],
    ['sslrootcert', server.caFile],
    ['copyDir', server.copyDir],
  ])

function urlOf(
  scheme: string,
  { user, password, host, port, database }: MariadbServer | PostgresServer,
  settings: [string, string][],
): string {
  return `${scheme}://${user}:${password}@${host}:${port}/${database}?${new URLSearchParams(settings)}`
}

/** Whether every test passed. */
async function test(environment: Running['environment']): Promise<boolean> {
  const vitest = join(import.meta.dirname, '../../../../node_modules/vitest/vitest.mjs')
  const root = join(import.meta.dirname, '../..')
  const args = [vitest, 'run', '--root', root, '--config', 'vitest.versions.config.ts']
  // A URL from the caller would name another server.
  const { BATCHQUERY_TEST_MYSQL_URL: _, BATCHQUERY_TEST_POSTGRES_URL: __, ...inherited } = process.env
  const tests = spawn(process.execPath, args, { env: { ...inherited, ...environment }, stdio: 'inherit' })
  const [code] = await once(tests, 'exit')
  return code === 0
}

async function tryOn(name: string, cached: string): Promise<boolean> {
  console.log(`\n== ${name}`)
  try {
    const { environment, stop } = await start(name, cached)
    return await test(environment).finally(stop)
  } catch (error) {
    console.error(error)
    return false
  }
}

const outcomes: (readonly [name: string, passed: boolean])[] = []
for (const argument of process.argv.slice(2)) {
  const [name = '', cached = ''] = argument.split(/=(.*)/s)
  outcomes.push([name, await tryOn(name, cached)])
}
console.log(`\n${outcomes.map(([name, passed]) => `${name}: ${passed ? 'passed' : 'FAILED'}`).join('\n')}`)
if (outcomes.some(([, passed]) => !passed)) process.exitCode = 1
