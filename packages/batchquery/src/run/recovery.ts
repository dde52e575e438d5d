import type { BatchQueryError } from '../errors/index.ts'
import type { StageToken } from '../store/store.ts'
import type { LedgerExport } from './ledger.ts'
import type { RunRecord } from './record.ts'
import type { RunJournal } from './run-journal.ts'

/** What a dead attempt had begun to stage. */
export interface LeftStaging {
  readonly uri: string
  /** The run. */
  readonly owner: string
  readonly tokens: readonly StageToken[]
}

/** What is done with an export that a dead attempt left. All may be repeated. export/recover.ts has it. */
export interface ExportRecovery {
  /**
   * Completes a publication that had begun.
   *
   * @returns null, or why that is impossible for good; it is then given up
   */
  complete(left: LedgerExport, journal: RunJournal): Promise<BatchQueryError | null>
  /**
   * Removes what a server wrote itself for an export that came to no end.
   *
   * @param since by the store's clock, when it began
   * @param dialect of the server
   */
  clearNative(uri: string, since: Date, dialect: string): Promise<void>
  /** Removes what is staged and not committed. */
  abort(left: LedgerExport): Promise<void>
  /**
   * Removes what was begun, and what was begun without a word of it.
   *
   * @param isAlone whether nobody who lives may have something staged for the destination
   * @returns false where something may be left, because somebody has
   */
  clear(left: LeftStaging, isAlone: () => Promise<boolean>): Promise<boolean>
}

/**
 * Ends what a run left in its databases. Never throws.
 *
 * @returns a sentence for each thing that could not be ended, with the next step
 */
export type SessionRecovery = (record: Pick<RunRecord, 'id' | 'databases'>) => Promise<readonly string[]>
