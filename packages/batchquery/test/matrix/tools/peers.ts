import { execFile } from 'node:child_process'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { MariadbServer } from '../../setup/mariadb.ts'
import type { PostgresServer } from '../../setup/postgres.ts'
import type { Servers } from '../servers.ts'
import { runProgram } from './run-program.ts'
import type { Job, Tool, Written } from './tool.ts'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '../../../../..')
/** The folder of a program's packages, in one named by the versions. `node scripts/setup.mjs --peers` installs them. */
const CACHE = join(ROOT, '.cache/witnesses')

/** The folder that the setup installed, or null. */
export async function installed(name: string): Promise<string | null> {
  const entries = await readdir(join(CACHE, name)).catch(() => [])
  const found = entries.find(entry => !entry.endsWith('.unfinished'))
  return found === undefined ? null : join(CACHE, name, found)
}

type Server = MariadbServer | PostgresServer
type ServerDatabase = 'mysql' | 'postgres'

const serverOf = (servers: Servers, database: ServerDatabase): Server => servers[database]

function serverDatabase({ database }: Job): ServerDatabase {
  if (database === 'duckdb') throw new Error('the tool reads servers alone')
  return database
}

/** With the password, because the tools take it nowhere else. */
function urlOf(servers: Servers, database: ServerDatabase, scheme: string = database): string {
  const { user, password, port, database: name } = serverOf(servers, database)
  return `${scheme}://${user}:${password}@127.0.0.1:${port}/${name}`
}

const withTls = (servers: Servers, database: ServerDatabase): string =>
  `${urlOf(servers, database)}${database === 'postgres' ? '?sslmode=require' : ''}`

/** DuckDB with its extensions for MySQL and PostgreSQL. @param duckdbFile a database that no other process uses */
export async function duckdb(servers: Servers, duckdbFile: string): Promise<Tool | null> {
  const packages = await installed('peers')
  if (packages === null) return null
  const environment = { PYTHONPATH: packages }
  return {
    name: 'duckdb',
    version: await pythonVersion('duckdb', packages),
    databases: ['mysql', 'postgres', 'duckdb'],
    reader: 'pyarrow',
    write: ({ database, table, folder }) => {
      const address = database === 'duckdb' ? duckdbFile : withTls(servers, database)
      const file = join(folder, 'result.parquet')
      const script = join(import.meta.dirname, 'duckdb_export.py')
      const argv = ['python3', script, database, address, table, file, folder] as const
      return runProgram({ argv, environment, folder })
    },
  }
}

export async function connectorx(servers: Servers): Promise<Tool | null> {
  const packages = await installed('peers')
  if (packages === null) return null
  return {
    name: 'connectorx',
    version: await pythonVersion('connectorx', packages),
    databases: ['mysql', 'postgres'],
    // It writes by pyarrow.
    reader: 'duckdb',
    write: job => {
      const { table, folder } = job
      const file = join(folder, 'result.parquet')
      const url = withTls(servers, serverDatabase(job))
      const script = join(import.meta.dirname, 'connectorx_export.py')
      const environment = { PYTHONPATH: packages }
      return runProgram({ argv: ['python3', script, url, table, file], environment, folder })
    },
  }
}

async function pythonVersion(module: string, packages: string): Promise<string> {
  const code = `import importlib.metadata as m; print(m.version("${module}"))`
  const { stdout } = await run('python3', ['-c', code], { env: { ...process.env, PYTHONPATH: packages } })
  return stdout.trim()
}

export async function odbc2parquet(servers: Servers): Promise<Tool | null> {
  const folder = await installed('odbc2parquet')
  if (folder === null) return null
  const program = join(folder, 'bin/odbc2parquet')
  const libraries = join(folder, 'odbc/usr/lib/x86_64-linux-gnu')
  const environment = { LD_LIBRARY_PATH: libraries }
  return {
    name: 'odbc2parquet',
    version: await programVersion(program, environment),
    databases: ['mysql', 'postgres'],
    reader: 'pyarrow',
    write: job => {
      const connection = odbcConnection(servers, serverDatabase(job), join(libraries, 'odbc'))
      const file = join(job.folder, 'result.parquet')
      return runProgram({
        argv: [program, 'query', file, `SELECT * FROM ${job.table}`],
        environment: { ...environment, ODBC_CONNECTION_STRING: connection },
        folder: job.folder,
      })
    },
  }
}

function odbcConnection(servers: Servers, database: ServerDatabase, drivers: string): string {
  const { user, password, port, database: name } = serverOf(servers, database)
  const driver = join(drivers, database === 'mysql' ? 'libmaodbc.so' : 'psqlodbcw.so')
  const tls = database === 'postgres' ? 'SSLmode=require;' : ''
  return `Driver=${driver};Server=127.0.0.1;Port=${port};Database=${name};UID=${user};PWD=${password};${tls}`
}

async function programVersion(program: string, environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const { stdout } = await run(program, ['--version'], { env: { ...process.env, ...environment } })
  return /\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? stdout.trim()
}

export async function rivet(servers: Servers): Promise<Tool | null> {
  const folder = await installed('rivet')
  if (folder === null) return null
  const program = join(folder, 'bin/rivet')
  return {
    name: 'rivet',
    version: await programVersion(program),
    databases: ['mysql', 'postgres'],
    reader: 'pyarrow',
    write: job => writeByRivet(servers, program, job),
  }
}

async function writeByRivet(servers: Servers, program: string, job: Job): Promise<Written> {
  const { table, folder } = job
  const database = serverDatabase(job)
  const source = {
    type: database,
    url_env: 'SOURCE_URL',
    tls: database === 'mysql' ? { mode: 'disable' } : { mode: 'require' },
  }
  const destination = { type: 'local', path: join(folder, 'result') }
  const config = { source, exports: [{ name: table, table, mode: 'full', format: 'parquet', destination }] }
  // JSON is YAML.
  const path = join(folder, 'rivet.yaml')
  await writeFile(path, JSON.stringify(config))
  const environment = {
    SOURCE_URL: urlOf(servers, database, database === 'postgres' ? 'postgresql' : 'mysql'),
  }
  return runProgram({ argv: [program, 'run', '--config', path], environment, folder })
}
