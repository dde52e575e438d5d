import { BatchQueryError } from '../../errors/index.ts'

/**
 * PostgreSQL's names for MySQL's character sets. MySQL's `latin1` is Windows-1252, its `sjis` is the standard one,
 * which PostgreSQL has with the extensions of Windows.
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
  tis620: 'WIN874',
}

/** Encodings that only PostgreSQL has, under its own names. */
const ENCODINGS_OF_POSTGRES = [
  ...['latin3', 'latin4', 'latin6', 'latin8', 'latin9', 'latin10', 'iso_8859_5', 'iso_8859_6'],
  ...['win1253', 'win1254', 'win1255', 'win1258'],
  ...['euc_tw', 'euc_jis_2004', 'shift_jis_2004', 'johab', 'uhc'],
]
const NO_ENCODING = 'SQL_ASCII'

/**
 * The server's name for the character set of a clause. A database in LATIN1 or SQL_ASCII sends its bytes as they are
 * stored if the clause names its own character set, because PostgreSQL has no conversion from LATIN1 to Windows-1252.
 *
 * @param serverEncoding the encoding in which the database stores text
 * @throws UNSUPPORTED_CLAUSE
 */
export function clientEncoding(characterSet: string, serverEncoding: string): string {
  const name = characterSet.toLowerCase()
  if (name === 'latin1' && serverEncoding === 'LATIN1') return serverEncoding
  if (Object.hasOwn(ENCODINGS, name)) return ENCODINGS[name]
  if (ENCODINGS_OF_POSTGRES.includes(name)) return name.toUpperCase()
  if (name === NO_ENCODING.toLowerCase() && serverEncoding === NO_ENCODING) return NO_ENCODING
  throw new BatchQueryError(
    'UNSUPPORTED_CLAUSE',
    `PostgreSQL cannot write CHARACTER SET ${JSON.stringify(characterSet)}`,
    { hint: `Write one of ${[...Object.keys(ENCODINGS), ...ENCODINGS_OF_POSTGRES].join(', ')}.` },
  )
}

/** The character set of a clause that exports text as the database stores it. */
export function matchingCharacterSet(serverEncoding: string): string {
  if (serverEncoding === 'LATIN1') return 'latin1'
  const [name] = Object.entries(ENCODINGS).find(([, encoding]) => encoding === serverEncoding) ?? []
  return name ?? serverEncoding.toLowerCase()
}
