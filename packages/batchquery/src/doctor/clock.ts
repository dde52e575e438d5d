import { BatchQueryError } from '../errors/index.ts'
import type { Finding } from './check.ts'

/**
 * Tokens and signatures contain the time of their creation. A server refuses them if that differs too much from its
 * own clock.
 */
const MOST_SECONDS = 5 * 60

/** Two clocks, read at the same moment. */
export interface Clocks {
  /** The owner of the other clock, for messages: `the server`. */
  readonly whose: string
  readonly theirs: Date
  /** Our time before the question and after the answer. */
  readonly before: Date
  readonly after: Date
}

/**
 * Compares another clock with ours.
 *
 * @param needsToken whether a login sends a token with a time from our clock
 * @throws AUTHENTICATION if the difference makes such a token useless
 */
export function judgeClock({ whose, theirs, before, after }: Clocks, needsToken: boolean): Finding {
  const ours = (before.getTime() + after.getTime()) / 2
  const seconds = Math.round((theirs.getTime() - ours) / 1000)
  const figure = `${whose} is ${difference(seconds)}`
  if (Math.abs(seconds) <= MOST_SECONDS) return { figure }
  const sentence = `the clock of ${whose} is ${difference(seconds)}`
  if (!needsToken) return { figure, warnings: [`${sentence}; correct the wrong clock, preferably by NTP`] }
  throw new BatchQueryError('AUTHENTICATION', `${sentence}, and tokens are valid only for minutes`, {
    hint: 'Set the clock of this machine, preferably by NTP (chrony, systemd-timesyncd); then run again.',
  })
}

/** Stores report the time in whole seconds. */
function difference(seconds: number): string {
  if (Math.abs(seconds) <= 1) return 'in step with this machine'
  return `${Math.abs(seconds).toLocaleString('en-US')} s ${seconds > 0 ? 'ahead of' : 'behind'} this machine`
}
