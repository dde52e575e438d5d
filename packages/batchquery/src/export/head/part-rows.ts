import { BatchQueryError } from '../../errors/index.ts'
import {
  DelimitedReader,
  type DelimitedText,
  type FormatName,
  firstParquetRows,
  JsonLinesReader,
  jsonColumns,
  type ReadRows,
  stringColumns,
  utf8Text,
} from '../../format/index.ts'
import { decompressed, type PartBytes, type PartCompressionKind } from './part-bytes.ts'
import { takeRows } from './take-rows.ts'

/** How the rows of a part are written. */
export type PartForm =
  | { readonly format: 'PARQUET' }
  | { readonly format: 'JSON'; readonly compression: PartCompressionKind }
  | {
      readonly format: 'TEXT' | 'CSV'
      readonly compression: PartCompressionKind
      readonly delimited: DelimitedText
      /** Whether a program that was not batchquery may have written it: its lines may end in CR LF. */
      readonly isForeign: boolean
      /** Whether the user named the separator, or a record. */
      readonly isSeparatorKnown: boolean
      /** The clause CHARACTER SET; null for UTF-8. */
      readonly characterSet: string | null
    }

/** The first rows of a part. */
export interface PartRows extends ReadRows {
  /** Sentences for the user about what the rows do not show. */
  readonly notes: readonly string[]
}

/** @throws VERIFICATION, without the name of the part, if its bytes are not of this form; as `takeRows`, `firstParquetRows` */
export async function firstRowsOf(bytes: PartBytes, form: PartForm, count: number): Promise<PartRows> {
  if (form.format === 'PARQUET') {
    const { omitted, ...rows } = await firstParquetRows(bytes.info.bytes, bytes.read, count)
    const notes = omitted.map(
      ({ name, type }) => `left out, because head cannot print values of this type exactly: ${name} ${type}`,
    )
    return { ...rows, notes }
  }
  const chunks = decompressed(bytes.ranges(), form.compression)
  if (form.format === 'JSON')
    return { ...jsonColumns(await takeRows(chunks, new JsonLinesReader(), count)), notes: [] }
  const { delimited, isForeign, isSeparatorKnown, characterSet } = form
  if (delimited.header && count === 0) return { columns: [], rows: [], notes: [] }
  const reader = new DelimitedReader(delimited, isForeign)
  const read = await takeRows(chunks, reader, count + (delimited.header ? 1 : 0))
  checkWidths(read)
  if (!isSeparatorKnown) refuseOtherSeparator(read)
  const [first = []] = read
  const textOf = textReader(characterSet)
  const names = delimited.header
    ? first.map(name => (name === null ? '' : (textOf(name) ?? Buffer.from(name).toString('latin1'))))
    : first.map((_, at) => `column${at + 1}`)
  const table = stringColumns(names, delimited.header ? read.slice(1) : read, textOf)
  const notes = table.columns
    .filter(({ type }) => type.kind === 'bytes')
    .map(({ name }) => `${JSON.stringify(name)} is not text in UTF-8: its values are shown as bytes`)
  return { ...table, notes }
}

type Fields = readonly (Uint8Array | null)[]

function checkWidths(rows: readonly Fields[]): void {
  const [{ length } = []] = rows
  const at = rows.findIndex(row => row.length !== length)
  if (at < 0) return
  throw new BatchQueryError(
    'VERIFICATION',
    `its first line has ${length} values, and line ${at + 1} has ${rows[at].length}`,
  )
}

const SEPARATORS = /[;\t|,]/

function refuseOtherSeparator(rows: readonly Fields[]): void {
  if (rows.length === 0 || rows.some(row => row.length !== 1)) return
  const texts = rows.map(([value]) => Buffer.from(value ?? []).toString('latin1'))
  const [separator] = SEPARATORS.exec(texts[0]) ?? []
  if (separator === undefined || !texts.every(text => text.includes(separator))) return
  throw new BatchQueryError(
    'VERIFICATION',
    `each of its lines is one value with ${JSON.stringify(separator)} in it, which may be the separator`,
  )
}

/** Character sets in which a byte of a longer character may look like a separator. */
const AMBIGUOUS = /^(big5|cp932|gbk|gb18030|sjis|shift_jis|uhc|johab|euckr)/i
const UTF8 = /^(utf-?8|ascii|us-ascii|sql_ascii|binary)/i

/** In another character set only ASCII is text: a byte from 0x80 on is another character in each. */
function textReader(characterSet: string | null): (bytes: Uint8Array) => string | null {
  if (characterSet === null || UTF8.test(characterSet)) return utf8Text
  if (AMBIGUOUS.test(characterSet))
    throw new BatchQueryError(
      'UNSUPPORTED_CLAUSE',
      `head cannot read text in CHARACTER SET ${characterSet}`,
      {
        hint: 'Download it with `batchquery get`, and read it with a program that knows this character set.',
      },
    )
  return bytes => (bytes.every(byte => byte < 0x80) ? utf8Text(bytes) : null)
}

/** Whether a format's file is named by its first bytes. */
export const isParquet = (first: Uint8Array): boolean => Buffer.from('PAR1').equals(first.subarray(0, 4))

export const isDelimited = (format: FormatName): format is 'TEXT' | 'CSV' =>
  format === 'TEXT' || format === 'CSV'
