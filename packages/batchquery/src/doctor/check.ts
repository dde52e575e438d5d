import type { BatchQueryError } from '../errors/index.ts'

/** Where a check holds: the figure that it met, for people, and what is worth a word although it holds. */
export interface Holds {
  readonly figure: string
  /** Whole sentences. */
  readonly warnings?: readonly string[]
}

/** Where there is nothing to check, or nobody may look: the reason. What needs the check is done all the same. */
export interface DoesNotApply {
  readonly skipped: string
}

export type Finding = Holds | DoesNotApply

/** One thing that a run will need. */
export interface Check {
  /** Stable: `database.tls`. */
  readonly id: string
  /** What is looked at, in a few words. */
  readonly what: string
  /** Ids of earlier checks: where one of them has failed, this one is not done. */
  readonly needs: readonly string[]
  /**
   * Looks. What it throws is why the check fails; every error says what was met and how to repair it.
   *
   * @param signal gives it up; a check that has begun something in the store ends that first
   */
  run(signal: AbortSignal): Promise<Finding>
}

/**
 * What became of a check:
 *
 *     waiting ──▶ ok | failed | skipped (does not apply, or something that it needs has failed)
 */
export interface Report {
  readonly id: string
  readonly what: string
  readonly state: 'ok' | 'failed' | 'skipped'
  /** Null where it was not met. */
  readonly figure: string | null
  /** Why it was skipped, otherwise null. */
  readonly because: string | null
  readonly warnings: readonly string[]
  /** Why it failed, otherwise null. */
  readonly error: BatchQueryError | null
}
