import type { Store } from '../store/store.ts'
import { ledgerKey, parseLedgerKey, runPrefix } from './keys.ts'
import { findLedger, type LedgerExport } from './ledger.ts'
import { invalidObject } from './parse-object.ts'
import type { ExportState, RunRecord } from './record.ts'

export interface ExportOfAttempt {
  readonly staged: LedgerExport
  /** Null where the attempt died before the record had the export. */
  readonly state: ExportState | null
}

/**
 * What an attempt staged, streamed: the ledger beside the record, which has the same exports in the same order, or one less.
 *
 * @throws RUN_RECORD_INVALID where ledger and record do not belong together
 */
export async function findExportsOf(
  store: Store,
  bucket: string,
  { id, exports }: RunRecord,
  attempt: number,
): Promise<readonly ExportOfAttempt[]> {
  const recorded = exports.filter(entry => entry.attempt === attempt && entry.mode === 'streamed')
  const staged = (await findLedger(store, bucket, id, attempt))?.exports ?? []
  for (const [at, { uri }] of recorded.entries())
    if (staged[at]?.uri !== uri)
      throw invalidObject(
        `s3://${bucket}/${ledgerKey(id, attempt)}`,
        `exports.${at}.uri: the run record has ${JSON.stringify(uri.slice(0, 500))} here`,
      )
  return staged.map((entry, at) => ({ staged: entry, state: recorded[at]?.state ?? null }))
}

/**
 * The attempts that staged something, in order: those that have a ledger, and those that the record says must have
 * one. Their numbers say nothing of how many there are, as anybody may have given them.
 */
export async function attemptsWithExports(
  store: Store,
  bucket: string,
  { id, exports }: RunRecord,
): Promise<readonly number[]> {
  const attempts = new Set(exports.map(({ attempt }) => attempt))
  for await (const { key } of store.list(bucket, `${runPrefix(id)}parts-`)) {
    const attempt = parseLedgerKey(id, key)
    if (attempt !== null) attempts.add(attempt)
  }
  return [...attempts].sort((one, other) => one - other)
}
