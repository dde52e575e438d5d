/** Null if JSON has no such number. */
export const finite = (value: number): string | null =>
  Number.isFinite(value) ? (Object.is(value, -0) ? '-0' : String(value)) : null

/** The fewest digits that mean this float and no other one. */
export function shortestFloat(value: number): string | null {
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toPrecision(digits)
    if (Math.fround(Number(text)) === value) return finite(Number(text))
  }
  return finite(Number(value.toPrecision(9)))
}

/** The digits of a number that is counted in units of 10^-scale. */
export function decimal(value: bigint, scale: number): string {
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0')
  const sign = value < 0n ? '-' : ''
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

const two = (number: bigint): string => String(number).padStart(2, '0')

/** The day that many days after 1970-01-01. https://howardhinnant.github.io/date_algorithms.html (civil_from_days) */
export function day(days: bigint): string {
  const shifted = days + 719_468n
  const era = (shifted >= 0n ? shifted : shifted - 146_096n) / 146_097n
  const ofEra = shifted - era * 146_097n
  const yearOfEra = (ofEra - ofEra / 1460n + ofEra / 36_524n - ofEra / 146_096n) / 365n
  const ofYear = ofEra - (365n * yearOfEra + yearOfEra / 4n - yearOfEra / 100n)
  const shiftedMonth = (5n * ofYear + 2n) / 153n
  const month = shiftedMonth < 10n ? shiftedMonth + 3n : shiftedMonth - 9n
  const year = yearOfEra + era * 400n + (month <= 2n ? 1n : 0n)
  const dayOfMonth = ofYear - (153n * shiftedMonth + 2n) / 5n + 1n
  const written = year < 0n ? `-${String(-year).padStart(4, '0')}` : String(year).padStart(4, '0')
  return `${written}-${two(month)}-${two(dayOfMonth)}`
}

const MICROS = 6

/** @param ticks of a day, so many digits of a second */
export function clock(ticks: bigint, digits = MICROS): string {
  const second = 10n ** BigInt(digits)
  const seconds = ticks / second
  const fraction = String(ticks % second)
    .padStart(digits, '0')
    .replace(/0+$/, '')
  const text = `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`
  return fraction === '' ? text : `${text}.${fraction}`
}

/** @param ticks since 1970-01-01, so many digits of a second */
export function moment(ticks: bigint, utc: boolean, digits = MICROS): string {
  const perDay = 86_400n * 10n ** BigInt(digits)
  const ofDay = ((ticks % perDay) + perDay) % perDay
  return `${day((ticks - ofDay) / perDay)} ${clock(ofDay, digits)}${utc ? '+00:00' : ''}`
}
