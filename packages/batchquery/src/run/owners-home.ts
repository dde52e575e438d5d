import type { Log } from '../platform/index.ts'
import type { Store } from '../store/store.ts'
import type { Attempts } from './attempts.ts'
import type { DescribedRun } from './described-run.ts'
import type { RunRecord } from './record.ts'

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

/** Sends the ends of runs to receivers. */
export interface Notifier {
  /** Whether anything is sent when a run ends in this way. */
  wants(record: RunRecord): boolean
  /**
   * Sends the document of the run. It takes a bounded time, and logs a failure as a warning. Never rejects.
   *
   * @param stop when it aborts, sending ends; if it is aborted already, sending takes less time
   */
  send(run: DescribedRun, log: Log, stop: AbortSignal): Promise<void>
}

/** Stops an execution that started machines. Does nothing if it has ended. @throws the engine's errors */
export type StopMachines = (execution: string) => Promise<void>

/** The home bucket, for the owner of a run. */
export interface OwnersHome {
  readonly store: Store
  readonly bucket: string
  readonly intervals: RunIntervals
  readonly attempts: Attempts
  /** Null if nothing is sent when a run ends. */
  readonly notifier: Notifier | null
  /** Null if this process cannot stop executions. */
  readonly stopMachines: StopMachines | null
  /** As in `DestinationLocks`. */
  readonly recoverHolder: (id: string) => Promise<boolean>
}
