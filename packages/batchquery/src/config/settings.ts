import { resolve } from 'node:path'
import { BatchQueryError } from '../errors/index.ts'
import { redactUrl } from '../platform/index.ts'
import { S3 } from './stores.ts'

/** What the command line gave; an option that was not given is undefined. */
export interface Flags {
  readonly store?: string | undefined
  readonly bucket?: string | undefined
  readonly database?: string | undefined
}

/** Where things are. Precedence: flag, then environment, then default. */
export interface Settings {
  /** `s3`, or the absolute path of the directory that is the store. */
  readonly store: string
  /** The home bucket. */
  readonly bucket: string
  /** URL of the database. */
  readonly database: string
  /** True where nothing was configured at all: then stderr says what was assumed. */
  readonly isDefault: boolean
}

export const DEFAULT_STORE = '.batchquery/store'
export const DEFAULT_BUCKET = 'batchquery-s3'
export const DEFAULT_DATABASE = 'duckdb:.batchquery/db01.duckdb'

/**
 * Reads the settings from flags and from BATCHQUERY_STORE, BATCHQUERY_BUCKET and BATCHQUERY_DATABASE. An empty
 * variable counts as none.
 *
 * @param folder what relative paths start from
 * @throws USAGE, CONFIG
 */
export function readSettings(flags: Flags, environment: NodeJS.ProcessEnv, folder: string): Settings {
  refusePassword(flags.database)
  const store = flags.store ?? (environment.BATCHQUERY_STORE || undefined)
  const bucket = flags.bucket ?? (environment.BATCHQUERY_BUCKET || undefined)
  const database = flags.database ?? (environment.BATCHQUERY_DATABASE || undefined)
  return {
    store: store === S3 ? S3 : resolve(folder, checkStore(store ?? DEFAULT_STORE)),
    bucket: bucket ?? DEFAULT_BUCKET,
    database: database ?? DEFAULT_DATABASE,
    isDefault: store === undefined && bucket === undefined && database === undefined,
  }
}

/** The settings as the environment of another process: `readSettings` gives them back from it. */
export function settingsEnvironment({ store, bucket, database }: Settings): Record<string, string> {
  return { BATCHQUERY_STORE: store, BATCHQUERY_BUCKET: bucket, BATCHQUERY_DATABASE: database }
}

/**
 * The command line of a process is open to every user of the machine. What a log would mask does not belong there
 * either.
 */
function refusePassword(url: string | undefined): void {
  if (url === undefined) return
  const masked = redactUrl(url)
  if (masked === url) return
  throw new BatchQueryError('USAGE', `${masked}: a password does not belong on the command line`, {
    hint: 'Put the URL into BATCHQUERY_DATABASE, the password into MYSQL_PWD or PGPASSWORD, or name its file: ?passwordFile=PATH.',
  })
}

/** `s3:` is no folder, so that none of this name is made by mistake. */
function checkStore(store: string): string {
  if (store !== '' && !store.startsWith('s3:')) return store
  throw new BatchQueryError('CONFIG', `${JSON.stringify(store)} is no store`, {
    hint: `Write s3 for Amazon S3 (--bucket names the bucket), or a directory such as ./${DEFAULT_STORE}.`,
  })
}
