import * as v from 'valibot'

import { BatchQueryError } from '../errors/index.ts'
import type { Store } from '../store/store.ts'
import { recordKey } from './keys.ts'
import { readBounded } from './read-bounded.ts'
import { type RunRecord, runRecordSchema } from './record.ts'

/** Far above what a run writes; a larger object is nobody's run record. */
const MAX_RECORD_BYTES = 32 * 1024 * 1024

const SHOWN_CHARACTERS = 100

/**
 * The record of a run, null where there is none. The id is checked already.
 *
 * @throws RUN_RECORD_INVALID
 */
export async function findRunRecord(store: Store, bucket: string, id: string): Promise<RunRecord | null> {
  const key = recordKey(id)
  const where = `s3://${bucket}/${key}`
  const bytes = await readBounded(store, { bucket, key }, MAX_RECORD_BYTES)
  if (bytes === null) return null
  if (bytes === 'too large') throw invalid(where, `larger than ${MAX_RECORD_BYTES} bytes`)
  const record = parseRunRecord(bytes, where)
  if (record.id === id) return record
  const found = JSON.stringify(record.id.slice(0, SHOWN_CHARACTERS))
  throw invalid(where, `id: it is the record of run ${found}`)
}

/**
 * Bytes that anybody may have written, as a run record.
 *
 * @param where the record's address, for the message
 * @throws RUN_RECORD_INVALID naming the first field that is wrong
 */
export function parseRunRecord(bytes: Uint8Array, where: string): RunRecord {
  const json = parseJson(bytes, where)
  const version = v.safeParse(v.object({ version: v.number() }), json)
  if (version.success && version.output.version > 1) {
    throw new BatchQueryError(
      'RUN_RECORD_INVALID',
      `cannot read ${where}: it has version ${version.output.version}, and this batchquery reads version 1`,
      { hint: 'A newer batchquery wrote it: install that version.' },
    )
  }
  const result = v.safeParse(runRecordSchema, json, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  const field = v.getDotPath(issue)?.slice(0, SHOWN_CHARACTERS) ?? 'the whole'
  throw invalid(where, `${field}: ${issue.message.slice(0, SHOWN_CHARACTERS)}`)
}

/** The error of a record that cannot be used. */
const invalid = (where: string, reason: string, cause?: unknown): BatchQueryError =>
  new BatchQueryError('RUN_RECORD_INVALID', `cannot read ${where}: ${reason}`, {
    hint: 'Somebody else than batchquery wrote this object. Restore it, or delete it and run the task again.',
    cause,
  })

function parseJson(bytes: Uint8Array, where: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.slice(0, SHOWN_CHARACTERS) : String(cause)
    throw invalid(where, `not JSON in UTF-8: ${reason}`, cause)
  }
}
