import { Option } from 'commander'
import { CONFIG_FILE, DEFAULT_BUCKET, DEFAULT_STORE } from '../config/defaults.ts'
import { ENGINES, type EngineName } from '../config/engines.ts'
import { parseLimit } from '../config/source-limits.ts'
import { CATALOGUE } from '../errors/index.ts'
import type { ExportMode } from '../export/index.ts'
import { EXPORT_FORMATS } from '../format/index.ts'
import { checkRunId, type LogLevel, parseDuration, parsePin, parseRetries } from '../platform/index.ts'
import type { RunState } from '../run/index.ts'
import { GRANTED_SERVERS } from '../sql/granted-servers.ts'
import {
  parseAttemptNumber,
  parseCount,
  parseExportFormat,
  parseExportNumber,
  parseMemory,
  parsePartNumber,
  parsePort,
  parseRows,
  parseSince,
  parseTasks,
  parseUnits,
  parseWorker,
} from './option-values.ts'
import { QUERY_FORMATS, type QueryFormat } from './query/print-formats.ts'

/** The options of all commands, as they are after parsing; a command sees those that it declares. */
export interface Options {
  readonly database?: string
  readonly config?: string
  readonly envFile?: readonly string[]
  readonly bucket?: string
  readonly store?: string
  readonly stack?: string
  readonly engine?: EngineName
  /** CPU units. */
  readonly cpu?: number
  /** MiB. */
  readonly memory?: number
  readonly spot?: true
  readonly tasks?: number
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
  readonly rows?: number
  readonly part?: number
  readonly fieldsTerminatedBy?: string
  readonly overwrite?: true
  readonly format?: QueryFormat
  readonly header?: boolean
  readonly to?: string
  readonly tables?: readonly string[]
  readonly views?: true
  readonly output?: string
  readonly manifest?: true
  readonly partitionBy?: string
  readonly maxPartitions?: string
  readonly overwritePartitions?: true
  readonly single?: true
  readonly extension?: string
  readonly bom?: true
  readonly types?: string
  readonly invalidDates?: 'null' | 'error'
  readonly force?: true
  readonly detach?: true
  /** Seconds, or false for not at all. */
  readonly wait?: number | false
  readonly follow?: true
  readonly attempt?: number
  readonly worker?: number
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
  readonly maxSessions?: number
  readonly warnHistory?: number
  /** Seconds. */
  readonly warnSnapshot?: number
  readonly parallel?: string
  readonly parallelBy?: string
  readonly consistency?: 'snapshot' | 'none'
  /** 0 for any free port. */
  readonly port?: number
  readonly open?: true
  readonly readOnly?: true
}

const option = (flags: string, description: string): Option => new Option(flags, description)

export const database = option('-d, --database <name|url>', 'a name of batchquery.yaml, or a URL')
export const config = option('--config <file>', `the settings (default: nearest ${CONFIG_FILE})`)
export const envFile = option(
  '--env-file <file>',
  'read variables from this file too; may be repeated',
).argParser((text, before: readonly string[] = []) => [...before, text])
export const bucket = option('--bucket <name>', `the home bucket (default: ${DEFAULT_BUCKET})`)
export const store = option('--store <s3|dir>', `s3, or a folder (default: ./${DEFAULT_STORE})`)
export const stack = option('--stack <name>', 'take bucket, databases and cluster from this stack')
export const engine = option('--engine <name>', 'where the run executes').choices(ENGINES)
export const cpu = option('--cpu <units>', 'container, fargate: CPU units, 1024 for a vCPU').argParser(
  parseUnits,
)
export const memory = option('--memory <size>', 'container, fargate: 512, 2048MB, 4GB').argParser(parseMemory)
export const spot = option('--spot', 'fargate: cheaper capacity that AWS may take back')
export const tasks = option('--tasks <m>', 'fargate: so many ECS tasks read an export').argParser(parseTasks)
export const json = option('--json', 'print one line of JSON on stdout')
export const quiet = option('-q, --quiet', 'print only warnings and errors on stderr').conflicts('verbose')
export const verbose = option('-v, --verbose', 'print more on stderr, and the stacks of errors')
export const noProgress = option('--no-progress', 'do not show the progress')

