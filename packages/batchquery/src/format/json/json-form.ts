import type { BatchQueryError } from '../../errors/index.ts'
import type { InvalidDates } from '../column.ts'
import { valueError } from '../parquet/value-error.ts'
import { overheadOf } from '../rows/encode-row.ts'
import type { RowForm } from '../rows/row-form.ts'
import { asBuffer, WordView } from './text.ts'
import { type JsonColumn, type JsonValue, jsonValue } from './values.ts'

const NOTHING = new Uint8Array()
/** More of a value is not shown. */
const SHOWN_BYTES = 400

/**
 * How a result is written as JSON Lines (https://jsonlines.org): an object for every row, its values by the names of the
 * columns.
 *
 * @param invalidDates the clause INVALID DATES
 */
export function jsonForm(columns: readonly JsonColumn[], invalidDates: 'NULL' | 'ERROR' | null): RowForm {
  const around = {
    rowStart: NOTHING,
    leads: columns.map(({ name }, index) =>
      Buffer.from(`${index === 0 ? '{' : ','}${JSON.stringify(name)}:`),
    ),
    rowEnd: Buffer.from(columns.length === 0 ? '{}\n' : '}\n'),
    nullWord: Buffer.from('null'),
  }
  const views = { source: new WordView(), out: new WordView() }
  const values = columns.map(column => jsonValue(column, views, invalidDates))
  const encoders = values.map(({ encoder }) => encoder)
  const required = columns.map(({ exact }) => exact.isRequired === true)
  return {
    ...around,
    columns: encoders,
    header: NOTHING,
    overheadPerRow: overheadOf(encoders, around),
    growth: Math.max(1, ...values.map(({ growth }) => growth)),
    ...(required.includes(true) && { required }),
    ...(values.some(({ rule }) => rule !== null) && { invalidDates: () => countsOf(columns, values) }),
    refused: (column, row, source, start, end) =>
      refusedValue(columns[column].name, values[column], { row, source: asBuffer(source), start, end }),
  }
}

const countsOf = (columns: readonly JsonColumn[], values: readonly JsonValue[]): readonly InvalidDates[] =>
  values.flatMap(({ rule }, index) =>
    rule === null || rule.count === 0 ? [] : [{ column: columns[index].name, count: rule.count }],
  )

interface Refused {
  readonly row: number
  readonly source: Buffer
  /** -1 for NULL. */
  readonly start: number
  readonly end: number
}

function refusedValue(
  name: string,
  { refusal }: JsonValue,
  { row, source, start, end }: Refused,
): BatchQueryError {
  if (start < 0)
    return valueError(name, row, 'NULL', {
      why: 'is not allowed by NOT NULL in TYPES',
      hint: 'Remove NOT NULL, or replace NULL in the query: COALESCE(x, ...).',
    })
  return valueError(
    name,
    row,
    source.toString('utf8', start, Math.min(end, start + SHOWN_BYTES)),
    refusal(source, start, end),
  )
}
