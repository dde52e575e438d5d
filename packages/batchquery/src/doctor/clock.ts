import { BatchQueryError } from '../errors/index.ts'
import type { Finding } from './check.ts'

/** Tokens and signatures bear the time at which they were made, and are refused where it is too far off. */
const MOST_SECONDS = 5 * 60

/** Two clocks, asked at one moment. */
export interface Clocks {
  /** Whose clock the other one is, for people: `the server`. */
  readonly whose: string
  readonly theirs: Date
  /** Before the other one was asked, and after its answer. */
  readonly before: Date
  readonly after: Date
}

/**
 * Judges another clock by ours.
 *
 * @param needsToken whether a login bears a token that our clock dates
 * @throws AUTHENTICATION where that makes the difference fatal
 */
export function judgeClock({ whose, theirs, before, after }: Clocks, needsToken: boolean): Finding {
  const ours = (before.getTime() + after.getTime()) / 2
  const seconds = Math.round((theirs.getTime() - ours) / 1000)
  const figure = `${whose} is ${difference(seconds)}`
  if (Math.abs(seconds) <= MOST_SECONDS) return { figure }
  const sentence = `the clock of ${whose} is ${difference(seconds)}`
  if (!needsToken) return { figure, warnings: [`${sentence}: set the one that is wrong, best by NTP`] }
  throw new BatchQueryError('AUTHENTICATION', `${sentence}, and tokens are good for minutes`, {
    hint: 'Set the clock of this machine, best by NTP (chrony, systemd-timesyncd); then run again.',
  })
}

/** Stores tell the time in whole seconds. */
function difference(seconds: number): string {
  if (Math.abs(seconds) <= 1) return 'in step with this machine'
  return `${Math.abs(seconds).toLocaleString('en-US')} s ${seconds > 0 ? 'ahead of' : 'behind'} this machine`
}
