import type { CharacterEncoding, FormatColumn, TextLayout } from '../../../src/format/index.ts'

/**
 * The server's INTO OUTFILE, value by value and byte by byte, on strings of one character a byte (latin1). Slow, and
 * written apart from the product: characters are regular expressions, each byte is judged anew.
 */
const CHARACTER: Readonly<Record<CharacterEncoding, RegExp | null>> = {
  single: null,
  utf8: /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}/y,
  big5: /[\xa1-\xf9][\x40-\x7e\xa1-\xfe]/y,
  cp932: /[\x81-\x9f\xe0-\xfc][\x40-\x7e\x80-\xfc]/y,
  euckr: /[\x81-\xfe][\x41-\x5a\x61-\x7a\x81-\xfe]/y,
  gb18030: /[\x81-\xfe][\x40-\x7e\x80-\xfe]|[\x81-\xfe][\x30-\x39][\x81-\xfe][\x30-\x39]/y,
  gb2312: /[\xa1-\xf7][\xa1-\xfe]/y,
  gbk: /[\x81-\xfe][\x40-\x7e\x80-\xfe]/y,
  sjis: /[\x81-\x9f\xe0-\xfc][\x40-\x7e\x80-\xfc]/y,
  ucs2: /../sy,
  ujis: /\x8e[\xa1-\xdf]|\x8f[\xa1-\xfe]{2}|[\xa1-\xfe]{2}/y,
  utf16: /[\xd8-\xdb].[\xdc-\xdf].|[^\xd8-\xdf]./sy,
  utf16le: /.[\xd8-\xdb].[\xdc-\xdf]|.[^\xd8-\xdf]/sy,
  utf32: /\0[\0-\cP]../sy,
}

export const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** @param result the columns that decide which separators are ambiguous */
export function referenceRow(
  columns: readonly FormatColumn[],
  layout: TextLayout,
  row: readonly (Uint8Array | null)[],
  result = columns,
): string {
  const field = latin1(layout.fieldsTerminatedBy)
  const quote = latin1(layout.enclosedBy)
  const escaped = latin1(layout.escapedBy).slice(0, 1)
  const line = latin1(layout.linesTerminatedBy) || field
  const optionally = quote === '' || (layout.optionallyEnclosed && field !== '')
  const separator = (quote || field)[0]
  const separatorIsLetter = 'ntrb0ZN\0'.includes(separator)
  const separatorIsNumeric = '.0123456789e+-\0'.includes(separator)
  const large = result.findIndex(column => column.isLarge)
  const seen = large < 0 ? result : result.slice(0, large)
  const strings = seen.some(column => column.kind === 'string')
  const numbers = seen.some(column => column.kind !== 'string')
  const fieldIsAmbiguous =
    (separatorIsLetter && quote === '' && (strings || separatorIsNumeric)) ||
    (optionally && numbers && field !== '' && '.0123456789e+-\0'.includes(field[0]))

  const values = columns.map(({ kind, encoding }, index) => {
    const value = row[index]
    if (value === null) return escaped === '' ? 'NULL' : `${escaped}N`
    const text = latin1(value)
    const enclosed = quote !== '' && (!optionally || kind !== 'number')
    const mark = enclosed ? quote : ''
    if (escaped === '' || (kind === 'number' && !separatorIsNumeric)) return mark + text + mark
    let written = ''
    for (let at = 0; at < text.length; ) {
      const character = CHARACTER[encoding]
      if (character !== null) {
        character.lastIndex = at
        const match = character.exec(text)
        if (match !== null) {
          written += match[0]
          at += match[0].length
          continue
        }
      }
      const byte = text[at++]
      const needsEscape =
        byte === escaped || byte === (enclosed ? separator : field[0]) || byte === line[0] || byte === '\0'
      if (needsEscape && (enclosed || !fieldIsAmbiguous || byte !== field[0])) {
        written += byte === separator && separatorIsLetter ? separator : escaped
        written += byte === '\0' ? '0' : byte
      } else written += byte
    }
    return mark + written + mark
  })
  return latin1(layout.linesStartingBy) + values.join(field) + line
}
