import { openDatabase } from '../config/index.ts'
import { sessionMark } from '../database/session-mark.ts'
import { isEphemeral, Log, newRunId } from '../platform/index.ts'
import { openHome, type Place } from '../submit/home.ts'
import { Connection } from './connection.ts'
import { beginRun } from './export-run.ts'
import { joinedTask } from './joined-run.ts'

/** Where a library call finds things. What is left out is as on the command line: environment, batchquery.yaml, default. */
export interface LibraryOptions {
  /** `s3`, or a directory whose folders are the buckets. @default - BATCHQUERY_STORE, or `./.batchquery/store` */
  readonly store?: string
  /** The home bucket, where the records of runs are. @default - BATCHQUERY_BUCKET, or `batchquery-s3` */
  readonly bucket?: string
  /** A stack of batchquery-cdk, which AWS is asked for. @default - BATCHQUERY_STACK, or none; with the engine fargate, where settings are missing, the only one */
  readonly stack?: string
  /** A settings file. @default - `batchquery.yaml` of the folder, or of the nearest parent that has one */
  readonly config?: string
  /** What relative paths start from. @default process.cwd() */
  readonly folder?: string
  /** Where BATCHQUERY_* and passwords are looked for. @default process.env */
  readonly environment?: NodeJS.ProcessEnv
  /** Takes what batchquery has to say, entry by entry: each ends with a line feed. @default - nobody hears it */
  readonly log?: (entry: string) => void
}

export interface ConnectOptions extends LibraryOptions {
  /** Gives the login up. */
  readonly signal?: AbortSignal
}

/**
 * The process, as the options have it. The URL of a program may hold a password, and comes the way that the
 * environment's does.
 */
export function placeOf(
  { folder, environment = process.env, log }: LibraryOptions,
  database?: string,
): Place {
  return {
    folder: folder ?? process.cwd(),
    environment: database === undefined ? environment : { ...environment, BATCHQUERY_DATABASE: database },
    log: new Log('normal', log ?? (() => {})),
  }
}

/**
 * Connects to a database and logs in. Close the connection, or the process does not end by itself.
 *
 * @param database - a name of batchquery.yaml or a URL: `mysql://user@host/db`, `postgres://user@host/db`, `duckdb:path`,
 *   `duckdb::memory:`. The default is BATCHQUERY_DATABASE, then what batchquery.yaml says, then the embedded
 *   `.batchquery/db01.duckdb`
 * @throws CONFIG, USAGE for settings that cannot be used; AUTHENTICATION, PERMISSION, TLS, INSECURE,
 *   DATABASE_UNREACHABLE, DATABASE_LOCKED; CANCELLED, TIMEOUT
 */
export async function connect(database?: string, options: ConnectOptions = {}): Promise<Connection> {
  const { store, bucket, config, stack, signal } = options
  const place = placeOf(options, database)
  const { folder, environment, log } = place
  const home = await openHome({ store, bucket, config, stack }, place)
  const task = joinedTask(environment)
  const id = newRunId(new Date())
  let exports = 0
  const connection = new Connection({
    database: await openDatabase(home.settings.database, environment, folder),
    home,
    folder: isEphemeral(environment) ? null : folder,
    log,
    mark: sessionMark(task?.runId ?? id),
    recordSession: async session => task?.recordSession(session),
    sessionEnded: async session => task?.sessionEnded(session),
    beginExport: beginning =>
      task === null
        ? beginRun(`${id}.${++exports}`, beginning, home, log)
        : task.beginExport(beginning.uri, log),
  })
  await connection.open(signal)
  return connection
}
