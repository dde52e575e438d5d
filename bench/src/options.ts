import { parseArgs } from 'node:util'
import { BenchError } from './bench-error.ts'

export const USAGE = `npm run bench -- [OPTION...]
  --smoke           every scenario once on tiny tables, and a check of each result; writes no report
  --big             also a result of 100 million rows
  --rounds N        rounds of the scenarios that a target compares (default 5)
  --megabytes N     size of each table as TEXT (default 1040)
  --only PATTERN    only the scenarios whose name matches this regular expression; --list shows the names
  --node PROGRAM    measure only under this Node. Default: the Node that runs the bench, and a newer one
  --report FILE     measure nothing: write docs/benchmarks.md from the JSON of an earlier run
  --loops           only the loops that process nearly all bytes, without server and store, in CPU seconds (9 rounds)
  --against BUILD   with --loops: compare with a folder that has a built workspace, or with a revision of git;
                    fails if a loop is more than 5 % slower
  --jobs            whole processes: ten rows and 149 MB, compared with \`node -e 0\` and MariaDB's client (9 rounds)
  --peers           Parquet files, compared with other programs, which it installs or builds; tables of 150 MB.
                    With --report: write the pages from the JSON of an earlier run
  --partitions      PARTITION BY, compared with one result and with DuckDB, on a table of 1040 MB.
                    With --report: write its section from the JSON of an earlier run
  --parallel        PARALLEL, compared with one session and with other programs, through a proxy that limits each connection;
                    a table of 104 MB. With --report: write its section from the JSON of an earlier run
  --full            with --peers: tables of 1040 MB, which takes hours
  --list            print the names of the scenarios
  --help            print this text`

export interface Options {
  readonly smoke: boolean
  readonly big: boolean
  readonly rounds: number
  /** The size of each table's TEXT. */
  readonly megabytes: number
  readonly only: RegExp | null
  /** The only Node to measure under. If null: this Node, and for batchquery also the newer one of the setup. */
  readonly node: string | null
  readonly report: string | null
  /** Whether only the loops are measured. */
  readonly loops: boolean
  /** Whether Parquet is measured with other programs, on smaller tables unless `full` is set. */
  readonly peers: boolean
  /** Whether only PARTITION BY is measured. */
  readonly partitions: boolean
  /** Whether only PARALLEL is measured, on a smaller table. */
  readonly parallel: boolean
  /** Whether only whole processes are measured. */
  readonly jobs: boolean
  /** The build to compare the loops with. Null for none. */
  readonly against: string | null
  readonly list: boolean
  readonly help: boolean
}

const ROUNDS = 5
/** For short measurements. */
const MORE_ROUNDS = 9
/** Just over 1 GB. */
export const FULL_MEGABYTES = 1040
const SMOKE_MEGABYTES = 2
/** For other programs, some of which take minutes for it. */
const PEERS_MEGABYTES = 150
/** 13 s at 8 MB/s. */
const PARALLEL_MEGABYTES = 104

/** @throws BenchError with the mistake and the usage */
export function parseOptions(args: readonly string[]): Options {
  const values = parse(args)
  const smoke = values.smoke === true
  if (smoke && (values.rounds ?? values.megabytes ?? values.big) !== undefined)
    throw usage('--smoke has its own size: leave out --rounds, --megabytes and --big')
  const loops = values.loops === true
  const jobs = values.jobs === true
  if (!loops && values.against !== undefined) throw usage('--against needs --loops')
  const others = values.megabytes ?? values.big ?? values.report ?? values.list
  if (loops && (values.smoke ?? others) !== undefined)
    throw usage('--loops takes --against, --only, --rounds and --node, and no other option')
  if (jobs && (values.loops ?? others) !== undefined)
    throw usage('--jobs takes --smoke, --only, --rounds and --node, and no other option')
  const peers = values.peers === true
  if (values.full === true && (!peers || (values.smoke ?? values.megabytes) !== undefined))
    throw usage('--full needs --peers, without --smoke and --megabytes')
  const parallel = values.parallel === true
  for (const name of ['partitions', 'parallel'] as const)
    if (values[name] === true && (peers || (values.big ?? values.list) !== undefined))
      throw usage(
        `--${name} takes --smoke, --only, --rounds, --megabytes, --node and --report, and no other option`,
      )
  if (parallel && values.partitions === true) throw usage('--parallel and --partitions exclude each other')
  const peersMegabytes = values.full === true ? FULL_MEGABYTES : PEERS_MEGABYTES
  const usual = parallel ? PARALLEL_MEGABYTES : peers ? peersMegabytes : FULL_MEGABYTES
  return {
    smoke,
    big: values.big === true,
    rounds: smoke ? 1 : count('rounds', values.rounds, loops || jobs ? MORE_ROUNDS : ROUNDS),
    megabytes: smoke ? SMOKE_MEGABYTES : count('megabytes', values.megabytes, usual),
    only: values.only === undefined ? null : pattern(values.only),
    node: values.node ?? null,
    report: values.report ?? null,
    loops,
    jobs,
    peers,
    parallel,
    partitions: values.partitions === true,
    against: values.against ?? null,
    list: values.list === true,
    help: values.help === true,
  }
}

/** Whether the report in docs is written: only by a complete run, with every scenario on tables of full size. */
export function writesReport({ smoke, only, node, megabytes, rounds }: Options): boolean {
  return !smoke && only === null && node === null && megabytes >= FULL_MEGABYTES && rounds >= 3
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        smoke: { type: 'boolean' },
        big: { type: 'boolean' },
        rounds: { type: 'string' },
        megabytes: { type: 'string' },
        only: { type: 'string' },
        node: { type: 'string' },
        report: { type: 'string' },
        loops: { type: 'boolean' },
        jobs: { type: 'boolean' },
        peers: { type: 'boolean' },
        partitions: { type: 'boolean' },
        parallel: { type: 'boolean' },
        full: { type: 'boolean' },
        against: { type: 'string' },
        list: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error))
  }
}

function count(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text)
  throw usage(`--${name} takes a whole number above 0, not ${JSON.stringify(text)}`)
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text)
  } catch {
    throw usage(`--only takes a regular expression, not ${JSON.stringify(text)}`)
  }
}

const usage = (fault: string): BenchError => new BenchError(`${fault}\n\n${USAGE}`)
