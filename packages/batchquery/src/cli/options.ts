import { Option } from 'commander'
import { CONFIG_FILE, DEFAULT_BUCKET, DEFAULT_STORE } from '../config/defaults.ts'
import { ENGINES, type EngineName } from '../config/engines.ts'
import { BatchQueryError, CATALOGUE } from '../errors/index.ts'
import type { ExportMode } from '../export/index.ts'
import { checkRunId, type LogLevel, parseDuration, parsePin, parseRetries } from '../platform/index.ts'
import type { RunState } from '../run/index.ts'
import { GRANTED_SERVERS } from '../sql/granted-servers.ts'
import { QUERY_FORMATS, type QueryFormat } from './query/print-formats.ts'

/** The options of all commands, as they are after parsing; a command sees those that it declares. */
export interface Options {
  readonly database?: string
  readonly config?: string
  readonly bucket?: string
  readonly store?: string
  readonly stack?: string
  readonly engine?: EngineName
  /** CPU units. */
  readonly cpu?: number
  /** MiB. */
  readonly memory?: number
  readonly spot?: true
  readonly runId?: string
  /** Seconds. */
  readonly timeout?: number
  readonly as?: string
  readonly env?: readonly string[]
  /** SHA-256 in hex. */
  readonly pin?: string
  readonly param?: readonly string[]
  readonly limit?: number
  readonly since?: Date
  readonly state?: RunState
  readonly failed?: true
  /** A code of errors/catalogue.ts. */
  readonly error?: string
  readonly task?: string
  readonly watch?: true
  readonly dryRun?: true
  readonly export?: number
  readonly join?: string
  readonly overwrite?: true
  readonly format?: QueryFormat
  readonly header?: boolean
  readonly to?: string
  readonly manifest?: true
  readonly types?: string
  readonly invalidDates?: 'null' | 'error'
  readonly force?: true
  readonly detach?: true
  /** Seconds, or false for not at all. */
  readonly wait?: number | false
  readonly follow?: true
  readonly attempt?: number
  readonly json?: true
  readonly quiet?: true
  readonly verbose?: true
  readonly progress?: boolean
  readonly for?: string
  readonly user?: string
  readonly schema?: string
  readonly native?: true
  readonly apply?: true
  readonly cluster?: string
  readonly adminSecret?: string
  readonly mode?: ExportMode
  readonly exclusive?: true
  readonly retries?: number
}

const option = (flags: string, description: string): Option => new Option(flags, description)

export const database = option(
  '-d, --database <name|url>',
  'a name of batchquery.yaml, or mysql://user@host/db, postgres://..., duckdb:path (env: BATCHQUERY_DATABASE)',
)
export const config = option(
  '--config <file>',
  `settings (default: ${CONFIG_FILE} of this folder or the nearest parent that has one)`,
)
export const bucket = option(
  '--bucket <name>',
  `home bucket: tasks, results and runs (env: BATCHQUERY_BUCKET; default: ${DEFAULT_BUCKET})`,
)
export const store = option(
  '--store <s3|dir>',
  `s3, or a directory (a path with a slash) whose folders are the buckets (env: BATCHQUERY_STORE; default: ./${DEFAULT_STORE})`,
)
export const stack = option(
  '--stack <name>',
  'a stack of batchquery-cdk, for its bucket, databases and cluster (env: BATCHQUERY_STACK; default: with the engine fargate, if settings are missing, the only one)',
)
export const engine = option(
  '--engine <name>',
  'where the run executes: a process here, a container here, or an ECS task of AWS Fargate (env: BATCHQUERY_ENGINE; default: local)',
).choices(ENGINES)
export const cpu = option(
  '--cpu <units>',
  'with the engine container or fargate: CPU units, 1024 a vCPU',
).argParser(parseUnits)
export const memory = option(
  '--memory <size>',
  'with the engine container or fargate: 512, 2048MB, 4GB',
).argParser(parseMemory)
export const spot = option(
  '--spot',
  'with the engine fargate: spare capacity, cheaper, which AWS may withdraw; on demand if there is none',
)
export const json = option('--json', 'one line of JSON on stdout, talk on stderr')
export const quiet = option('-q, --quiet', 'only warnings, and errors with their hints, on stderr').conflicts(
  'verbose',
)
export const verbose = option('-v, --verbose', 'more talk on stderr; errors with their causes and stacks')
export const noProgress = option('--no-progress', 'do not show how far the run is')

