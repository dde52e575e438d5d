import { readBounded } from '../store/read-bounded.ts'
import type { Store } from '../store/store.ts'
import { attemptKey } from './keys.ts'
import { invalidObject, parseObject } from './parse-object.ts'
import { type RunnerRecord, runnerRecord } from './record.ts'

const MAX_ATTEMPT_BYTES = 4096

/**
 * Whose attempt it is, null where there is no such attempt.
 *
 * @throws RUN_RECORD_INVALID
 */
export async function findRunner(
  store: Store,
  bucket: string,
  id: string,
  attempt: number,
): Promise<RunnerRecord | null> {
  const key = attemptKey(id, attempt)
  const where = `s3://${bucket}/${key}`
  const bytes = await readBounded(store, { bucket, key }, MAX_ATTEMPT_BYTES)
  if (bytes === null) return null
  if (bytes === 'too large') throw invalidObject(where, `larger than ${MAX_ATTEMPT_BYTES} bytes`)
  return parseAttempt(bytes, where)
}

/**
 * Bytes that anybody may have written, as an attempt.
 *
 * @param where the attempt's address, for the message
 * @throws RUN_RECORD_INVALID naming the first field that is wrong
 */
export function parseAttempt(bytes: Uint8Array, where: string): RunnerRecord {
  return parseObject(runnerRecord, bytes, where)
}
