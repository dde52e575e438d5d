import { setTimeout as sleep } from 'node:timers/promises'
import { BatchQueryError } from '../errors/index.ts'
import { inParallel } from '../platform/index.ts'
import type { StageToken } from '../store/store.ts'
import { type Destination, isPartKey } from './destination.ts'

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
  if (found.length > 0 && !store.capabilities.keepsOwner) {
    await sleep(strangersMs)
    const still = new Set((await findLeft(destination, owner, hasBegun)).map(({ handle }) => handle))
    found = found.filter(({ handle }) => still.has(handle))
    if (found.length > 0 && !(await isAlone())) return false
  }
  await inParallel(found, AT_ONCE, token => store.abort(token))
  return true
}

/**
 * A store that does not keep owners may refuse to list the staged objects of a stranger's bucket, as a mistyped name may be. There
 * nothing could begin either: a token would be known.
 */
async function findLeft(
  { store, bucket, prefix }: Destination,
  owner: string,
  hasBegun: boolean,
): Promise<StageToken[]> {
  const { keepsOwner } = store.capabilities
  const found: StageToken[] = []
  try {
    for await (const token of store.listStaged(bucket, `${prefix}.part_`, owner))
      if (keepsOwner || isPartKey(prefix, token.key)) found.push(token)
  } catch (thrown) {
    const { code } = BatchQueryError.from(thrown)
    if (keepsOwner || hasBegun || code !== 'PERMISSION') throw thrown
  }
  return found
}
