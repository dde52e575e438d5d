import { BatchQueryError } from '../../errors/index.ts'
import type { ReadColumn, ReadRows, ReadValue } from '../../format/index.ts'

/**
 * The rows of several parts as one table. A column that a part does not have is NULL there.
 *
 * @throws VERIFICATION if a column has another type in another part
 */
export function mergedRows(parts: readonly ReadRows[]): ReadRows {
  const known = parts.filter(({ columns }) => columns.length > 0)
  const names = [...new Set(known.flatMap(({ columns }) => columns.map(({ name }) => name)))]
  // Two columns of delimited text may have one name.
  const [first] = known
  if (first !== undefined && known.every(part => hasSameNames(part, first))) {
    const columns = first.columns.map((_, at) => merged(known.map(part => part.columns[at])))
    const rows = known.flatMap(part =>
      part.rows.map(row => row.map((value, at) => asType(value, part.columns[at], columns[at]))),
    )
    return { columns, rows }
  }
  const columns = names.map(name =>
    merged(known.flatMap(part => part.columns.filter(column => column.name === name))),
  )
  const rows = known.flatMap(part => {
    const places = names.map(name => part.columns.findIndex(column => column.name === name))
    return part.rows.map(row =>
      places.map((place, at) => (place < 0 ? null : asType(row[place], part.columns[place], columns[at]))),
    )
  })
  return { columns, rows }
}

const hasSameNames = (one: ReadRows, other: ReadRows): boolean =>
  one.columns.length === other.columns.length &&
  one.columns.every(({ name }, at) => name === other.columns[at].name)

function merged(columns: readonly ReadColumn[]): ReadColumn {
  const [first] = columns
  const kinds = new Set(columns.map(({ type }) => type.kind))
  const isNumber = columns.every(column => column.isNumber)
  if (kinds.size === 1 || isNumber) return { ...first, isNumber }
  const { name } = first
  if (kinds.size === 2 && kinds.has('string')) {
    if (kinds.has('bytes')) return { name, type: { kind: 'bytes' }, isNumber: false }
    if (kinds.has('json')) return { name, type: { kind: 'json' }, isNumber: false }
  }
  throw new BatchQueryError(
    'VERIFICATION',
    `the column ${JSON.stringify(name)} has the types ${[...kinds].join(' and ')} in the parts of the result`,
  )
}

function asType(value: ReadValue, from: ReadColumn, to: ReadColumn): ReadValue {
  if (typeof value !== 'string' || from.type.kind === to.type.kind) return value
  if (to.type.kind === 'bytes') return Buffer.from(value)
  return to.type.kind === 'json' ? JSON.stringify(value) : value
}
