import type { Escape } from '../rows/row-form.ts'

const DASH = 0x2d
const NULL = Buffer.from('null')
const DATE = /^(\d{4})-(\d\d)-(\d\d)/
const DATE_BYTES = 10
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)

/** `zero`: the month or the day is zero. `wrong`: the calendar does not have the day. Anything but YYYY-MM-DD is `right`. */
function judge(source: Uint8Array, start: number, end: number): 'right' | 'zero' | 'wrong' {
  if (end - start < DATE_BYTES || source[start + 4] !== DASH) return 'right'
  const text = Buffer.from(source.subarray(start, start + DATE_BYTES)).toString('latin1')
  const [year, month, day] = (DATE.exec(text) ?? []).slice(1).map(Number)
  if (year === undefined || month === undefined || day === undefined) return 'right'
  if (month === 0 || day === 0) return 'zero'
  const most = month === 2 && isLeap(year) ? 29 : (DAYS[month - 1] ?? 0)
  return day <= most ? 'right' : 'wrong'
}

/** Applies the clause INVALID DATES to a column of dates. */
export class InvalidDateRule {
  /** How many zero and partial dates were written as NULL. */
  count = 0
  readonly #rule: 'NULL' | 'ERROR'
  readonly #isRequired: boolean

  constructor(rule: 'NULL' | 'ERROR', isRequired: boolean) {
    this.#rule = rule
    this.#isRequired = isRequired
  }

  applied(write: Escape): Escape {
    return (source, start, end, out, at) => {
      const judgement = judge(source, start, end)
      if (judgement === 'right') return write(source, start, end, out, at)
      if (judgement === 'wrong' || this.#rule === 'ERROR' || this.#isRequired) return -1
      this.count++
      out.set(NULL, at)
      return at + NULL.length
    }
  }

  /** Whether a value that was refused is not a date of the calendar. */
  refuses(source: Uint8Array, start: number, end: number): boolean {
    return judge(source, start, end) !== 'right'
  }
}
