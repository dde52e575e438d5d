import { setTimeout as sleep } from 'node:timers/promises'
import { BatchQueryError } from '../errors/index.ts'
import { inParallel } from '../platform/index.ts'
import type { StageToken } from '../store/store.ts'
import type { Destination } from './destination.ts'
import { isPartKey, partsPrefix } from './part-names.ts'

const AT_ONCE = 16
/** An upload of somebody whom we know nothing of gets its first chunk sooner than this. */
const STRANGERS_MS = 2_000

export interface KnownStaging {
  readonly tokens: readonly StageToken[]
  /** False where no staged object is known to have begun. */
  readonly hasBegun: boolean
}

/**
 * Removes what an owner has staged for a destination: what is known of it, and what was begun without a word of it,
 * because the owner died or the store's answer was lost. What others have begun since is left alone.
 *
 * @param left what is known and not published; and whether anything was ever begun there
 * @param isAlone whether nobody who lives may have something staged there; asked after everything was looked at, and
 *   only where the store does not tell whose it is
 * @returns false where something may be left, because somebody has
 */
export async function removeLeftovers(
  destination: Destination,
  owner: string,
  { tokens, hasBegun }: KnownStaging,
  isAlone: () => Promise<boolean>,
  strangersMs = STRANGERS_MS,
): Promise<boolean> {
  const { store } = destination
  await inParallel(tokens, AT_ONCE, token => store.abort(token))
  let found = await findLeft(destination, owner, hasBegun)
  if (found.length > 0 && store.kind === 's3') {
    await sleep(strangersMs)
    const still = new Set((await findLeft(destination, owner, hasBegun)).map(({ handle }) => handle))
    found = found.filter(({ handle }) => still.has(handle))
    if (found.length > 0 && !(await isAlone())) return false
  }
  await inParallel(found, AT_ONCE, token => store.abort(token))
  return true
}

/** S3 forbids to list the uploads of a bucket of strangers, as a mistyped one may be: there nothing could be begun either. */
async function findLeft(
  { store, bucket, prefix }: Destination,
  owner: string,
  hasBegun: boolean,
): Promise<StageToken[]> {
  const found: StageToken[] = []
  try {
    for await (const token of store.listStaged(bucket, partsPrefix(prefix), owner))
      if (store.kind === 'directory' || isPartKey(prefix, token.key)) found.push(token)
  } catch (thrown) {
    const { code } = BatchQueryError.from(thrown)
    if (store.kind === 'directory' || hasBegun || code !== 'PERMISSION') throw thrown
  }
  return found
}
