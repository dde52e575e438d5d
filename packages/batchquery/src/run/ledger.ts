import * as v from 'valibot'

import { readBounded } from '../store/read-bounded.ts'
import type { Store } from '../store/store.ts'
import { ledgerKey } from './keys.ts'
import { type Immutable, invalidObject, parseObject } from './parse-object.ts'
import { count, exportFormat } from './record.ts'

export const stageToken = v.object({
  kind: v.picklist(['directory', 's3']),
  bucket: v.string(),
  key: v.string(),
  owner: v.string(),
  handle: v.string(),
})

/**
 * The ledger of an attempt, `runs/<id>/parts-NNNN.json`, version 1: all that another process needs to publish, to
 * abort or to verify the exports that the attempt staged, in the order of the staging. What stands of an export is
 * in the run record.
 */
export const ledgerPart = v.object({
  uri: v.string(),
  token: stageToken,
  rows: count,
  bytes: count,
  /** The header, as the store has it: so many of the bytes, at the start. */
  headerBytes: count,
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
})

export const ledgerExport = v.pipe(
  v.object({
    uri: v.string(),
    format: exportFormat,
    parts: v.pipe(v.array(ledgerPart), v.minLength(1)),
    rows: count,
    bytes: count,
    overwrite: v.boolean(),
    /** The manifest's URI, null without MANIFEST ON. */
    manifest: v.nullable(v.string()),
    /** It is the last statement of the task: once it is published the run has succeeded. */
    isLast: v.boolean(),
  }),
  v.forward(
    v.check(({ parts, rows }) => rows === total(parts, 'rows'), 'Invalid count: not the sum of the parts'),
    ['rows'],
  ),
  v.forward(
    v.check(({ parts, bytes }) => bytes === total(parts, 'bytes'), 'Invalid count: not the sum of the parts'),
    ['bytes'],
  ),
)

/** What a server wrote itself. */
const nativeExport = v.object({
  uri: v.string(),
  rows: count,
  bytes: count,
  parts: v.array(v.object({ uri: v.string(), bytes: count })),
  manifest: v.nullable(v.string()),
})

const ledgerSchema = v.object({
  version: v.literal(1),
  attempt: count,
  exports: v.array(ledgerExport),
  /** Those that were published, in their order. Ledgers of earlier versions have none. */
  native: v.optional(v.array(nativeExport), []),
})

export type Ledger = Immutable<v.InferOutput<typeof ledgerSchema>>
/** A staged export as the ledger keeps it. Whether its parts lie at its destination is for export/ to check. */
export type LedgerExport = Ledger['exports'][number]
export type NativeLedgerExport = Ledger['native'][number]

/** A part takes some 400 bytes. */
const MAX_LEDGER_BYTES = 256 * 1024 * 1024

/**
 * The ledger of an attempt, null where it staged nothing. Whoever may write to the bucket may have written it.
 *
 * @throws RUN_RECORD_INVALID naming the first field that is wrong
 */
export async function findLedger(
  store: Store,
  bucket: string,
  id: string,
  attempt: number,
): Promise<Ledger | null> {
  const key = ledgerKey(id, attempt)
  const where = `s3://${bucket}/${key}`
  const bytes = await readBounded(store, { bucket, key }, MAX_LEDGER_BYTES)
  if (bytes === null) return null
  if (bytes === 'too large') throw invalidObject(where, `larger than ${MAX_LEDGER_BYTES} bytes`)
  return parseLedger(bytes, where, id, attempt)
}

/**
 * Bytes that anybody may have written, as the ledger of an attempt.
 *
 * @param where the ledger's address, for the message
 * @throws RUN_RECORD_INVALID naming the first field that is wrong
 */
export function parseLedger(bytes: Uint8Array, where: string, id: string, attempt: number): Ledger {
  const ledger = parseObject(ledgerSchema, bytes, where)
  if (ledger.attempt !== attempt)
    throw invalidObject(where, `attempt: it is the ledger of attempt ${ledger.attempt}`)
  for (const [at, { parts }] of ledger.exports.entries()) {
    const foreign = parts.findIndex(({ token }) => token.owner !== id)
    if (foreign !== -1)
      throw invalidObject(where, `exports.${at}.parts.${foreign}.token.owner: another run than ${id}`)
  }
  return ledger
}

const total = (parts: readonly { rows: number; bytes: number }[], of: 'rows' | 'bytes'): number =>
  parts.reduce((sum, part) => sum + part[of], 0)
