import type { BatchQueryError } from '../errors/index.ts'
import type { RunnerRecord, RunRecord } from './record.ts'
import type { RunnerState } from './runner-process.ts'

/** The state of the launches of a QUEUED run, as its engine reports it. */
export interface LaunchState {
  /** Whether a launch may still start a runner. */
  readonly isAwaited: boolean
  /** Why the latest launch will start no runner; null if it may, and if no engine knows. */
  readonly failure: BatchQueryError | null
}

/** Asks engines for facts about runs that are not in the store. No method throws. */
export interface EngineLookup {
  /** Returns whether a runner lives. Without an answer from the engine only its silence shows that it is dead. */
  runnerState(runner: RunnerRecord): Promise<RunnerState>
  launchState(record: RunRecord): Promise<LaunchState>
  /** Returns why the runner of a record has ended; null if it has not, and if no engine knows. */
  explainLoss(record: RunRecord): Promise<BatchQueryError | null>
}

export const NO_LAUNCH: LaunchState = { isAwaited: false, failure: null }
