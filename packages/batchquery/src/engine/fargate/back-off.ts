import { setTimeout } from 'node:timers/promises'

const FIRST_MS = 500
const LONGEST_MS = 30_000

/**
 * Waits before the attempt after this one: exponential, half of it by chance, so that many clients do not come back at
 * once. https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 *
 * @param mostMs it waits no longer @default - 30 s
 * @throws an AbortError when the signal comes
 */
export async function backOff(attempt: number, signal?: AbortSignal, mostMs = LONGEST_MS): Promise<void> {
  const longest = Math.min(FIRST_MS * 2 ** (attempt - 1), LONGEST_MS)
  await setTimeout(Math.min(longest * (0.5 + Math.random() / 2), mostMs), undefined, { signal })
}
