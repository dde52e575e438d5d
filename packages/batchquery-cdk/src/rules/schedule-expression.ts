/*
 * The expressions that EventBridge Scheduler accepts. It would report an invalid one only on deployment.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

interface Field {
  readonly name: string
  readonly from: number
  readonly to: number
  /** The name for `from` comes first. */
  readonly names: readonly string[]
  /** Values that only this field accepts. */
  readonly special: RegExp | null
}

const FIELDS: readonly Field[] = [
  { name: 'minutes', from: 0, to: 59, names: [], special: null },
  { name: 'hours', from: 0, to: 23, names: [], special: null },
  { name: 'day of month', from: 1, to: 31, names: [], special: /^(?:\?|L|LW|(?:[1-9]|[12]\d|3[01])W)$/ },
  { name: 'month', from: 1, to: 12, names: MONTHS, special: null },
  {
    name: 'day of week',
    from: 1,
    to: 7,
    names: DAYS,
    special: /^(?:\?|L|(?:[1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(?:L|#[1-5]))$/,
  },
  { name: 'year', from: 1970, to: 2199, names: [], special: null },
]
const DAY_OF_MONTH = 2
const DAY_OF_WEEK = 4

/** Why it is invalid, as a part of a sentence. Null for an expression that Scheduler accepts. */
export function expressionFault(expression: string): string | null {
  const [, kind, inner = ''] = /^(at|rate|cron)\((.*)\)$/.exec(expression) ?? []
  switch (kind) {
    case 'at':
      return isMoment(inner)
        ? null
        : `at(${inner}) does not name a time. Write it as in at(2026-11-23T02:15:00)`
    case 'rate':
      return /^[1-9]\d* (?:minute|hour|day)s?$/.test(inner)
        ? null
        : `rate(${inner}) is not a rate. Write it as in rate(1 day), with minutes, hours or days`
    case 'cron':
      return cronFault(inner.trim().split(/\s+/))
    default:
      return `${JSON.stringify(expression)} is not a schedule. Write it as in cron(15 2 * * ? *), rate(1 day) or at(2026-11-23T02:15:00)`
  }
}

/** A Date turns a day that the month does not have into another day. */
function isMoment(text: string): boolean {
  const time = new Date(`${text}Z`)
  return (
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text) &&
    !Number.isNaN(time.getTime()) &&
    time.toISOString().startsWith(text)
  )
}

function cronFault(parts: readonly string[]): string | null {
  if (parts.length !== FIELDS.length)
    return `cron() has ${parts.length} fields, but needs ${FIELDS.length}: ${FIELDS.map(({ name }) => name).join(', ')}`
  for (const [at, field] of FIELDS.entries()) {
    const part = parts[at] ?? ''
    if (!isField(part.toUpperCase(), field))
      return `${JSON.stringify(part)} is not a ${field.name} of cron(). Write ${field.from} to ${field.to}`
  }
  const open = [DAY_OF_MONTH, DAY_OF_WEEK].filter(at => parts[at] === '?')
  return open.length === 1
    ? null
    : 'cron() needs ? for either the day of month or the day of week, and a value for the other'
}

const isField = (part: string, field: Field): boolean =>
  field.special?.test(part) || part.split(',').every(item => isItem(item, field))

/** `*`, a value or a range, each with or without a step. */
function isItem(item: string, field: Field): boolean {
  const [base = '', step, ...others] = item.split('/')
  if (others.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) return false
  const ends = base.split('-')
  return base === '*' || (ends.length <= 2 && ends.every(end => isValue(end, field)))
}

function isValue(text: string, { from, to, names }: Field): boolean {
  if (names.includes(text)) return true
  return /^\d{1,4}$/.test(text) && Number(text) >= from && Number(text) <= to
}

/** Why it is no IANA name in the spelling that Scheduler accepts. Null if it is one. */
export function timeZoneFault(zone: string): string | null {
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions()
    // Intl accepts any case, and offsets.
    if (/^[+-]/.test(zone)) return `${zone} is an offset. Write a name such as Asia/Tokyo`
    return timeZone !== zone && timeZone.toLowerCase() === zone.toLowerCase()
      ? `write ${timeZone} for ${zone}`
      : null
  } catch {
    return `${JSON.stringify(zone)} is not a time zone. Write a name of the IANA, such as Asia/Tokyo`
  }
}
