import { type Dialect, itemsUpTo, ROWS, type Subject } from './subject.ts'

/** The export of a campaign's task. */
export interface Shape {
  readonly name: string
  readonly rows: number
  readonly compression: 'NONE' | 'GZIP'
  /** @default - TEXT */
  readonly format?: 'PARQUET'
  /** MAXFILESIZE in MB. @default - one part */
  readonly maxFileSize?: number
  readonly manifest: boolean
  /** The destination has an earlier, larger result. Otherwise it is empty. */
  readonly overwrite: boolean
  /** The rows are divided into partitions, and OVERWRITE replaces all earlier ones or only those. @default - no partitions */
  readonly partitions?: 'ON' | 'PARTITIONS'
  /** Three sessions read the rows: PARALLEL 3 with this CONSISTENCY. @default - one session */
  readonly parallel?: 'SNAPSHOT' | 'NONE'
  /** Another statement follows the export. */
  readonly followed: boolean
  /** The server sends nothing for at least so long before the first row. */
  readonly silentSeconds?: number
}

const PLAIN = { compression: 'NONE', manifest: true, overwrite: true, followed: false } as const

export const PARTS: Shape = { ...PLAIN, name: 'parts', rows: 60_000, maxFileSize: 1 }
export const FOLLOWED: Shape = {
  ...{ ...PLAIN, name: 'followed', rows: 60_000, maxFileSize: 2 },
  ...{ overwrite: false, followed: true },
}

export const PARTITIONED: Shape = { ...PARTS, name: 'partitions', partitions: 'ON' }
export const SOME_PARTITIONS: Shape = { ...PARTS, name: 'some partitions', partitions: 'PARTITIONS' }
export const ONE_MOMENT: Shape = { ...PARTS, name: 'one moment', parallel: 'SNAPSHOT' }
export const ANY_MOMENT: Shape = { ...PARTS, name: 'any moment', parallel: 'NONE' }
/** How many partitions the rows have. */
const PARTITIONS = 3

export const SHAPES: readonly Shape[] = [
  { ...PLAIN, name: 'one part', rows: 2_000 },
  PARTS,
  // On S3 several chunks of one upload.
  { ...PLAIN, name: 'chunks', rows: ROWS },
  { ...PLAIN, name: 'gzip', rows: 60_000, maxFileSize: 1, compression: 'GZIP', manifest: false },
  FOLLOWED,
  { ...PARTS, name: 'parquet', format: 'PARQUET' },
  PARTITIONED,
  SOME_PARTITIONS,
]

export const silent = (seconds: number): Shape => ({
  ...PLAIN,
  name: 'silent',
  rows: 2_000,
  silentSeconds: seconds,
})

export const PREFIX = 'out/r'

/** @param timeoutSeconds null for a task without one */
export function taskOf(
  shape: Shape,
  subject: Subject,
  bucket: string,
  timeoutSeconds: number | null,
): string {
  const { compression, maxFileSize, manifest, overwrite, followed, rows, silentSeconds } = shape
  const { format = 'TEXT', partitions, parallel } = shape
  const clauses = [
    `INTO OUTFILE S3 's3://${bucket}/${PREFIX}'`,
    `FORMAT ${format}`,
    `COMPRESSION ${compression}`,
    ...(maxFileSize === undefined ? [] : [`MAXFILESIZE ${maxFileSize} MB`]),
    `MANIFEST ${manifest ? 'ON' : 'OFF'}`,
    ...(partitions === undefined ? [] : ['PARTITION BY (bin)']),
    `OVERWRITE ${partitions ?? (overwrite ? 'ON' : 'OFF')}`,
    ...(parallel === undefined ? [] : [`PARALLEL 3 CONSISTENCY ${parallel}`]),
  ]
  const items = parallel === undefined ? subject.query(rows, silentSeconds) : itemsUpTo(rows)
  // The partitions alternate, so the export must gather their rows.
  const query =
    partitions === undefined
      ? items
      : `SELECT i.*, i.id % ${PARTITIONS} AS bin FROM (${items}) i ORDER BY i.id`
  return [
    ...(timeoutSeconds === null ? [] : [`-- @timeout ${timeoutSeconds}s`]),
    `SELECT 1 AS first;`,
    `${query} ${clauses.join(' ')};`,
    ...(followed ? ['SELECT 2 AS last;'] : []),
  ].join('\n')
}

/** The prefixes of the keys of the parts of a shape, each up to the numbers. */
export const partPrefixes = ({ partitions }: Shape): readonly string[] =>
  partitions === undefined
    ? [`${PREFIX}.part_`]
    : Array.from({ length: PARTITIONS }, (_, at) => `${PREFIX}/bin=${at}/part_`)

/** The rows of the server's own export that are in a partition. A line that ends in a backslash goes on in the next one. */
export function rowsOfPartition(oracle: Buffer, partition: number): Buffer {
  const rows = oracle.toString('latin1').split(/(?<=[^\\]\n)/)
  const wanted = rows.filter(row => Number.parseInt(row, 10) % PARTITIONS === partition)
  return Buffer.from(wanted.join(''), 'latin1')
}

/** Whether the export leaves an object of the earlier result alone. */
export const isKept = (key: string, { partitions }: Shape): boolean =>
  partitions === 'PARTITIONS' && key.startsWith(`${PREFIX}/bin=${PARTITIONS}/`)

/** The earlier result, of no run, under OVERWRITE ON. It has more parts than any shape, and a partition that no shape has. */
export function earlierResult(bucket: string, shape: Shape): ReadonlyMap<string, Buffer> {
  const prefixes =
    shape.partitions === undefined
      ? partPrefixes(shape)
      : [...partPrefixes(shape), `${PREFIX}/bin=${PARTITIONS}/part_`]
  const keys = prefixes.flatMap(prefix =>
    Array.from({ length: 19 }, (_, at) => `${prefix}${String(at).padStart(5, '0')}`),
  )
  const entries = keys.map(key => ({ url: `s3://${bucket}/${key}` }))
  const manifest = Buffer.from(JSON.stringify({ entries }))
  return new Map([
    ...keys.map(key => [key, Buffer.from('earlier\n')] as const),
    [`${PREFIX}.manifest`, manifest],
  ])
}

export const DIALECTS: readonly Dialect[] = ['mysql', 'postgres', 'duckdb']
