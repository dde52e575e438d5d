import { type Dialect, wordsOf } from '../dialects/index.ts'
import type { ParameterType } from './declaration.ts'

/** A value of a type in its one spelling, or what a message expects in its place. */
export type Scalar = { readonly text: string } | { readonly expected: string }

const INT = /^([+-]?)(\d+)$/
const DECIMAL = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)$/
const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(\.\d{1,6})?)?)?$/
const LONE_SURROGATE = /\p{Surrogate}/u

/**
 * Reads one value. White space around it counts only in text.
 *
 *     int      007        7                       decimal  +.50   0.50
 *     date     2026-11-23T10:00                   2026-11-23 10:00:00
 */
export const readScalar = (given: string, type: ParameterType, dialect: Dialect): Scalar => {
  switch (type) {
    case 'text':
    case 'secret':
      return readText(given, dialect)
    case 'int':
      return readNumber(given.trim(), INT, 'a whole number such as 42', dialect)
    case 'decimal':
      return readNumber(given.trim(), DECIMAL, 'a decimal number such as 12.50', dialect)
    case 'date':
      return readDate(given.trim())
    case 'json':
      return readJson(given.trim(), dialect)
  }
}

const readText = (text: string, dialect: Dialect): Scalar => {
  if (LONE_SURROGATE.test(text)) return { expected: 'text without half a Unicode surrogate pair' }
  if (text.includes('\0') && !wordsOf(dialect).literals.takesNul)
    return { expected: `text without the character NUL, which ${dialect} does not accept` }
  return { text }
}

const readNumber = (text: string, form: RegExp, expected: string, dialect: Dialect): Scalar => {
  const [, sign, number] = form.exec(text) ?? []
  if (sign === undefined || number === undefined) return { expected }
  const [integer = '', fraction = ''] = number.split('.')
  const digits = integer.replace(/^0+/, '')
  const most = wordsOf(dialect).literals.mostDigits
  if (digits.length + fraction.length > most) return { expected: `${expected}, of at most ${most} digits` }
  const whole = digits === '' ? '0' : digits
  return { text: `${sign === '-' ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}` }
}

const readDate = (text: string): Scalar => {
  const expected = 'a date such as 2026-11-23, or 2026-11-23 10:00:00'
  const [, year, month, day, hour, minute, second = '00', fraction = ''] = DATE.exec(text) ?? []
  if (year === undefined || month === undefined || day === undefined) return { expected }
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  const isReal =
    Number(year) > 0 && date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day)
  if (!isReal) return { expected: `${expected}, of a day in the calendar` }
  const calendarDay = `${year}-${month}-${day}`
  if (hour === undefined || minute === undefined) return { text: calendarDay }
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59)
    return { expected: `${expected}, of a time from 00:00:00 to 23:59:59` }
  return { text: `${calendarDay} ${hour}:${minute}:${second}${fraction}` }
}

const readJson = (text: string, dialect: Dialect): Scalar => {
  try {
    JSON.parse(text)
  } catch {
    return { expected: 'a JSON value such as {"a":1}, "text" or 5' }
  }
  return readText(text, dialect)
}
