import type { BatchQueryError } from '../errors/index.ts'
import type { StageToken } from '../store/index.ts'
import type { Journal } from './journal.ts'
import type { StagedExport } from './steps.ts'

/** What an attempt began to stage for a destination, as far as it was written down. */
export interface BegunStaging {
  readonly uri: string
  /** The run. */
  readonly owner: string
  readonly tokens: readonly StageToken[]
}

/** Settles exports of a process that died. Each method may be repeated, by another process too. */
export interface ExportRecovery {
  /**
   * Completes a publication that had begun.
   *
   * @returns null, or why that is impossible for good; the export is given up then
   * @throws RUN_RECORD_INVALID for what is no destination; what the stores throw
   */
  complete(left: StagedExport, journal: Journal): Promise<BatchQueryError | null>
  /**
   * Removes what a server wrote itself for an export that did not end.
   *
   * @param since by the store's clock, when it began
   * @param dialect of the server
   * @throws RUN_RECORD_INVALID for what is no destination
   */
  removeNative(uri: string, since: Date, dialect: string): Promise<void>
  /** Removes what is staged and not committed. @throws RUN_RECORD_INVALID for what is no destination */
  abort(left: StagedExport): Promise<void>
  /**
   * Removes what was begun, also if no word of it was written down.
   *
   * @param isAlone whether no other live run may have something staged for the destination
   * @returns false if something may be left, because another run may stage there
   * @throws RUN_RECORD_INVALID if a token is none of the destination
   */
  clear(left: BegunStaging, isAlone: () => Promise<boolean>): Promise<boolean>
}
