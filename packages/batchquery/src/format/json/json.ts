import { BatchQueryError } from '../../errors/index.ts'
import { type FormatClauses, refuseOtherClauses } from '../clauses.ts'
import type { Format, FormatPlan } from '../format.ts'
import { RowEncoder } from '../rows/row-encoder.ts'
import { jsonForm } from './json-form.ts'

/** JSON Lines, in UTF-8. */
export const JSON_LINES = {
  name: 'JSON',
  otherNames: ['JSONL', 'NDJSON'],
  option: 'json',
  endings: ['.json', '.jsonl'],
  extension: '.json',
  mediaType: 'application/x-ndjson',
  clauses: ['CHARACTER SET'],
  plan,
} as const satisfies Format

function plan(clauses: FormatClauses): FormatPlan {
  refuseOtherClauses(JSON_LINES, clauses, 'Leave the clause out: JSON Lines have one form.')
  refuseOtherCharacters(clauses)
  return {
    name: JSON_LINES.name,
    extension: JSON_LINES.extension,
    text: 'utf8',
    characterSet: null,
    delimited: null,
    encoder: (columns, output) => new RowEncoder(jsonForm(columns), false, output),
  }
}

function refuseOtherCharacters({ characterSet }: FormatClauses): void {
  if (characterSet === null || characterSet.toLowerCase() === 'utf8mb4') return
  throw new BatchQueryError('UNSUPPORTED_CLAUSE', `FORMAT JSON cannot have CHARACTER SET ${characterSet}`, {
    hint: 'Leave the clause out: JSON is in UTF-8.',
  })
}
