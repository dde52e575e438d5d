import type { BatchQueryError } from '../errors/index.ts'

/** The finding of a check that succeeds: the figure that it found, for messages, and any warnings. */
export interface Holds {
  readonly figure: string
  /** Whole sentences. */
  readonly warnings?: readonly string[]
}

/**
 * The finding if there is nothing to check, or the caller is not allowed to look. Checks that need this one run all the same.
 */
export interface DoesNotApply {
  readonly skipped: string
}

export type Finding = Holds | DoesNotApply

/** One check of something that a run needs. */
export interface Check {
  /** Stable: `database.tls`. */
  readonly id: string
  /** A few words for the list of checks. */
  readonly what: string
  /** Ids of earlier checks. If one of them failed, this check is skipped. */
  readonly needs: readonly string[]
  /**
   * Does the check. It fails if this throws; every error says what was found and how to repair it.
   *
   * @param signal ends it early; a check that has begun something in the store ends that first
   */
  run(signal: AbortSignal): Promise<Finding>
}

/**
 * The state or result of a check:
 *
 *   waiting ──▶ ok | failed | skipped (does not apply, or a check that it needs has failed)
 */
export interface Report {
  readonly id: string
  readonly what: string
  readonly state: 'ok' | 'failed' | 'skipped'
  /** Null if the check found none. */
  readonly figure: string | null
  /** Why it was skipped, otherwise null. */
  readonly because: string | null
  readonly warnings: readonly string[]
  /** Why it failed, otherwise null. */
  readonly error: BatchQueryError | null
}
