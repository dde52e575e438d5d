import type { Store } from '../store/store.ts'
import { ledgerKey } from './keys.ts'
import { findLedger, type LedgerExport } from './ledger.ts'
import { invalidObject } from './parse-object.ts'
import type { ExportState, RunRecord } from './record.ts'

export interface ExportOfAttempt {
  readonly staged: LedgerExport
  /** Null where the attempt died before the record had the export. */
  readonly state: ExportState | null
}

/**
 * What an attempt staged: the ledger beside the record, which has the same exports in the same order, or one less.
 *
 * @throws RUN_RECORD_INVALID where ledger and record do not belong together
 */
export async function findExportsOf(
  store: Store,
  bucket: string,
  { id, exports }: RunRecord,
  attempt: number,
): Promise<readonly ExportOfAttempt[]> {
  const recorded = exports.filter(entry => entry.attempt === attempt)
  const staged = (await findLedger(store, bucket, id, attempt))?.exports ?? []
  for (const [at, { uri }] of recorded.entries())
    if (staged[at]?.uri !== uri)
      throw invalidObject(
        `s3://${bucket}/${ledgerKey(id, attempt)}`,
        `exports.${at}.uri: the run record has ${JSON.stringify(uri.slice(0, 500))} here`,
      )
  return staged.map((entry, at) => ({ staged: entry, state: recorded[at]?.state ?? null }))
}
