// The runner as it is shipped, for campaigns: with intervals that are shorter than in life, and killed where the
// campaign says. Plain JavaScript on `dist`, so that it starts as fast as the runner itself.
//
//     runner.mjs run|reap BUCKET KEY '{"intervals": ..., "stallMs": ..., "connect": ..., "kill": ...}'
//
// Everything else comes from the environment, as the runner has it.
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { passwordCredentials } from '../../dist/database/credentials.js'
import { parseDatabaseUrl } from '../../dist/database/url.js'
import { BatchQueryError } from '../../dist/errors/index.js'
import { recoveryIn } from '../../dist/export/index.js'
import { Log, ProgressLine, packageVersion } from '../../dist/platform/index.js'
import { RunStore } from '../../dist/run/index.js'
import { DirectoryStore, S3Store } from '../../dist/store/index.js'
import { runAttempt } from '../../dist/task/runner.js'
import { readRunnerSettings } from '../../dist/task/runner-settings.js'
import { mortal } from './mortal.mjs'

const [command, bucket, key, json] = process.argv.slice(2)
const { intervals, stallMs, connect, kill } = JSON.parse(json)
const environment = process.env
const folder = process.cwd()
const log = new Log('verbose', text => process.stderr.write(text))
const settings = readRunnerSettings([bucket, key], environment, folder)

const operations = []
const openStore = setting => {
  const store =
    setting === 's3' ? new S3Store({ stallMs, onRetry: text => log.warn(text) }) : new DirectoryStore(setting)
  return mortal(store, operations, kill)
}

async function openDatabase(text) {
  const url = parseDatabaseUrl(text)
  const credentials = passwordCredentials(url, environment)
  switch (url.dialect) {
    case 'duckdb': {
      const { DuckdbDatabase } = await import('../../dist/database/duckdb/duckdb-database.js')
      return new DuckdbDatabase(resolve(folder, url.name))
    }
    case 'mysql': {
      const { MysqlDatabase } = await import('../../dist/database/mysql/mysql-database.js')
      return new MysqlDatabase(url, credentials, connect)
    }
    default: {
      const { PostgresDatabase } = await import('../../dist/database/postgres/postgres-database.js')
      return new PostgresDatabase(url, credentials, connect)
    }
  }
}

async function reap() {
  const store = openStore(settings.store)
  const runs = new RunStore(store, settings.homeBucket, { recovery: recoveryIn(store), ...intervals })
  const us = { host: hostname(), pid: process.pid, version: packageVersion() }
  let exitCode = 0
  for await (const { id, state, error } of runs.reap(us, log, { dryRun: false })) {
    log.info(`reaped ${id}: ${state}${error === null ? '' : `, ${error.message}`}`)
    if (error !== null) exitCode = error.exitCode
  }
  return exitCode
}

try {
  const progress = new ProgressLine(null, () => {})
  const runner = { environment, folder, log, progress, openStore, openDatabase, intervals }
  process.exitCode = command === 'reap' ? await reap() : await runAttempt(settings, runner)
} catch (thrown) {
  const error = BatchQueryError.from(thrown)
  log.error(`${error.code}: ${error.message}\n${error.stack}`)
  process.exitCode = error.exitCode
}
process.send?.({ operations })
