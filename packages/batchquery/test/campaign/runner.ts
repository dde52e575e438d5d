import { endLeftoverSessions, openDatabase as openAsConfigured } from '../../src/config/index.ts'
import type { ConnectOptions } from '../../src/database/connect-options.ts'
import type { Database } from '../../src/database/database.ts'
import { passwordCredentials } from '../../src/database/password-credentials.ts'
import { parseDatabaseUrl } from '../../src/database/url.ts'
import { BatchQueryError } from '../../src/errors/index.ts'
import { recoveryIn } from '../../src/export/index.ts'
import { Log, ProgressLine } from '../../src/platform/index.ts'
import { type RunIntervals, RunStore, type SessionRecovery, thisRunner } from '../../src/run/index.ts'
import { DirectoryStore, S3Store, type Store } from '../../src/store/index.ts'
import { runAttempt } from '../../src/task/runner.ts'
import { readRunnerSettings } from '../../src/task/runner-settings.ts'
import { type Death, mortal } from './mortal.ts'

/*
 * The runner for campaigns. It has shorter intervals than the real one, and kills itself at the chosen operation.
 *
 *     runner run|reap BUCKET KEY OPTIONS
 *
 * OPTIONS is RunnerOptions as JSON. Everything else comes from the environment, as for the real runner. When it ends, it
 * reports the operations of its store to its parent.
 */
export interface RunnerOptions {
  readonly intervals: Partial<RunIntervals>
  readonly stallMs: number
  readonly connect: ConnectOptions
  /** Null for no kill. */
  readonly kill: Death | null
}

const [command, bucket = '', key = '', json = ''] = process.argv.slice(2)
const { intervals, stallMs, connect, kill }: RunnerOptions = JSON.parse(json)
const environment = process.env
const folder = process.cwd()
const log = new Log('verbose', text => process.stderr.write(text))
const settings = readRunnerSettings([bucket, key], environment, folder)
const operations: string[] = []

function openStore(setting: string): Store {
  const onRetry = (text: string): void => log.warn(text)
  const store = setting === 's3' ? new S3Store({ stallMs, onRetry }) : new DirectoryStore(setting)
  return mortal(store, operations, kill)
}

async function openDatabase(text: string): Promise<Database> {
  const url = parseDatabaseUrl(text)
  const credentials = passwordCredentials(url, environment)
  switch (url.dialect) {
    case 'mysql': {
      const { MysqlDatabase } = await import('../../src/database/mysql/mysql-database.ts')
      return new MysqlDatabase(url, credentials, connect)
    }
    case 'postgres': {
      const { PostgresDatabase } = await import('../../src/database/postgres/postgres-database.ts')
      return new PostgresDatabase(url, credentials, connect)
    }
    case 'duckdb':
      return openAsConfigured(text, environment, folder)
  }
}

async function run(): Promise<number> {
  const progress = new ProgressLine(null, () => {})
  return runAttempt(settings, { environment, folder, log, progress, openStore, openDatabase, intervals })
}

async function reap(): Promise<number> {
  const store = openStore(settings.store)
  const place = { settings: settings.configured, environment, folder, open: openDatabase }
  const endSessions: SessionRecovery = record => endLeftoverSessions(record, place)
  const recovery = recoveryIn(store)
  const runs = new RunStore(store, settings.homeBucket, { recovery, endSessions, ...intervals })
  const us = await thisRunner()
  let exitCode = 0
  for await (const { id, state, error } of runs.reap(us, log, { dryRun: false })) {
    log.info(`reaped ${id}: ${state}${error === null ? '' : `, ${error.message}`}`)
    if (error !== null) exitCode = error.exitCode
  }
  return exitCode
}

async function main(): Promise<void> {
  try {
    process.exitCode = command === 'reap' ? await reap() : await run()
  } catch (thrown) {
    const error = BatchQueryError.from(thrown)
    log.error(`${error.code}: ${error.message}\n${error.stack}`)
    process.exitCode = error.exitCode
  }
  process.send?.({ operations })
}

void main()