export const runId = option('--run-id <id>', 'the id of the run; follows the run if it exists').argParser(
  checkRunId,
)
export const timeout = option('--timeout <duration>', 'end the run after this time: 90s, 45m, 2h').argParser(
  parseDuration,
)
export const param = option(
  '-p, --param <name=value>',
  'a parameter: also name=@file, name=secret:ARN',
).argParser((text, before: readonly string[] = []) => [...before, text])
export const env = option(
  '-e, --env <name=value>',
  'a variable: also NAME, NAME=@FILE, NAME=secret:ARN',
).argParser((text, before: readonly string[] = []) => [...before, text])
export const pin = option('--pin <sha256:hex>', 'run the task only if it has this SHA-256').argParser(
  parsePin,
)
export const mode = option('--mode <mode>', 'export by Aurora itself').choices(['auto', 'native', 'streamed'])
export const exclusive = option('--exclusive', 'end with 5 if another run writes to a destination')
export const retries = option(
  '--retries <n>',
  'try again after errors that may pass, up to n times',
).argParser(parseRetries)
export const maxSessions = option(
  '--max-sessions <n>',
  'the most sessions of an export with PARALLEL',
).argParser(text => parseLimit(text, '--max-sessions'))
export const warnHistory = option(
  '--warn-history <n>',
  "warn from this length of MySQL's history list on",
).argParser(text => parseLimit(text, '--warn-history'))
export const warnSnapshot = option(
  '--warn-snapshot <time>',
  'warn when a snapshot of PostgreSQL is so old: 30m',
).argParser(parseDuration)
export const as = option('--as <key>', 'another key under script/, for one file')
export const limit = option('--limit <n>', 'the most runs to list').default(20).argParser(parseCount)
export const since = option('--since <when>', 'only runs created since: 90m, 2d, 2026-11-23').argParser(
  text => parseSince(text, new Date()),
)
const RUN_STATES: readonly RunState[] = ['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED']
export const state = option('--state <state>', 'only runs in this state: RUNNING, FAILED, ...').choices(
  RUN_STATES,
)
export const failed = option('--failed', 'the same as --state FAILED').conflicts('state')
const ERROR_CODES = Object.keys(CATALOGUE).sort()
export const errorCode = option('--error <code>', 'only runs that ended with this error code').choices(
  ERROR_CODES,
)
export const onDatabase = option('--database <name>', 'only runs on this database: its name, or HOST/NAME')
export const ofTask = option('--task <name>', 'only runs of this task: monthly/report.sql')
export const watch = option('--watch', 'follow the runs until Ctrl-C')
export const dryRun = option('--dry-run', 'only show what would happen')
export const exportNumber = option('--export <n>', 'only the n-th export of the run, from 1').argParser(
  parseExportNumber,
)
export const join = option('--join <file>', 'write the parts of one export to this file')
export const rows = option('-n, --rows <n>', 'how many rows').default(20).argParser(parseRows)
export const part = option('--part <n>', 'only the n-th part, from 1').argParser(parsePartNumber)
export const fileFormat = option('--format <format>', 'an address: format').choices(
  EXPORT_FORMATS.map(({ option }) => option),
)
export const fileHeader = option('--header', 'an address: files begin with column names')
export const noFileHeader = option('--no-header', 'an address: the files begin with a row')
export const fieldsTerminatedBy = option('--fields-terminated-by <c>', 'an address: the separator of values')
export const rowLines = option('--json', 'print JSON Lines, an object for each row')
export const overwrite = option('--overwrite', 'replace existing files')
export const format = option('--format <format>', 'the format').choices(QUERY_FORMATS)
export const jsonLines = option('--json', 'the same as --format json; with --to the run record')
export const noHeader = option('--no-header', 'leave out the names of the columns')
export const to = option('--to <uri>', 'export the rows to s3://BUCKET/PREFIX or ./PREFIX')
export const replace = option('--overwrite', 'with --to: replace an existing result')
export const overwritePartitions = option(
  '--overwrite-partitions',
  'with --to: replace only the same partitions',
).conflicts('overwrite')
export const manifest = option('--manifest', 'with --to: also write a manifest')
export const partitionBy = option(
  '--partition-by <list>',
  "with --to: a folder for each value: 'day, country'",
)
export const maxPartitions = option('--max-partitions <n>', 'with --to: the most partitions (10000)')
export const parallel = option('--parallel <n>', 'with --to: n sessions read at once')
export const parallelBy = option('--parallel-by <list>', 'with --to: columns that divide the rows')
export const consistency = option('--consistency <level>', 'with --parallel').choices(['snapshot', 'none'])
export const extension = option('--extension <name>', 'with --to: the end of file names, such as csv')
export const single = option('--single', 'with --to: one file with exactly this name')
export const bom = option('--bom', 'with --to: CSV begins with a byte order mark')
export const types = option('--types <list>', "with --to: types of columns: 'id AS INT64 NOT NULL'")
export const invalidDates = option('--invalid-dates <how>', 'with --to: what zero dates become').choices([
  'null',
  'error',
])
export const tables = option(
  '-t, --tables <pattern>',
  "the tables: 'sales.*', '*.orders'; can be repeated",
).argParser((text, before: readonly string[] = []) => [...before, text])
export const views = option('--views', 'also views, foreign tables, single partitions')
export const generatedTo = option('--to <uri>', 'the exports go below s3://BUCKET/PREFIX or ./FOLDER')
export const generatedFormat = option('--format <format>', 'default: parquet')
  .choices(EXPORT_FORMATS.map(({ option }) => option))
  .argParser(parseExportFormat)
