import type { Retry } from './errors.ts'

const FIRST_DELAY_MS = 200
const LONGEST_DELAY_MS = 20_000

/**
 * How often a request is tried: a wrong endpoint is told soon, a store that stalls after three times the time that
 * it may be silent, and one that is overloaded gets about a minute to recover.
 */
const ATTEMPTS: Readonly<Record<Retry, number>> = { never: 1, unreachable: 3, stalled: 3, failing: 10 }

/** @param hasAnswered a store that has been there before is waited for longer */
export function mayRetry(retry: Retry, attempt: number, hasAnswered: boolean): boolean {
  const patience = retry === 'unreachable' && hasAnswered ? 'failing' : retry
  return attempt < ATTEMPTS[patience]
}

/**
 * Before the attempt after this one: exponential, half of it by chance, so that many clients do not come back at once.
 * https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 */
export function delayMs(attempt: number): number {
  const longest = Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LONGEST_DELAY_MS)
  return Math.round(longest * (0.5 + Math.random() / 2))
}
