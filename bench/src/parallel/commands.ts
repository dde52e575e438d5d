import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BUCKET } from '../objects.ts'
import type { Job } from '../peers/candidates/candidate.ts'
import { connectorxCommand, duckdbCommand } from '../peers/candidates/python.ts'
import { rivetCommand } from '../peers/candidates/rivet.ts'
import { ourUrl, type Source } from '../peers/sources.ts'
import type { ClientCommand } from '../process/client-command.ts'
import { RUNNER } from '../scenarios/runner-task.ts'
import type { ParallelExport } from './record.ts'

export const TABLE = 'wide'
const TASK = 'script/task.sql'

/** The most MB per second of a connection: a database far away, and one in the same region. */
export const LIMITS = [8, 25] as const

/** The places of the programs. */
export interface Programs {
  /** The Node of batchquery. */
  readonly node: string
  /** The folder of the Python packages. */
  readonly packages: string
  /** The folder of rivet. */
  readonly rivet: string
}

type Numbers = readonly number[]

const ours = (
  about: Pick<ParallelExport, 'source' | 'limit' | 'format'> & Partial<Pick<ParallelExport, 'query'>>,
  readers: Numbers,
): readonly ParallelExport[] =>
  readers.map(count => ({ query: 'table', ...about, program: 'batchquery', readers: count }))

const theirs = (
  about: Pick<ParallelExport, 'source' | 'limit' | 'format' | 'program'>,
  readers: Numbers,
): readonly ParallelExport[] => readers.map(count => ({ query: 'table', ...about, readers: count }))

/** All exports of a database, in turn. */
export const exportsOf = (source: ParallelExport['source']): readonly ParallelExport[] => [
  ...LIMITS.flatMap(limit => [
    ...ours({ source, limit, format: 'TEXT' }, [0, 4, 8]),
    ...ours({ source, limit, format: 'PARQUET' }, [0, 4, 8]),
    ...peers(source, limit),
  ]),
  ...ours({ source, limit: null, format: 'TEXT' }, [0, 1, 2, 4]),
  ...ours({ source, limit: null, format: 'PARQUET' }, [0, 1, 2, 4]),
  ...ours({ source, limit: null, format: 'TEXT', query: 'digests' }, [0, 2]),
]

/** rivet refuses MariaDB. mydumper reads no PostgreSQL. */
function peers(source: ParallelExport['source'], limit: number): readonly ParallelExport[] {
  const own =
    source === 'mariadb'
      ? theirs({ source, limit, format: 'SQL', program: 'mydumper' }, [4, 8])
      : theirs({ source, limit, format: 'PARQUET', program: 'rivet' }, [4, 8])
  return [
    ...own,
    ...theirs({ source, limit, format: 'PARQUET', program: 'ConnectorX' }, [4, 8]),
    ...theirs({ source, limit, format: 'PARQUET', program: 'DuckDB' }, [0]),
  ]
}

/** As `--only` matches it: `mariadb/8/TEXT/batchquery/4`. */
export const nameOf = ({ source, limit, query, format, program, readers }: ParallelExport): string =>
  [source, limit ?? 'unlimited', query === 'table' ? format : query, program, readers].join('/')

/** The whole process of an export. @param job with the port of the proxy, and an empty folder */
export function commandOf(job: Job, programs: Programs, exported: ParallelExport): Promise<ClientCommand> {
  const { program, readers } = exported
  if (program === 'mydumper') return mydumperCommand(job, readers)
  if (program === 'rivet')
    return rivetCommand(programs.rivet, job, {
      ...{ compression: 'snappy', tuning: { profile: 'fast' } },
      ...{ mode: 'chunked', chunk_column: 'id', chunk_count: readers, parallel: readers },
    })
  if (program === 'ConnectorX')
    return connectorxCommand(programs.packages, { compression: 'snappy', partitions: readers }, job)
  // Without the order of the rows its threads read at once where the extension can.
  if (program === 'DuckDB')
    return duckdbCommand(
      programs.packages,
      { compression: 'snappy', settings: ['SET preserve_insertion_order = false'] },
      job,
    )
  return runnerCommand(job, programs.node, exported)
}

async function runnerCommand(
  { source, table, folder }: Job,
  node: string,
  { format, query, readers }: ParallelExport,
): Promise<ClientCommand> {
  const parallel = readers === 0 ? '' : ` PARALLEL ${readers}`
  const select = query === 'table' ? `SELECT * FROM ${table}` : digestsOf(source, table)
  const task = `${select} INTO OUTFILE S3 's3://${BUCKET}/output/result' FORMAT ${format}${parallel}`
  const path = join(folder, BUCKET, TASK)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, task)
  return {
    argv: [node, RUNNER, BUCKET, TASK],
    environment: {
      ...{ BATCHQUERY_STORE: folder, BATCHQUERY_TALK: 'quiet', BATCHQUERY_DATABASE: ourUrl(source) },
      ...{ MYSQL_PWD: source.server.password, PGPASSWORD: source.server.password },
    },
  }
}

/** About 20 microseconds of the server for each row, which has 70 bytes. */
const digestsOf = ({ dialect }: Source, table: string): string =>
  dialect === 'mysql'
    ? `SELECT id, SHA2(REPEAT(note, 60), 256) AS digest FROM ${table}`
    : `SELECT id, encode(sha256(convert_to(repeat(note, 60), 'UTF8')), 'hex') AS digest FROM ${table}`

async function mydumperCommand({ source, table, folder }: Job, threads: number): Promise<ClientCommand> {
  const { user, password, port, database } = source.server
  const server = ['--host=127.0.0.1', `--port=${port}`, `--user=${user}`]
  const what = [`--database=${database}`, `--tables-list=${table}`, '--no-schemas', '--trx-consistency-only']
  const how = [`--threads=${threads}`, '--rows=50000', '--verbose=1', `--outputdir=${join(folder, 'dump')}`]
  return { argv: ['mydumper', ...server, ...what, ...how], environment: { MYSQL_PWD: password } }
}