export const runId = option(
  '--run-id <id>',
  'id of the run; a run that exists already is followed, or its outcome shown again',
).argParser(checkRunId)
export const timeout = option('--timeout <duration>', 'end the run after this time: 90s, 45m, 2h').argParser(
  parseDuration,
)
export const param = option(
  '-p, --param <name=value>',
  'a parameter of the task, :name in its SQL; name=@file takes the value from a file, name=secret:ARN from AWS Secrets Manager; may be repeated',
).argParser((text, before: readonly string[] = []) => [...before, text])
export const env = option(
  '-e, --env <name=value>',
  'a variable for a script; NAME=@FILE takes the value from a file, NAME alone its value in this process, NAME=secret:ARN from AWS Secrets Manager: all three are masked in logs; may be repeated',
).argParser((text, before: readonly string[] = []) => [...before, text])
export const pin = option('--pin <sha256:hex>', 'run the task only if it has this SHA-256').argParser(
  parsePin,
)
export const mode = option(
  '--mode <mode>',
  'whether Aurora writes exports itself: auto if it can, native always, streamed never (default: auto)',
).choices(['auto', 'native', 'streamed'])
export const exclusive = option(
  '--exclusive',
  'end with 5 if another run writes to a destination of this run; without it that is a warning',
)
export const retries = option(
  '--retries <n>',
  'begin the task again, at most so often, when it fails with an error that may pass: after 5 s, 10 s, ... 5 min',
).argParser(parseRetries)
export const as = option('--as <key>', 'another key under script/, for a single file')
export const limit = option('--limit <n>', 'how many runs at most').default(20).argParser(parseCount)
export const since = option(
  '--since <when>',
  'only runs created since: 90m, 2d, or 2026-11-23, 2026-11-23T02:15Z',
).argParser(text => parseSince(text, new Date()))
const RUN_STATES: readonly RunState[] = ['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED']
export const state = option('--state <state>', 'only runs in this state').choices(RUN_STATES)
export const failed = option('--failed', 'as --state FAILED').conflicts('state')
const ERROR_CODES = Object.keys(CATALOGUE).sort()
export const errorCode = option('--error <code>', 'only runs that ended with this error code').choices(
  ERROR_CODES,
)
export const onDatabase = option(
  '--database <name>',
  'only runs on this database: its name in batchquery.yaml or HOST/NAME, for DuckDB the path of its file',
)
export const ofTask = option(
  '--task <name>',
  'only runs of this task: its file name, or the end of its path, as monthly/report.sql',
)
export const watch = option('--watch', 'go on until Ctrl-C, and show each change')
export const dryRun = option('--dry-run', 'only show what would be done')
export const exportNumber = option(
  '--export <n>',
  'only the n-th export that the run published, counted from 1',
).argParser(parseExportNumber)
export const join = option('--join <file>', 'put the parts of one export together into this file')
export const overwrite = option('--overwrite', 'replace existing files')
export const format = option('--format <format>', 'default: table on a terminal, otherwise tsv').choices(
  QUERY_FORMATS,
)
export const jsonLines = option(
  '--json',
  'as --format json, an error being the last line; with --to the run record',
)
export const noHeader = option('--no-header', 'leave out the names of the columns')
export const to = option(
  '--to <uri>',
  'export the rows of the last statement to s3://BUCKET/PREFIX or ./PREFIX',
)
export const replace = option('--overwrite', 'with --to: replace an existing result')
export const manifest = option('--manifest', 'with --to: write a manifest, too')
export const types = option(
  '--types <list>',
  "with --to: the types of columns in a PARQUET file, as 'id AS INT64 NOT NULL, price AS DECIMAL(10,2)'",
)
export const invalidDates = option(
  '--invalid-dates <how>',
  'with --to: whether dates that are in no calendar, as 2024-02-00, become NULL or fail the run (default: NULL)',
).choices(['null', 'error'])
export const follow = option('-f, --follow', 'go on until the run has ended')
export const attempt = option(
  '--attempt <n>',
  'only the log of this attempt (default: of all, one after the other)',
).argParser(parseAttemptNumber)

