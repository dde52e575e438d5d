import type { Retry } from './errors.ts'

const FIRST_DELAY_MS = 200
const LONGEST_DELAY_MS = 20_000

/**
 * How often a request is tried. So a wrong endpoint is reported soon, a stalled store after three times the time that it may be
 * silent, and an overloaded one has about a minute to recover.
 */
const ATTEMPTS: Readonly<Record<Retry, number>> = { never: 1, unreachable: 3, stalled: 3, failing: 10 }

/** @param hasAnswered whether the store has answered before: then it may take longer to come back */
export function mayRetry(retry: Retry, attempt: number, hasAnswered: boolean): boolean {
  const patience = retry === 'unreachable' && hasAnswered ? 'failing' : retry
  return attempt < ATTEMPTS[patience]
}

/**
 * The time before the next attempt. It grows exponentially, and half of it is random, so that many clients do not return at once.
 * https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 */
export function delayMs(attempt: number): number {
  const longest = Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LONGEST_DELAY_MS)
  return Math.round(longest * (0.5 + Math.random() / 2))
}
