import { isDeepStrictEqual } from 'node:util'
import type { FlatType } from '../../src/format/exact-column.ts'
import type { ParquetColumn } from '../../src/format/parquet/index.ts'
import type { Sample, Scalar as SampleScalar } from '../unit/format/parquet/sample-columns.ts'
import type { Reply, Scalar, Value } from './witness.ts'

/** Returns a value in the form of the witnesses' replies: floating point numbers as their bits. */
function shown(type: FlatType, value: SampleScalar | null): Scalar {
  if (value === null) return null
  if (type.kind !== 'float' && type.kind !== 'double')
    return typeof value === 'number' ? String(value) : value
  const bits = Buffer.alloc(type.kind === 'float' ? 4 : 8)
  if (type.kind === 'float') bits.writeFloatBE(Number(value))
  else bits.writeDoubleBE(Number(value))
  return bits.toString('hex')
}

function isSame({ type }: ParquetColumn, seen: Value | undefined, sample: Sample | null): boolean {
  const value = sample?.value ?? null
  if (value === null || typeof value !== 'object')
    return seen === (type.kind === 'list' ? value : shown(type, value))
  if (type.kind !== 'list') return false
  return isDeepStrictEqual(
    seen,
    value.map(element => shown(type.element, element)),
  )
}

/** Returns the problems that the witness found, and the first value of each column that differs from the samples. */
export function problemsOf(
  reply: Reply,
  columns: readonly ParquetColumn[],
  samples: readonly (readonly (Sample | null)[])[],
): readonly string[] {
  const problems = [...reply.problems]
  if (reply.rows !== samples.length) problems.push(`${reply.rows} rows, and not ${samples.length}`)
  columns.forEach((column, c) => {
    const values = reply.values[c]
    if (reply.names[c] !== column.name) problems.push(`column ${c} is named ${reply.names[c]}`)
    const wrong = samples.findIndex((row, r) => !isSame(column, values[r], row[c]))
    if (wrong >= 0)
      problems.push(
        `${column.name}, row ${wrong}: ${String(values[wrong])}, and it is ${String(samples[wrong][c]?.value)}`,
      )
  })
  return problems
}