export const force = option('--force', 'replace an existing file')
export const detach = option(
  '--detach',
  'start the run, print its id, and do not wait for its end',
).conflicts('dryRun')
export const wait = option('--wait <duration>', 'how long to wait for the end: 90s, 5m')
  .default(30, '30s')
  .argParser(parseDuration)
export const noWait = option('--no-wait', 'only ask, do not wait')

export const grantedServer = option(
  '--for <server>',
  'the kind of the server (default: by the URL, MySQL being Aurora MySQL 3)',
).choices(GRANTED_SERVERS)
export const grantedUser = option(
  '--user <name>',
  'the user to make (default: that of the URL, or batchquery)',
)
export const grantedSchema = option(
  '--schema <name>',
  'the tables to read: a database of MySQL, a schema of PostgreSQL (default: the database of the URL; public)',
)
export const apply = option(
  '--apply',
  'run the statements too: by the RDS Data API on a database that the stack has created, or as the administrator of the URL of -d',
)
export const cluster = option(
  '--cluster <arn>',
  'with --apply: the cluster, with the RDS Data API (default: that of the database in the stack)',
)
export const adminSecret = option(
  '--admin-secret <arn>',
  "with --apply: the secret with the administrator's login (default: that of the database in the stack)",
)
export const native = option('--native', "PostgreSQL: also the rights for the server's own export to S3")

/** The options of every command. */
export const TALK = [json, quiet, verbose]
/** The options of every command that uses the home bucket. */
export const HOME = [bucket, store, stack, config]

/** How much the command shows on stderr. */
export function talkOf({ quiet, verbose }: Options): LogLevel {
  if (quiet) return 'quiet'
  return verbose ? 'verbose' : 'normal'
}

function parseUnits(text: string): number {
  if (/^\d{1,6}$/.test(text) && Number(text) > 0) return Number(text)
  throw new BatchQueryError('USAGE', `--cpu ${JSON.stringify(text)} is not a number of CPU units`, {
    hint: 'Write 256 for a quarter of a vCPU, 1024 for one, 4096 for four.',
  })
}

function parseMemory(text: string): number {
  const [, number, unit] = /^(\d{1,6}) ?(|M|MB|MiB|G|GB|GiB)$/i.exec(text) ?? []
  if (number !== undefined && unit !== undefined && Number(number) > 0)
    return Number(number) * (/^g/i.test(unit) ? 1024 : 1)
  throw new BatchQueryError('USAGE', `--memory ${JSON.stringify(text)} is not a size`, {
    hint: 'Write it in MiB, or with a unit: 512, 2048MB, 4GB.',
  })
}

function parseCount(text: string): number {
  const count = Number(text)
  if (/^\d{1,6}$/.test(text) && count > 0) return count
  throw new BatchQueryError('USAGE', `--limit ${JSON.stringify(text)} is not a number of runs`, {
    hint: 'Write a number from 1 to 999999.',
  })
}

function parseExportNumber(text: string): number {
  const number = Number(text)
  if (/^\d{1,6}$/.test(text) && number > 0) return number
  throw new BatchQueryError('USAGE', `--export ${JSON.stringify(text)} is not the number of an export`, {
    hint: 'Write 1 for the first export that the run published, 2 for the second.',
  })
}

function parseAttemptNumber(text: string): number {
  const number = Number(text)
  if (/^\d{1,6}$/.test(text) && number > 0) return number
  throw new BatchQueryError('USAGE', `--attempt ${JSON.stringify(text)} is not the number of an attempt`, {
    hint: 'Write 1 for the first attempt; `batchquery show RUN` shows them.',
  })
}

/** A duration before now, or a time. A date without a time is in UTC. */
function parseSince(text: string, now: Date): Date {
  if (!/^\d{4}-/.test(text)) return new Date(now.getTime() - parseDuration(text) * 1000)
  const time = new Date(text)
  if (!Number.isNaN(time.getTime())) return time
  throw new BatchQueryError('USAGE', `--since ${JSON.stringify(text)} is not a time`, {
    hint: 'Write a date or a time, 2026-11-23 or 2026-11-23T02:15Z, or a duration such as 2d.',
  })
}