export const generatedOverwrite = option('--overwrite', 'the exports replace existing results')
export const generatedManifest = option('--manifest', 'the exports also write manifests')
export const outputFile = option('-o, --output <file>', 'write the task to this file (default: to stdout)')
export const replaceFile = option('--force', 'with -o: replace an existing file')
export const follow = option('-f, --follow', 'print new lines until the run has ended')
export const attempt = option('--attempt <n>', 'only the log of this attempt (default: all)').argParser(
  parseAttemptNumber,
)

export const worker = option('--worker <k>', 'only the log of this worker of a run with --tasks')
  .argParser(parseWorker)
  .conflicts(['follow', 'attempt'])

export const force = option('--force', 'replace an existing file')
export const detach = option('--detach', 'start the run, print its id, and do not wait').conflicts('dryRun')
export const wait = option('--wait <duration>', 'how long to wait for the end: 90s, 5m')
  .default(30, '30s')
  .argParser(parseDuration)
export const noWait = option('--no-wait', 'only request the cancel')

export const port = option('--port <n>', 'the port (default: any free one)').argParser(parsePort)
export const openPage = option('--open', 'also open the page in a browser')
export const readOnly = option('--read-only', 'the page shows everything and changes nothing')

export const grantedServer = option('--for <server>', 'the kind of server (default: from the URL)').choices(
  GRANTED_SERVERS,
)
export const grantedUser = option('--user <name>', 'the user to create (default: of the URL)')
export const grantedSchema = option('--schema <name>', 'the MySQL database or PostgreSQL schema to read')
export const apply = option('--apply', 'also run the statements')
export const cluster = option('--cluster <arn>', 'with --apply: the cluster (default: from the stack)')
export const adminSecret = option('--admin-secret <arn>', "with --apply: the administrator's secret")
export const native = option('--native', 'PostgreSQL: also the rights for its own export')

/** The options of every command. */
export const TALK = [json, quiet, verbose]
/** The options of every command that uses the home bucket. */
export const HOME = [bucket, store, stack, config, envFile]

/** How much the command shows on stderr. */
export function talkOf({ quiet, verbose }: Options): LogLevel {
  if (quiet) return 'quiet'
  return verbose ? 'verbose' : 'normal'
}
