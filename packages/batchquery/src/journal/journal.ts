import type { JournalStep } from './steps.ts'

/**
 * An export writes down here what it will do, before it does it. The owner of a run implements it with objects in the
 * store, a process that a task started by asking the owner, and a trial by remembering what it has to remove.
 */
export interface Journal {
  /**
   * Resolves when the store has the step, so that a successor finds it.
   *
   * @throws DESTINATION_LOCKED for `lock` if a live run holds the destination, and for `begun` if this run is exclusive and
   *   another one writes there; RUN_CLAIMED if another attempt took over the run; what the store throws
   */
  write(step: JournalStep): Promise<void>
  /** Whether this run published there before: a run replaces its own result without a conflict. */
  isOurs(uri: string): boolean
  /** Whether no other run that has not ended may have something staged for it. */
  isAlone(uri: string): Promise<boolean>
}
