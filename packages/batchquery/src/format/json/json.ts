import { BatchQueryError } from '../../errors/index.ts'
import { type FormatClauses, refuseOtherCharacters, refuseOtherClauses } from '../clauses.ts'
import type { TypedColumn } from '../column.ts'
import { type Format, type FormatPlan, ROW_PART_BYTES } from '../format.ts'
import { RowEncoder } from '../rows/row-encoder.ts'
import { jsonForm } from './json-form.ts'
import type { JsonColumn } from './values.ts'

/** JSON Lines, in UTF-8. */
export const JSON_LINES = {
  name: 'JSON',
  otherNames: ['JSONL', 'NDJSON'],
  option: 'json',
  endings: ['.json', '.jsonl', '.ndjson'],
  extension: '.json',
  mediaType: 'application/x-ndjson',
  clauses: ['CHARACTER SET', 'TYPES', 'INVALID DATES'],
  defaultPartBytes: ROW_PART_BYTES,
  compressesInside: false,
  reader: null,
  plan,
} as const satisfies Format

function plan(clauses: FormatClauses): FormatPlan {
  refuseOtherClauses(JSON_LINES, clauses, 'Remove the clause. JSON Lines has only one form.')
  refuseOtherCharacters(JSON_LINES.name, clauses)
  const { types, invalidDates } = clauses
  return {
    name: JSON_LINES.name,
    extension: JSON_LINES.extension,
    text: 'typed',
    prefersText: true,
    types,
    characterSet: null,
    codec: null,
    rowGroupBytes: null,
    isShortOfMemory: false,
    delimited: null,
    check: columns => void jsonColumns(columns),
    encoder: (columns, output) => new RowEncoder(jsonForm(jsonColumns(columns), invalidDates), false, output),
  }
}

/** @throws UNSUPPORTED_CLAUSE if two columns have one name */
function jsonColumns(columns: readonly TypedColumn[]): readonly JsonColumn[] {
  const names = columns.map(({ name }) => Buffer.from(name).toString())
  refuseEqualNames(names)
  return columns.map(({ exact, kind, encoding }, index) => {
    const name = names[index]
    if (exact === undefined) throw new BatchQueryError('INTERNAL', 'a column of JSON Lines has no type')
    return { name, exact, kind, encoding }
  })
}

/** Readers of JSON keep one of two values with the same name. */
function refuseEqualNames(names: readonly string[]): void {
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name))
      throw new BatchQueryError(
        'UNSUPPORTED_CLAUSE',
        `FORMAT JSON needs a different name for each column, but two columns of the result are named ${JSON.stringify(name)}`,
        { hint: 'Rename one of them in the query: AS other_name.' },
      )
    seen.add(name)
  }
}
