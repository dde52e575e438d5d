import type { ParquetColumn } from '../../src/format/parquet/index.ts'
import type { Sample } from '../unit/format/parquet/sample-columns.ts'
import type { Reply, Value } from './witness.ts'

/** A value as the witnesses show it: floating point numbers as their bits. */
function shown({ type }: ParquetColumn, sample: Sample | null): Value {
  if (sample === null) return null
  const { value } = sample
  if (type.kind !== 'float' && type.kind !== 'double')
    return typeof value === 'number' ? String(value) : value
  const bits = Buffer.alloc(type.kind === 'float' ? 4 : 8)
  if (type.kind === 'float') bits.writeFloatBE(Number(value))
  else bits.writeDoubleBE(Number(value))
  return bits.toString('hex')
}

/** What a reply has wrong: the values that differ from the samples, and what the witness found itself. */
export function problemsOf(
  reply: Reply,
  columns: readonly ParquetColumn[],
  samples: readonly (readonly (Sample | null)[])[],
): readonly string[] {
  const problems = [...reply.problems]
  if (reply.rows !== samples.length) problems.push(`${reply.rows} rows, and not ${samples.length}`)
  columns.forEach((column, c) => {
    if (reply.names[c] !== column.name) problems.push(`column ${c} is named ${reply.names[c]}`)
    const wrong = samples.findIndex((row, r) => reply.values[c][r] !== shown(column, row[c]))
    if (wrong >= 0)
      problems.push(
        `${column.name}, row ${wrong}: ${String(reply.values[c][wrong])}, and it is ${String(shown(column, samples[wrong][c]))}`,
      )
  })
  return problems
}
