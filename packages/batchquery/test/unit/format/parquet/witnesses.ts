import { randomUUID } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as zlib from 'node:zlib'
import { DuckDBInstance, DuckDBListValue } from '@duckdb/node-api'
import { type AsyncBuffer, parquetReadObjects } from 'hyparquet'
import type { FlatType } from '../../../../src/format/exact-column.ts'
import type { ParquetColumn } from '../../../../src/format/parquet/index.ts'
import type { Sample, Scalar } from './sample-columns.ts'

/** Runs queries on one file in DuckDB. */
export class DuckdbWitness {
  readonly path: string
  readonly #instance: DuckDBInstance
  readonly #connection: Awaited<ReturnType<DuckDBInstance['connect']>>

  private constructor(
    path: string,
    instance: DuckDBInstance,
    connection: Awaited<ReturnType<DuckDBInstance['connect']>>,
  ) {
    this.path = path
    this.#instance = instance
    this.#connection = connection
  }

  static async open(file: Buffer): Promise<DuckdbWitness> {
    const path = join(tmpdir(), `${randomUUID()}.parquet`)
    writeFileSync(path, file)
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
    return new DuckdbWitness(path, instance, await instance.connect())
  }

  /** Rows of the query, in which FILE is the file. */
  async query(sql: string) {
    const reader = await this.#connection.runAndReadAll(sql.replaceAll('FILE', `'${this.path}'`))
    return reader.getRows()
  }

  /** The bytes that the file has now. */
  file(): Buffer {
    return readFileSync(this.path)
  }

  [Symbol.dispose](): void {
    this.#connection.closeSync()
    this.#instance.closeSync()
    rmSync(this.path)
  }
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A column's value as the samples have it: a number of days or microseconds, hexadecimal bytes, text, or a list of these. */
export const witnessed = ({ name, type }: ParquetColumn): string =>
  type.kind === 'list'
    ? `list_transform(${quoted(name)}, lambda e: ${witnessedValue('e', type.element)})`
    : witnessedValue(quoted(name), type)

function witnessedValue(value: string, type: FlatType): string {
  switch (type.kind) {
    case 'bool':
    case 'float':
    case 'double':
      return value
    case 'date':
      return `(${value} - DATE '1970-01-01')::VARCHAR`
    case 'timestamp':
      return `epoch_us(${value})::VARCHAR`
    case 'bytes':
      return `hex(${value})`
    case 'decimal':
      // DuckDB leaves out a zero before the point if the type has no digits there.
      return `regexp_replace(${value}::VARCHAR, '^(-?)[.]', '\\10.')`
    default:
      return `${value}::VARCHAR`
  }
}

export const asyncBuffer = (file: Buffer): AsyncBuffer => {
  const bytes = new Uint8Array(file).buffer
  return { byteLength: bytes.byteLength, slice: (start, end) => Promise.resolve(bytes.slice(start, end)) }
}

const decompressZstd: unknown = Reflect.get(zlib, 'zstdDecompressSync')
export const COMPRESSORS = {
  GZIP: (input: Uint8Array): Uint8Array => zlib.gunzipSync(input),
  ZSTD: (input: Uint8Array): Uint8Array => {
    const output: unknown = typeof decompressZstd === 'function' ? decompressZstd(input) : null
    if (output instanceof Uint8Array) return output
    throw new Error('this Node has no ZSTD')
  },
}

/** All rows as hyparquet reads them, with days and microseconds as numbers. */
export function readWithHyparquet(file: Buffer) {
  return parquetReadObjects({
    file: asyncBuffer(file),
    compressors: COMPRESSORS,
    parsers: {
      dateFromDays: (days: number) => String(days),
      timestampFromMicroseconds: (micros: bigint) => String(micros),
      jsonFromBytes: (bytes: Uint8Array) => Buffer.from(bytes).toString(),
    },
    utf8: false,
  })
}

/** hyparquet has decimals as doubles, and 64-bit integers as bigint: both as the samples have them. */
function ofHyparquet(type: FlatType, value: unknown): unknown {
  if (value === null || value === undefined) return null
  if (type.kind === 'bytes' && value instanceof Uint8Array)
    return Buffer.from(value).toString('hex').toUpperCase()
  if (type.kind === 'int') return String(value)
  return value
}

function isSameScalar(type: FlatType, value: unknown, wanted: Scalar | null): boolean {
  const seen = ofHyparquet(type, value)
  if (type.kind !== 'decimal' || wanted === null) return Object.is(seen, wanted)
  return Math.abs(Number(seen) - Number(wanted)) <= Math.abs(Number(wanted)) * 1e-12
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)

function isSame({ type }: ParquetColumn, seen: unknown, wanted: Sample['value'] | null): boolean {
  if (type.kind !== 'list')
    return (wanted === null || typeof wanted !== 'object') && isSameScalar(type, seen, wanted)
  if (!isList(seen) || !isList(wanted)) return (seen ?? null) === wanted
  return (
    seen.length === wanted.length && wanted.every((value, k) => isSameScalar(type.element, seen[k], value))
  )
}

function isSameInDuckdb(seen: unknown, wanted: Sample['value'] | null): boolean {
  if (!(seen instanceof DuckDBListValue) || !isList(wanted)) return Object.is(seen, wanted)
  return seen.items.length === wanted.length && wanted.every((value, k) => Object.is(seen.items[k], value))
}

/** The first value of the file that a witness does not read as the sample has it, or null if there is none. */
export async function firstDifference(
  file: Buffer,
  columns: readonly ParquetColumn[],
  samples: readonly (readonly (Sample | null)[])[],
): Promise<string | null> {
  using duckdb = await DuckdbWitness.open(file)
  const rows = await duckdb.query(`SELECT ${columns.map(witnessed).join(', ')} FROM FILE`)
  const objects = samples.length > 0 ? await readWithHyparquet(file) : []
  if (rows.length !== samples.length)
    return `DuckDB read ${rows.length} rows, and there are ${samples.length}`
  if (objects.length !== samples.length)
    return `hyparquet read ${objects.length} rows, and there are ${samples.length}`
  for (const [r, row] of samples.entries())
    for (const [c, column] of columns.entries()) {
      const wanted = row[c]?.value ?? null
      const seen: unknown = objects[r][column.name]
      const where = `${column.name}, row ${r}, is ${String(wanted)}`
      if (!isSameInDuckdb(rows[r][c], wanted)) return `${where}: DuckDB read ${String(rows[r][c])}`
      if (!isSame(column, seen, wanted)) return `${where}: hyparquet read ${String(seen)}`
    }
  return null
}
