import * as v from 'valibot'
import { time } from '../journal/index.ts'
import { readBounded } from '../store/read-bounded.ts'
import type { Store } from '../store/store.ts'
import { attemptKey } from './keys.ts'
import { type Immutable, invalidObject, parseObject } from './parse-object.ts'
import { type RunnerRecord, runnerRecord } from './record.ts'

const MAX_ATTEMPT_BYTES = 4096

/** `runs/<id>/attempt-NNNN`. */
const claim = v.object({ ...runnerRecord.entries, claimedAt: v.fallback(v.optional(time), undefined) })
type Claim = Immutable<v.InferOutput<typeof claim>>

/**
 * The runner that claimed an attempt; null if there is no such attempt.
 *
 * @throws RUN_RECORD_INVALID
 */
export async function findRunner(
  store: Store,
  bucket: string,
  id: string,
  attempt: number,
): Promise<RunnerRecord | null> {
  const claim = await findClaim(store, bucket, id, attempt)
  if (claim === null) return null
  const { claimedAt: _, ...runner } = claim
  return runner
}

async function findClaim(store: Store, bucket: string, id: string, attempt: number): Promise<Claim | null> {
  const key = attemptKey(id, attempt)
  const where = store.uriOf({ bucket, key })
  const bytes = await readBounded(store, { bucket, key }, MAX_ATTEMPT_BYTES)
  if (bytes === null) return null
  if (bytes === 'too large') throw invalidObject(where, `larger than ${MAX_ATTEMPT_BYTES} bytes`)
  return parseAttempt(bytes, where)
}

/** An attempt of a run and its claim. */
export interface Attempt {
  /** From 1. */
  readonly attempt: number
  readonly runner: RunnerRecord
  /** By the runner's own clock; null if the claim does not say. */
  readonly claimedAt: string | null
}

/** More than a user would read. */
const MOST_SHOWN = 100

/** The attempts of a run in order; at most the latest 100. @throws RUN_RECORD_INVALID */
export async function readAttempts(
  store: Store,
  bucket: string,
  id: string,
  latest: number,
): Promise<readonly Attempt[]> {
  const attempts: Attempt[] = []
  for (let attempt = Math.max(1, latest - MOST_SHOWN + 1); attempt <= latest; attempt++) {
    const claim = await findClaim(store, bucket, id, attempt)
    if (claim === null) continue
    const { claimedAt = null, ...runner } = claim
    attempts.push({ attempt, runner, claimedAt })
  }
  return attempts
}

/**
 * Parses bytes that any program may have written, as an attempt.
 *
 * @param where names the object in messages
 * @throws RUN_RECORD_INVALID naming the first field that is wrong
 */
export function parseAttempt(bytes: Uint8Array, where: string): Claim {
  return parseObject(claim, bytes, where)
}
