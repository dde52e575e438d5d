import { setTimeout as sleep } from 'node:timers/promises'
import { BatchQueryError } from '../errors/index.ts'
import { inParallel } from '../platform/index.ts'
import type { StageToken } from '../store/store.ts'
import type { Destination } from './destination.ts'
import { isResultKey, manifestKey, partsPrefix } from './part-names.ts'

const AT_ONCE = 16
/** An unknown process writes the first chunk of its upload sooner than this. */
const STRANGERS_MS = 2_000

export interface KnownStaging {
  readonly tokens: readonly StageToken[]
  /** Those that stay staged. @default - none */
  readonly kept?: readonly StageToken[]
  /** False if the store has confirmed no staged object. */
  readonly hasBegun: boolean
}

/**
 * Removes the objects that an owner has staged for a destination: those with known tokens, and those whose tokens were lost
 * because the owner died or the store's answer did not arrive. Leaves objects alone that other runs began later.
 *
 * @param known the tokens that are not published
 * @param isAlone whether no other live run may have staged objects there. Called after the objects were listed, and only if the
 *   store does not keep their owner.
 * @returns false if some may remain, because another live run may stage there
 */
export async function removeLeftovers(
  destination: Destination,
  owner: string,
  { tokens, kept = [], hasBegun }: KnownStaging,
  isAlone: () => Promise<boolean>,
  strangersMs = STRANGERS_MS,
): Promise<boolean> {
  const { store } = destination
  await inParallel(tokens, AT_ONCE, token => store.abort(token))
  const stays = new Set(kept.map(({ handle }) => handle))
  let found = (await findLeftovers(destination, owner, hasBegun)).filter(({ handle }) => !stays.has(handle))
  if (found.length > 0 && !store.capabilities.keepsOwner) {
    await sleep(strangersMs)
    const still = new Set((await findLeftovers(destination, owner, hasBegun)).map(({ handle }) => handle))
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
async function findLeftovers(
  { store, bucket, prefix }: Destination,
  owner: string,
  hasBegun: boolean,
): Promise<StageToken[]> {
  const { keepsOwner } = store.capabilities
  // A store that keeps owners may not know a whole key. All that begins so is of this export.
  const sure = keepsOwner ? [partsPrefix(prefix), `${prefix}/`] : []
  const unsure = keepsOwner ? [manifestKey(prefix), prefix] : [prefix]
  const found = new Map<string, StageToken>()
  try {
    for (const beginning of [...sure, ...unsure])
      for await (const token of store.listStaged(bucket, beginning, owner))
        if (sure.includes(beginning) || isResultKey(prefix, token.key)) found.set(token.handle, token)
  } catch (thrown) {
    const { code } = BatchQueryError.from(thrown)
    if (keepsOwner || hasBegun || code !== 'PERMISSION') throw thrown
  }
  return [...found.values()]
}
