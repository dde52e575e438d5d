import type { Store } from '../store/store.ts'
import type { Attempts } from './attempts.ts'

/** Milliseconds. */
export interface RunIntervals {
  readonly heartbeatMs: number
  /** How often the runner writes a changed log. */
  readonly logFlushMs: number
  /** How often a follower polls the log. */
  readonly logPollMs: number
  /** An attempt that is silent for so long, by the store's clock, counts as dead. */
  readonly deadAfterMs: number
}

/** The home bucket, for the owner of a run. */
export interface OwnersHome {
  readonly store: Store
  readonly bucket: string
  readonly intervals: RunIntervals
  readonly attempts: Attempts
  /** As in `DestinationLocks`. */
  readonly recoverHolder: (id: string) => Promise<boolean>
}
