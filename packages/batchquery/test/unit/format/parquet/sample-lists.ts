import type { LeafColumn } from '../../../../src/format/parquet/type.ts'
import type { Random } from './random.ts'
import { SAMPLE_COLUMNS, type Sample, type SampleColumn } from './sample-columns.ts'

const NO_OID = 0

/** PostgreSQL's binary form of an array: https://github.com/postgres/postgres/blob/master/src/backend/utils/adt/arrayfuncs.c */
export function binaryArray(elements: readonly (Buffer | null)[]): Buffer {
  if (elements.length === 0) return integers(0, 0, NO_OID)
  const hasNulls = elements.includes(null) ? 1 : 0
  const values = elements.flatMap(element =>
    element === null ? [integers(-1)] : [integers(element.length), element],
  )
  return Buffer.concat([integers(1, hasNulls, NO_OID, elements.length, 1), ...values])
}

export function integers(...values: readonly number[]): Buffer {
  const out = Buffer.alloc(4 * values.length)
  values.forEach((value, k) => {
    out.writeInt32BE(value, 4 * k)
  })
  return out
}

/** Returns a list of samples as one sample. */
export const listOf = (elements: readonly (Sample | null)[]): Sample => ({
  wire: binaryArray(elements.map(element => element?.wire ?? null)),
  value: elements.map(element => (element === null ? null : scalarOf(element))),
})

function scalarOf({ value }: Sample): string | number | boolean {
  if (typeof value === 'object') throw new Error('a list has no lists')
  return value
}

const lengthOf = (random: Random): number =>
  random.chance(0.1) ? 0 : random.chance(0.05) ? random.integer(0, 300) : random.integer(1, 4)

function arrays({ column, edges, random: element }: SampleColumn): SampleColumn {
  const { name, type, wire } = column
  if (type.kind === 'list') throw new Error('a list has no lists')
  return {
    column: {
      name: `${name}[]`,
      type: { kind: 'list', element: type },
      wire: 'array',
      element: { type, wire },
    },
    edges: [[], [null], edges, [null, ...edges, null], [null, null]].map(listOf),
    random: random =>
      listOf(Array.from({ length: lengthOf(random) }, () => (random.chance(0.15) ? null : element(random)))),
  }
}

function vectors(): SampleColumn {
  const sample = (values: readonly number[]): Sample => {
    const wire = Buffer.alloc(4 * values.length)
    values.forEach((value, k) => {
      wire.writeFloatLE(value, 4 * k)
    })
    return { wire, value: values.map(Math.fround) }
  }
  const element: Pick<LeafColumn, 'type' | 'wire'> = { type: { kind: 'float' }, wire: 'leFloat' }
  return {
    column: { name: 'vector', type: { kind: 'list', element: { kind: 'float' } }, wire: 'vector', element },
    edges: [sample([0, -0, 1.5, 16_777_216]), sample([]), sample([3.4028234663852886e38])],
    random: random => sample(Array.from({ length: 8 }, () => random.fraction() - 0.5)),
  }
}

const required = ({ column, edges, random }: SampleColumn): SampleColumn => ({
  column: { ...column, name: `${column.name}!`, isRequired: true },
  edges,
  random,
})

export const LIST_COLUMNS: readonly SampleColumn[] = [...SAMPLE_COLUMNS.map(arrays), vectors()]

const REQUIRED = ['int32', 'decimal38_10', 'few', 'unique', 'bool', 'near', 'few[]', 'vector']

export const REQUIRED_COLUMNS: readonly SampleColumn[] = [...SAMPLE_COLUMNS, ...LIST_COLUMNS]
  .filter(({ column }) => REQUIRED.includes(column.name))
  .map(required)

export const EVERY_COLUMN = [...SAMPLE_COLUMNS, ...LIST_COLUMNS, ...REQUIRED_COLUMNS]
