import { BatchQueryError } from '../../errors/index.ts'
import { type FormatClauses, refuseOtherClauses } from '../clauses.ts'
import { type Format, type FormatPlan, ROW_PART_BYTES, startOfParts, UTF8_SESSION } from '../format.ts'
import { layoutOf, refuseWideCharacters } from '../layout.ts'
import { RowEncoder } from '../rows/row-encoder.ts'
import { csvForm } from './csv-form.ts'
import { csvLayout } from './csv-layout.ts'

/** The bytes of PostgreSQL's COPY CSV. A result is one text: its columns cannot each have a character set of their own. */
export const CSV = {
  name: 'CSV',
  otherNames: ['CVS'],
  option: 'csv',
  endings: ['.csv'],
  extension: '',
  mediaType: 'text/csv',
  clauses: [
    ...(['HEADER', 'BOM', 'CHARACTER SET'] as const),
    ...(['FIELDS TERMINATED BY', 'ENCLOSED BY', 'LINES TERMINATED BY'] as const),
  ],
  defaultPartBytes: ROW_PART_BYTES,
  compressesInside: false,
  reader: null,
  plan,
} as const satisfies Format

function plan(clauses: FormatClauses): FormatPlan {
  refuseOtherClauses(
    CSV,
    clauses,
    'Remove the clause, or write FORMAT TEXT. CSV escapes a quote by doubling it.',
  )
  const layout = csvLayout(layoutOf(clauses))
  refuseWideCharacters(clauses)
  refuseBinary(clauses)
  refuseOtherMark(clauses)
  const { name, extension } = CSV
  const { characterSet, header, bom } = clauses
  return {
    name,
    extension,
    text: 'utf8',
    characterSet,
    codec: null,
    rowGroupBytes: null,
    isShortOfMemory: false,
    delimited: {
      separator: layout.fieldsTerminatedBy,
      quote: layout.enclosedBy,
      escaping: 'doubling',
      escape: layout.enclosedBy,
      nullWord: new Uint8Array(),
      lineStart: new Uint8Array(),
      lineEnd: layout.linesTerminatedBy,
      header,
      bom,
    },
    encoder(columns, output, { names, bytesOf } = UTF8_SESSION) {
      const form = csvForm(columns, layout, names, bytesOf === 'COPY')
      return new RowEncoder({ ...form, header: startOfParts({ header, bom }, form.header) }, true, output)
    },
  }
}

function refuseOtherMark({ bom, characterSet }: FormatClauses): void {
  if (!bom || characterSet === null || /^utf-?8(mb[34])?$/i.test(characterSet)) return
  throw new BatchQueryError(
    'UNSUPPORTED_CLAUSE',
    `BOM ON marks a file as UTF-8, and CHARACTER SET is ${characterSet}`,
    { hint: 'Leave one of the clauses out.' },
  )
}

function refuseBinary({ characterSet }: FormatClauses): void {
  if (characterSet?.toLowerCase() !== 'binary') return
  throw new BatchQueryError(
    'UNSUPPORTED_CLAUSE',
    'CHARACTER SET binary keeps each column in its own character set, but a CSV file has only one',
    {
      hint: 'Remove the clause to write UTF-8, or write FORMAT TEXT, which writes each column as the database stores it.',
    },
  )
}
