import { type KeyColumn, quotedColumn } from './table.ts'

/*
 * The values of keys on their way from the server and back. A value of a text or of bytes is its hexadecimal digits, any other value is its
 * text. The server makes and compares all of them: here they are only passed on.
 */

type Kind = 'exact' | 'float' | 'date' | 'time' | 'text' | 'bytes' | 'quoted'

const KINDS: Readonly<Record<string, Kind>> = {
  ...{
    tinyint: 'exact',
    smallint: 'exact',
    mediumint: 'exact',
    int: 'exact',
    bigint: 'exact',
    decimal: 'exact',
  },
  ...{ year: 'exact', float: 'float', double: 'float', date: 'date', datetime: 'time', timestamp: 'time' },
  ...{ char: 'text', varchar: 'text', tinytext: 'text', text: 'text', mediumtext: 'text', longtext: 'text' },
  ...{ binary: 'bytes', varbinary: 'bytes', tinyblob: 'bytes', blob: 'bytes', mediumblob: 'bytes' },
  ...{ longblob: 'bytes', uuid: 'quoted', inet4: 'quoted', inet6: 'quoted' },
}

/** What values of a column are like. Null if their order is not that of an index, as for ENUM, or if they have no literal. */
export const kindOf = ({ type }: KeyColumn): Kind | null => KINDS[type] ?? null

/** Selects the value of a column as this module passes it. */
export function valueSql(column: KeyColumn): string {
  const name = quotedColumn(column)
  const kind = kindOf(column)
  if (kind === 'text') return `HEX(CONVERT(${name} USING utf8mb4))`
  return kind === 'bytes' ? `HEX(${name})` : `CAST(${name} AS CHAR)`
}

/**
 * The literal of a value. That of a text has the character set and the collation of its column, so the server compares it as the index is
 * ordered, whatever the session is set to.
 */
export function literalOf(column: KeyColumn, value: string): string {
  const { characterSet, collation } = column
  switch (kindOf(column)) {
    case 'text':
      return `${convertedSql(`_utf8mb4 X'${hex(value)}'`, characterSet)} COLLATE ${collation}`
    case 'bytes':
      return `_binary X'${hex(value)}'`
    case 'exact':
    case 'float':
      return number(value)
    default:
      return `'${plain(value)}'`
  }
}

const convertedSql = (literal: string, characterSet: string | null): string =>
  characterSet === null || characterSet === 'utf8mb4' ? literal : `CONVERT(${literal} USING ${characterSet})`

const checked = (pattern: RegExp) => (value: string) => {
  if (pattern.test(value)) return value
  throw new TypeError(`the server sent ${JSON.stringify(value)} as the value of a key`)
}
const hex = checked(/^(?:[0-9A-F]{2})*$/)
const number = checked(/^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i)
const plain = checked(/^[\w :.-]*$/)

/** An expression for a value in the middle of two. Null if the server has none; then `middleText` or an index row helps. */
export function middleSql(column: KeyColumn, first: string, last: string): string | null {
  const [low, high] = [literalOf(column, first), literalOf(column, last)]
  switch (kindOf(column)) {
    case 'exact': {
      const decimal = (literal: string): string => `CAST(${literal} AS DECIMAL(65,${column.scale}))`
      return `CAST((${decimal(low)} + ${decimal(high)}) / 2 AS DECIMAL(65,${column.scale}))`
    }
    case 'float':
      return `(${low} + ${high}) / 2`
    case 'date':
      return `${low} + INTERVAL DATEDIFF(${high}, ${low}) DIV 2 DAY`
    case 'time':
      return `${low} + INTERVAL TIMESTAMPDIFF(MICROSECOND, ${low}, ${high}) DIV 2 MICROSECOND`
    case 'bytes':
      return literalOf(column, middleBytes(first, last))
    default:
      return null
  }
}

/** How many bytes or characters after a common beginning decide. */
const DIGITS = 8

/** Hexadecimal digits in the middle of two byte strings. */
function middleBytes(first: string, last: string): string {
  const [low, high] = [Buffer.from(first, 'hex'), Buffer.from(last, 'hex')]
  return Buffer.from(middleDigits([...low], [...high], 256))
    .toString('hex')
    .toUpperCase()
}

/**
 * A text in the middle of two, in the order of an alphabet.
 *
 * @param first as hexadecimal digits of UTF-8
 * @param alphabet classes of characters that the collation takes for equal, in its order
 * @returns as `first`
 */
export function middleText(first: string, last: string, alphabet: readonly string[]): string {
  const places = new Map(
    alphabet.flatMap((equal, at) => [...equal].map(character => [character, at] as const)),
  )
  const digits = (value: string): number[] =>
    charactersOf(value).map(character => places.get(character) ?? alphabet.length - 1)
  const middle = middleDigits(digits(first), digits(last), alphabet.length)
  const text = middle.map(at => [...(alphabet[at] ?? '')][0] ?? '').join('')
  return Buffer.from(text).toString('hex').toUpperCase()
}

/** So many characters between two are enough to find a middle. */
const BETWEEN = 48
const SURROGATES = { first: 0xd800, last: 0xdfff }

/** The characters of two texts, and some whose numbers are between those of the first two that differ. */
export function charactersAround(first: string, last: string): readonly string[] {
  const [low, high] = [charactersOf(first), charactersOf(last)]
  const at = low.findIndex((character, place) => character !== high[place])
  const [one = 0, other = 0] = [low[at]?.codePointAt(0), high[at]?.codePointAt(0)]
  const step = (other - one) / BETWEEN
  const between = Array.from({ length: BETWEEN }, (_, place) => Math.round(one + place * step))
  const printable = between.filter(
    number => number >= 32 && (number < SURROGATES.first || number > SURROGATES.last),
  )
  return [...low, ...high, ...printable.map(number => String.fromCodePoint(number))]
}

const charactersOf = (value: string): readonly string[] => [...Buffer.from(value, 'hex').toString()]

/** The middle of two numbers whose digits these are, of those after the point. A text that has ended comes before each that goes on. */
function middleDigits(low: readonly number[], high: readonly number[], base: number): number[] {
  let same = 0
  while (same < low.length && low[same] === high[same]) same++
  const whole = (digits: readonly number[]): bigint =>
    Array.from({ length: DIGITS }, (_, at) => BigInt((digits[same + at] ?? -1) + 1)).reduce(
      (sum, digit) => sum * BigInt(base + 1) + digit,
      0n,
    )
  let middle = (whole(low) + whole(high)) / 2n
  const digits: number[] = []
  for (let at = 0; at < DIGITS; at++) {
    digits.unshift(Number(middle % BigInt(base + 1)) - 1)
    middle /= BigInt(base + 1)
  }
  const end = digits.indexOf(-1)
  return [...high.slice(0, same), ...(end === -1 ? digits : digits.slice(0, end))]
}
