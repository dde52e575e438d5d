/** An export that the server is about to write itself. */
export interface NativeExport {
  readonly uri: string
  readonly format: 'CSV' | 'TEXT'
  /** The manifest's URI, null without MANIFEST ON. */
  readonly manifest: string | null
  /** By the store's clock: what changes at the destination from now on is the server's. */
  readonly since: Date
}

/** What the server wrote, as the store has it. */
export interface NativeResult {
  readonly uri: string
  readonly rows: number
  readonly bytes: number
  readonly parts: readonly NativePart[]
  readonly manifest: string | null
}

export interface NativePart {
  readonly uri: string
  readonly bytes: number
}

/**
 * Where a native export writes down what it is about to do. Its parts appear under the destination while the query runs:
 *
 *     (nothing) ──begun──▶ COMMITTING ──done──▶ PUBLISHED
 *                              └──debris removed──▶ ABORTED
 */
export interface NativeJournal {
  isOurs(uri: string): boolean
  /** @throws DESTINATION_LOCKED, RUN_CLAIMED */
  lock(uri: string): Promise<void>
  unlock(uri: string): Promise<void>
  /** @throws RUN_CLAIMED */
  confirm(): Promise<void>
  nativeBegun(begun: NativeExport): Promise<void>
  nativeDone(result: NativeResult): Promise<void>
  aborted(uri: string): Promise<void>
}
