import { CLAUSE_NAMES, type FormatClauses } from '../clauses.ts'
import { type DelimitedText, type Format, type FormatPlan, UTF8_SESSION } from '../format.ts'
import { layoutOf, refuseWideCharacters, type TextLayout } from '../layout.ts'
import { RowEncoder } from '../rows/row-encoder.ts'
import { DEFAULT_TEXT_LAYOUT, lineEndOf, nullWordOf, textForm } from './text-form.ts'

const NO_ESCAPES = new Uint8Array()

/** The bytes of MySQL's OUTFILE, with its FIELDS and LINES. */
export const TEXT = {
  name: 'TEXT',
  otherNames: ['TSV', 'TXT', 'TAB'],
  option: 'tsv',
  // Not .txt, which may be any text.
  endings: ['.tsv'],
  extension: '',
  mediaType: 'text/tab-separated-values',
  clauses: CLAUSE_NAMES,
  plan,
} as const satisfies Format

function plan(clauses: FormatClauses): FormatPlan {
  const written = layoutOf(clauses)
  refuseWideCharacters(clauses)
  const { name, extension } = TEXT
  const { characterSet, header } = clauses
  return {
    name,
    extension,
    text: 'stored',
    characterSet,
    delimited: delimitedBy({ ...DEFAULT_TEXT_LAYOUT, ...written }, header),
    encoder(columns, output, session = UTF8_SESSION) {
      const escapedBy = session.backslashEscapes ? DEFAULT_TEXT_LAYOUT.escapedBy : NO_ESCAPES
      const layout = { ...DEFAULT_TEXT_LAYOUT, escapedBy, ...written }
      return new RowEncoder(textForm(columns, layout, session.names), header, output)
    },
  }
}

const delimitedBy = (layout: TextLayout, header: boolean): DelimitedText => ({
  separator: layout.fieldsTerminatedBy,
  quote: layout.enclosedBy,
  escaping: 'backslash',
  escape: layout.escapedBy,
  nullWord: nullWordOf(layout),
  lineStart: layout.linesStartingBy,
  lineEnd: lineEndOf(layout),
  header,
})
