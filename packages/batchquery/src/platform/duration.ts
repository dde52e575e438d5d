import ms, { type StringValue } from 'ms'

import { BatchQueryError } from '../errors/index.ts'

/** A Node timer fires at once if its delay is longer than 2^31 - 1 ms, which is 24.8 days. */
const LONGEST_SECONDS = 24 * 24 * 60 * 60

const isDuration = (text: string): text is StringValue => /^\d{1,9}(\.\d{1,9})? ?[a-z]+$/i.test(text)

/**
 * Checks a number of seconds that a program passes.
 *
 * @param least 1 for a time limit, 0 for an option that may be 0
 * @throws USAGE for a smaller number, for more than 24 days, and for a value that is not a number
 */
export function checkSeconds(option: string, seconds: number, least: 0 | 1): number {
  if (seconds >= least && seconds <= LONGEST_SECONDS) return seconds
  throw new BatchQueryError('USAGE', `${option} is ${seconds}, which is not a number of seconds`, {
    hint: `Use a number from ${least} to ${LONGEST_SECONDS} (24 days).`,
  })
}

/**
 * `90s`, `2h`, `1d` as seconds.
 *
 * @throws USAGE for anything else, for less than a second and for more than 24 days
 */
export function parseDuration(text: string): number {
  // ms returns undefined for an unknown unit. Its types do not say so.
  const milliseconds: number | undefined = isDuration(text) ? ms(text) : undefined
  const seconds = (milliseconds ?? Number.NaN) / 1000
  if (seconds >= 1 && seconds <= LONGEST_SECONDS) return seconds
  throw new BatchQueryError('USAGE', `${JSON.stringify(text.slice(0, 100))} is not a duration`, {
    hint: 'Write a number and its unit, from 1s to 24d: 90s, 45m, 2h, 1d.',
  })
}

const UNITS = [
  ['d', 24 * 60 * 60],
  ['h', 60 * 60],
  ['min', 60],
  ['s', 1],
] as const

/** Text for users, in one or two units: `4.2 s`, `1 min 15 s`, `2 h 7 min`, `3 d 4 h`. */
export function durationText(seconds: number): string {
  const tenths = Math.round(Math.max(0, seconds) * 10) / 10
  if (tenths < 60) return `${tenths} s`
  const at = UNITS.findIndex(([, size]) => tenths >= size)
  const [unit, size] = UNITS[at]
  const [smaller, smallerSize] = UNITS[at + 1]
  const rest = Math.floor((tenths % size) / smallerSize)
  return `${Math.floor(tenths / size)} ${unit}${rest === 0 ? '' : ` ${rest} ${smaller}`}`
}
