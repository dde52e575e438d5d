import { openDatabase } from '../config/index.ts'
import { sessionMark } from '../database/session-mark.ts'
import { isEphemeral, Log, newRunId } from '../platform/index.ts'
import type { ProcessContext } from '../submit/configuration.ts'
import { openHome } from '../submit/home.ts'
import { Connection } from './connection.ts'
import { beginRun } from './export-run.ts'
import { joinedRun } from './joined-run.ts'

/** The settings of a library call. The defaults are those of the command line: environment, batchquery.yaml, default. */
export interface LibraryOptions {
  /** `s3`, or a directory whose folders are the buckets. @default - BATCHQUERY_STORE, or `./.batchquery/store` */
  readonly store?: string
  /** The home bucket, which has the records of runs. @default - BATCHQUERY_BUCKET, or `batchquery-s3` */
  readonly bucket?: string
  /** The name of a stack of batchquery-cdk, whose settings AWS is asked for. @default - BATCHQUERY_STACK, or none; with the engine fargate, if settings are missing, the only one */
  readonly stack?: string
  /** A settings file. @default - `batchquery.yaml` of the folder, or of the nearest parent that has one */
  readonly config?: string
  /** Relative paths start here. @default process.cwd() */
  readonly folder?: string
  /** The variables BATCHQUERY_* and passwords. @default process.env */
  readonly environment?: NodeJS.ProcessEnv
  /** Called with each entry of batchquery's log, which ends with a line feed. @default - the log is dropped */
  readonly log?: (entry: string) => void
}

export interface ConnectOptions extends LibraryOptions {
  /** Aborts the login. */
  readonly signal?: AbortSignal
}

/**
 * The process as the options describe it. The URL of a program may contain a password, so it is passed like that of the environment.
 */
export function contextOf(
  { folder, environment = process.env, log }: LibraryOptions,
  database?: string,
): ProcessContext {
  return {
    folder: folder ?? process.cwd(),
    environment: database === undefined ? environment : { ...environment, BATCHQUERY_DATABASE: database },
    log: new Log('normal', log ?? (() => {})),
  }
}

/**
 * Connects to a database and logs in. The process does not end by itself until the connection is closed.
 *
 * @param database - a name of batchquery.yaml or a URL: `mysql://user@host/db`, `postgres://user@host/db`, `duckdb:path`,
 *   `duckdb::memory:`. The default is BATCHQUERY_DATABASE, then the database of batchquery.yaml, then the embedded
 *   `.batchquery/db01.duckdb`
 * @throws CONFIG, USAGE for invalid settings; AUTHENTICATION, PERMISSION, TLS, INSECURE,
 *   DATABASE_UNREACHABLE, DATABASE_LOCKED; CANCELLED, TIMEOUT
 */
export async function connect(database?: string, options: ConnectOptions = {}): Promise<Connection> {
  const { store, bucket, config, stack, signal } = options
  const context = contextOf(options, database)
  const { folder, environment, log } = context
  const home = await openHome({ store, bucket, config, stack }, context)
  const joined = joinedRun(environment)
  const id = newRunId(new Date())
  let exports = 0
  const connection = new Connection({
    database: await openDatabase(home.settings.database, environment, folder),
    home,
    folder: isEphemeral(environment) ? null : folder,
    log,
    mark: sessionMark(joined?.runId ?? id),
    recordSession: async session => joined?.recordSession(session),
    sessionEnded: async session => joined?.sessionEnded(session),
    beginExport: beginning =>
      joined === null
        ? beginRun(`${id}.${++exports}`, beginning, home, log)
        : joined.beginExport(beginning.uri, log),
  })
  await connection.open(signal)
  return connection
}
