import { setTimeout } from 'node:timers/promises'

const FIRST_MS = 500
const LONGEST_MS = 30_000

/**
 * Waits before the next attempt. The time grows exponentially, and half of it is random, so that many clients do not return at
 * the same time. https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 *
 * @param mostMs the longest wait @default - 30 s
 * @throws an AbortError when the signal aborts
 */
export async function backOff(attempt: number, signal?: AbortSignal, mostMs = LONGEST_MS): Promise<void> {
  const longest = Math.min(FIRST_MS * 2 ** (attempt - 1), LONGEST_MS)
  await setTimeout(Math.min(longest * (0.5 + Math.random() / 2), mostMs), undefined, { signal })
}
