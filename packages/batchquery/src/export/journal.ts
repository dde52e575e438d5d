import type { StageToken } from '../store/store.ts'

/** A part that is staged: what publication needs to know of it, and what the ledger keeps. */
export interface StagedPart {
  readonly uri: string
  readonly token: StageToken
  readonly rows: number
  readonly bytes: number
  /** The header, as the store has it: so many of the bytes, at the start. */
  readonly headerBytes: number
  /** Lower-case hexadecimal, of the bytes in the store. */
  readonly sha256: string
}

/** An export whose every part is staged, and how it is to be published. */
export interface StagedExport {
  /** The destination as recorded: absolute, without a part's suffix. */
  readonly uri: string
  readonly format: 'CSV' | 'TEXT'
  readonly parts: readonly StagedPart[]
  readonly rows: number
  readonly bytes: number
  readonly overwrite: boolean
  /** The manifest's URI, null without MANIFEST ON. */
  readonly manifest: string | null
  /** It is the last statement of the task: once it is published nothing is left to do. */
  readonly isLast: boolean
}

/**
 * Where an export writes down what it is about to do, before it does it: the run record satisfies it. Each
 * method settles when the word is in the store, so that a successor finds it.
 */
export interface ExportJournal {
  /** Whether this run published there before: its own result is replaced without a conflict. */
  isOurs(uri: string): boolean
  /**
   * Takes the destination for this run alone.
   *
   * @throws DESTINATION_LOCKED where a live run holds it; RUN_CLAIMED where this run was taken over meanwhile
   */
  lock(uri: string): Promise<void>
  /** Lets go of the destination, where this run holds it. */
  unlock(uri: string): Promise<void>
  /** @throws RUN_CLAIMED where this run was taken over meanwhile, as far as that is to be feared */
  confirm(): Promise<void>
  /** Something is about to be staged for this destination. From here on another process can find and remove it. */
  staging(uri: string): Promise<void>
  /** A staged object of it has begun; it holds no byte before this settles. */
  opened(token: StageToken): Promise<void>
  /** Whether no other run that has not ended may have something staged for it. */
  isAlone(uri: string): Promise<boolean>
  /** Nothing is staged for it any more: all is published, or removed. */
  cleared(uri: string): Promise<void>
  /** All parts are staged and the counts agree. From here on another process could publish or abort. */
  staged(staged: StagedExport): Promise<void>
  /** The first commit comes next: from here on only forward. */
  committing(uri: string): Promise<void>
  published(uri: string): Promise<void>
  aborted(uri: string): Promise<void>
}
