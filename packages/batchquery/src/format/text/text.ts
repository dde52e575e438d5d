import { type FormatClauses, refuseOtherClauses } from '../clauses.ts'
import { type DelimitedText, type Format, type FormatPlan, ROW_PART_BYTES, UTF8_SESSION } from '../format.ts'
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
  clauses: [
    ...(['HEADER', 'CHARACTER SET', 'FIELDS TERMINATED BY', 'ENCLOSED BY', 'ESCAPED BY'] as const),
    ...(['LINES STARTING BY', 'LINES TERMINATED BY'] as const),
  ],
  defaultPartBytes: ROW_PART_BYTES,
  compressesInside: false,
  reader: null,
  plan,
} as const satisfies Format

function plan(clauses: FormatClauses): FormatPlan {
  refuseOtherClauses(TEXT, clauses, 'Remove the clause.')
  const written = layoutOf(clauses)
  refuseWideCharacters(clauses)
  const { name, extension } = TEXT
  const { characterSet, header } = clauses
  return {
    name,
    extension,
    text: 'stored',
    characterSet,
    codec: null,
    rowGroupBytes: null,
    isShortOfMemory: false,
    delimited: delimitedBy({ ...DEFAULT_TEXT_LAYOUT, ...written }, header),
    encoder(columns, output, session = UTF8_SESSION) {
      const escapedBy = session.backslashEscapes ? DEFAULT_TEXT_LAYOUT.escapedBy : NO_ESCAPES
      const layout = { ...DEFAULT_TEXT_LAYOUT, escapedBy, ...written }
      return new RowEncoder(textForm(columns, layout, session), header, output)
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
  bom: false,
})
