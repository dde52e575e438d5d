import { readBounded } from '../store/read-bounded.ts'
import type { Store } from '../store/store.ts'
import { recordKey } from './keys.ts'
import { invalidObject, parseObject } from './parse-object.ts'
import { type RunRecord, runRecordSchema } from './record.ts'

/** Far more than a run writes: a larger object cannot be a run record. */
const MAX_RECORD_BYTES = 32 * 1024 * 1024

const SHOWN_CHARACTERS = 100

/**
 * The record of a run; null if there is none. The caller has checked the id.
 *
 * @throws RUN_RECORD_INVALID
 */
export async function findRunRecord(store: Store, bucket: string, id: string): Promise<RunRecord | null> {
  const key = recordKey(id)
  const where = store.uriOf({ bucket, key })
  const bytes = await readBounded(store, { bucket, key }, MAX_RECORD_BYTES)
  if (bytes === null) return null
  if (bytes === 'too large') throw invalidObject(where, `larger than ${MAX_RECORD_BYTES} bytes`)
  const record = parseRunRecord(bytes, where)
  if (record.id === id) return record
  const found = JSON.stringify(record.id.slice(0, SHOWN_CHARACTERS))
  throw invalidObject(where, `id: this is the record of run ${found}`)
}

/**
 * Parses bytes that any program may have written, as a run record.
 *
 * @param where names the object in messages
 * @throws RUN_RECORD_INVALID naming the first field that is wrong
 */
export function parseRunRecord(bytes: Uint8Array, where: string): RunRecord {
  return parseObject(runRecordSchema, bytes, where, 2)
}
