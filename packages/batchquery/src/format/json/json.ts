import { type FormatClauses, refuseOtherCharacters, refuseOtherClauses } from '../clauses.ts'
import { type Format, type FormatPlan, ROW_PART_BYTES } from '../format.ts'
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
  defaultPartBytes: ROW_PART_BYTES,
  compressesInside: false,
  memory: null,
  reader: null,
  plan,
} as const satisfies Format

function plan(clauses: FormatClauses): FormatPlan {
  refuseOtherClauses(JSON_LINES, clauses, 'Leave the clause out: JSON Lines have one form.')
  refuseOtherCharacters(JSON_LINES.name, clauses)
  return {
    name: JSON_LINES.name,
    extension: JSON_LINES.extension,
    text: 'utf8',
    characterSet: null,
    codec: null,
    rowGroupBytes: null,
    delimited: null,
    encoder: (columns, output) => new RowEncoder(jsonForm(columns), false, output),
  }
}
