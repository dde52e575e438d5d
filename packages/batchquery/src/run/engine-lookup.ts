import type { BatchQueryError } from '../errors/index.ts'
import type { RunnerProbe } from './attempts.ts'
import type { RunRecord } from './record.ts'

/** An engine's outlook for a QUEUED run. */
export interface Outlook {
  /** Whether a runner for it is on its way. */
  readonly isAwaited: boolean
  /** Why no runner will come of the launches; null if one may come, and if that is unknown. */
  readonly failure: BatchQueryError | null
}

/** Asks the engines about runs, for facts that the store does not have. No method throws. */
export interface EngineLookup {
  readonly fateOf: RunnerProbe
  outlookOf(record: RunRecord): Promise<Outlook>
  /** Why the runner of a record has ended; null if it has not, and if that is unknown. */
  lossOf(record: RunRecord): Promise<BatchQueryError | null>
}

export const NO_OUTLOOK: Outlook = { isAwaited: false, failure: null }
