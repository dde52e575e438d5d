import type { Store } from '../store/store.ts'
import type { Attempts } from './attempts.ts'

/** Milliseconds. */
export interface RunIntervals {
  readonly heartbeatMs: number
  /** How often a changed log is written. */
  readonly logFlushMs: number
  /** How often a follower looks for more log. */
  readonly logPollMs: number
  /** How long an attempt may be silent, by the store's clock, before it counts as dead. */
  readonly deadAfterMs: number
}

/** The home bucket, as far as the owner of a run needs it. */
export interface OwnersHome {
  readonly store: Store
  readonly bucket: string
  readonly intervals: RunIntervals
  readonly attempts: Attempts
  /** As `DestinationLocks` wants it. */
  readonly recoverHolder: (id: string) => Promise<boolean>
}
