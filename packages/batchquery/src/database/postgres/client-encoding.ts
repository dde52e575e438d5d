import { BatchQueryError } from '../../errors/index.ts'

/**
 * MySQL's names of character sets as PostgreSQL calls them. MySQL's `latin1` is Windows-1252, its `sjis` the standard
 * one that PostgreSQL knows with the extensions of Windows.
 * https://www.postgresql.org/docs/current/multibyte.html#MULTIBYTE-CHARSET-SUPPORTED
 */
const ENCODINGS: Readonly<Record<string, string>> = {
  utf8: 'UTF8',
  utf8mb3: 'UTF8',
  utf8mb4: 'UTF8',
  latin1: 'WIN1252',
  latin2: 'LATIN2',
  latin5: 'LATIN5',
  latin7: 'LATIN7',
  cp1250: 'WIN1250',
  cp1251: 'WIN1251',
  cp1256: 'WIN1256',
  cp1257: 'WIN1257',
  cp866: 'WIN866',
  greek: 'ISO_8859_7',
  hebrew: 'ISO_8859_8',
  koi8r: 'KOI8R',
  koi8u: 'KOI8U',
  big5: 'BIG5',
  cp932: 'SJIS',
  sjis: 'SJIS',
  ujis: 'EUC_JP',
  euckr: 'EUC_KR',
  gb2312: 'EUC_CN',
  gbk: 'GBK',
  gb18030: 'GB18030',
}

/**
 * The server's name for the character set of a clause.
 *
 * @throws UNSUPPORTED_CLAUSE
 */
export function clientEncoding(characterSet: string): string {
  const name = characterSet.toLowerCase()
  if (Object.hasOwn(ENCODINGS, name)) return ENCODINGS[name]
  throw new BatchQueryError(
    'UNSUPPORTED_CLAUSE',
    `PostgreSQL cannot write CHARACTER SET ${JSON.stringify(characterSet)}`,
    { hint: `It can write ${Object.keys(ENCODINGS).join(', ')}.` },
  )
}
