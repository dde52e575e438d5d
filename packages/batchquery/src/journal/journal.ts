import type { JournalStep } from './steps.ts'

/**
 * An export writes each step here before it takes it. There are three journals: the owner of a run writes objects to the
 * store, a process that a task started asks the owner to write, and `doctor` only remembers what it must remove.
 */
export interface Journal {
  /**
   * Resolves when the store has the step, so that a later attempt finds it.
   *
   * @throws DESTINATION_LOCKED for `lock` if a live run has the lock of the destination, and for `begun` if this run is
   *   exclusive and another run writes there; RUN_CLAIMED if another attempt took over the run; the store's errors
   */
  write(step: JournalStep): Promise<void>
  /** Whether this run has published there before: a run may replace its own result. */
  isOurs(uri: string): boolean
  /** Whether no other run that has not ended may have staged objects for the destination. */
  isAlone(uri: string): Promise<boolean>
}
