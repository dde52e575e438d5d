import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BUCKET } from '../../objects.ts'
import type { ClientCommand } from '../../process/client-command.ts'
import { qualified, theirUrl } from '../sources.ts'
import { type Candidate, type Job, RESULT_KEY } from './candidate.ts'

/** The JSON argument of `duckdb_extension.py` and `connectorx_export.py`. */
interface Order {
  readonly compression?: string
  /** DuckDB's options of COPY. @default - Parquet with the compression */
  readonly options?: string
  /** Statements before the export. */
  readonly settings?: readonly string[]
  /** The number of sessions that share the table. */
  readonly partitions?: number
}

/** DuckDB with its extensions, and ConnectorX with pyarrow. @param packages the folder of the Python packages */
export function pythonCandidates(packages: string): readonly Candidate[] {
  const duckdb = (settings: string, order: Order): Candidate =>
    python(packages, 'duckdb_extension', order, {
      program: 'DuckDB 1.5.5',
      settings,
      targets: ['directory', 's3'],
    })
  const connectorx = (settings: string, order: Order): Candidate =>
    python(packages, 'connectorx_export', order, {
      program: 'ConnectorX 0.4.6 with pyarrow',
      settings,
      targets: ['directory'],
    })
  return [
    duckdb('defaults (Snappy)', { compression: 'snappy' }),
    duckdb('Zstandard, order not preserved', {
      compression: 'zstd',
      settings: ['SET preserve_insertion_order = false'],
    }),
    connectorx('defaults (Snappy)', { compression: 'snappy' }),
    connectorx('Zstandard, 2 partitions', { compression: 'zstd', partitions: 2 }),
  ]
}

function python(
  packages: string,
  script: string,
  order: Order,
  about: Pick<Candidate, 'program' | 'settings' | 'targets'>,
): Candidate {
  return {
    ...about,
    isOurs: false,
    isText: false,
    command: job => commandOf(packages, script, order, job),
  }
}

/** An export by DuckDB and its extension for the database. */
export const duckdbCommand = (packages: string, order: Order, job: Job): Promise<ClientCommand> =>
  commandOf(packages, 'duckdb_extension', order, job)

/** An export by ConnectorX and pyarrow. */
export const connectorxCommand = (packages: string, order: Order, job: Job): Promise<ClientCommand> =>
  commandOf(packages, 'connectorx_export', order, job)

async function commandOf(packages: string, script: string, order: Order, job: Job): Promise<ClientCommand> {
  const file = fileURLToPath(new URL(`../${script}.py`, import.meta.url))
  const argv = ['python3', file, JSON.stringify({ ...order, ...placesOf(job) })]
  return { argv, environment: { PYTHONPATH: packages } }
}

function placesOf({ source, table, folder, s3 }: Job) {
  return {
    kind: source.dialect,
    url: theirUrl(source, source.dialect, source.dialect === 'postgres' ? '?sslmode=require' : ''),
    table: qualified(source, table),
    target: s3 === null ? join(folder, 'result.parquet') : `s3://${BUCKET}/${RESULT_KEY}.parquet`,
    folder,
    s3: s3 && {
      endpoint: s3.endpoint.replace('http://', ''),
      region: s3.region,
      key: s3.accessKeyId,
      secret: s3.secretAccessKey,
    },
  }
}
