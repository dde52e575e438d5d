import type { BatchQueryError } from '../errors/index.ts'
import type { StageToken } from '../store/index.ts'
import type { Journal } from './journal.ts'
import type { RangeEntry, StagedExport } from './steps.ts'

/** The staged objects that an attempt began for a destination, as far as the journal has them. */
export interface BegunStaging {
  readonly uri: string
  /** The id of the run. */
  readonly owner: string
  readonly tokens: readonly StageToken[]
  /** Tokens that stay staged, because a later attempt uses them. */
  readonly kept?: readonly StageToken[]
}

/** The ranges of earlier attempts of a run that an export may go on with. */
export interface KeptOfExport {
  /** In the order of their numbers, one entry for each. All their parts are staged. */
  readonly ranges: readonly RangeEntry[]
  /** Why the export starts over although an earlier attempt has begun it; null if it does not. A sentence for the log. */
  readonly startsOver: string | null
}

/**
 * Gives an export the ranges that it may go on with. From then on the export commits or removes their parts.
 *
 * @param planSha256 of the export; null if it can use none, because it reads one moment
 */
export type KeepRanges = (uri: string, planSha256: string | null) => Promise<KeptOfExport>

/** Recovers the exports of a dead process. Any process may repeat each method. */
export interface ExportRecovery {
  /**
   * Completes a publication that had begun.
   *
   * @returns null if it is complete. Otherwise the error that makes it impossible for good; the export is aborted then.
   * @throws RUN_RECORD_INVALID if the recorded destination is invalid; the stores' errors
   */
  complete(leftover: StagedExport, journal: Journal): Promise<BatchQueryError | null>
  /**
   * Removes what a server wrote itself for an export that did not end.
   *
   * @param since when the export began, by the store's clock
   * @param dialect the server's
   * @throws RUN_RECORD_INVALID if the recorded destination is invalid
   */
  removeNative(uri: string, since: Date, dialect: string): Promise<void>
  /**
   * Whether all parts of a range are still staged, so that an export can go on with them.
   *
   * @throws RUN_RECORD_INVALID if a token belongs to another destination; the stores' errors
   */
  isWhole(of: Pick<BegunStaging, 'uri' | 'owner'>, range: RangeEntry): Promise<boolean>
  /** Removes the staged objects that are not committed. @throws RUN_RECORD_INVALID if the recorded destination is invalid */
  abort(leftover: StagedExport): Promise<void>
  /**
   * Removes the staged objects that an export began, also those whose tokens the journal does not have.
   *
   * @param isAlone whether no other live run may have staged objects for the destination
   * @returns false if some may remain, because another run may stage there
   * @throws RUN_RECORD_INVALID if a token belongs to another destination
   */
  removeBegun(leftover: BegunStaging, isAlone: () => Promise<boolean>): Promise<boolean>
}
