import { type Dialect, ROWS, type Subject } from './subject.ts'

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

export const SHAPES: readonly Shape[] = [
  { ...PLAIN, name: 'one part', rows: 2_000 },
  PARTS,
  // On S3 several chunks of one upload.
  { ...PLAIN, name: 'chunks', rows: ROWS },
  { ...PLAIN, name: 'gzip', rows: 60_000, maxFileSize: 1, compression: 'GZIP', manifest: false },
  FOLLOWED,
  { ...PARTS, name: 'parquet', format: 'PARQUET' },
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
  const { format = 'TEXT' } = shape
  const clauses = [
    `INTO OUTFILE S3 's3://${bucket}/${PREFIX}'`,
    `FORMAT ${format}`,
    `COMPRESSION ${compression}`,
    ...(maxFileSize === undefined ? [] : [`MAXFILESIZE ${maxFileSize} MB`]),
    `MANIFEST ${manifest ? 'ON' : 'OFF'}`,
    `OVERWRITE ${overwrite ? 'ON' : 'OFF'}`,
  ]
  return [
    ...(timeoutSeconds === null ? [] : [`-- @timeout ${timeoutSeconds}s`]),
    `SELECT 1 AS first;`,
    `${subject.query(rows, silentSeconds)} ${clauses.join(' ')};`,
    ...(followed ? ['SELECT 2 AS last;'] : []),
  ].join('\n')
}

/** The earlier result, of no run, under OVERWRITE ON. It has more parts than any shape. */
export function earlierResult(bucket: string): ReadonlyMap<string, Buffer> {
  const keys = Array.from({ length: 19 }, (_, at) => `${PREFIX}.part_${String(at).padStart(5, '0')}`)
  const entries = keys.map(key => ({ url: `s3://${bucket}/${key}` }))
  const manifest = Buffer.from(JSON.stringify({ entries }))
  return new Map([
    ...keys.map(key => [key, Buffer.from('earlier\n')] as const),
    [`${PREFIX}.manifest`, manifest],
  ])
}

export const DIALECTS: readonly Dialect[] = ['mysql', 'postgres', 'duckdb']
