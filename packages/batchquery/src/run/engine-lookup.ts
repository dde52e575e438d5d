import type { BatchQueryError } from '../errors/index.ts'
import type { RunnerProbe } from './attempts.ts'
import type { RunRecord } from './record.ts'

/** What is to be expected of a QUEUED run. */
export interface Outlook {
  /** Whether a runner for it is on its way. */
  readonly isAwaited: boolean
  /** Why none will come of what was launched; null where one may, and where nobody knows. */
  readonly failure: BatchQueryError | null
}

/** What engines know of runs that the store does not say. No method throws. */
export interface EngineLookup {
  readonly fateOf: RunnerProbe
  outlookOf(record: RunRecord): Promise<Outlook>
  /** Why the runner of a record has ended; null where it has not, and where nobody knows. */
  lossOf(record: RunRecord): Promise<BatchQueryError | null>
}

export const NO_OUTLOOK: Outlook = { isAwaited: false, failure: null }
