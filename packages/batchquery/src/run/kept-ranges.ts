import { BatchQueryError } from '../errors/index.ts'
import type { KeptOfExport, RangeEntry } from '../journal/index.ts'
import { inParallel } from '../platform/index.ts'
import type { StageToken } from '../store/store.ts'
import type { StoredExport } from './export-objects.ts'
import { removeStaging, type StagingRemoval } from './remove-staging.ts'

/** How many ranges are inspected at once. */
const LOOKS_AT_ONCE = 16

export const NOTHING_KEPT: KeptOfExport = { ranges: [], startsOver: null }

/** The exports to one destination that earlier attempts of the run began to read with several sessions. */
interface Leftover {
  readonly consistency: 'SNAPSHOT' | 'NONE'
  readonly exports: readonly StoredExport[]
  readonly ranges: readonly RangeEntry[]
  /** How many ranges were read, but are not staged any more. */
  readonly gone: number
}

/**
 * The ranges that earlier attempts of a run have read for exports that they did not finish. Their parts stay staged until an export of
 * this attempt uses them, or does not. The marks of the earlier attempts stay as long, so that `reap` finds the parts if this
 * attempt dies too.
 */
export class KeptRanges {
  readonly #removal: StagingRemoval
  readonly #id: string
  /** By destination. */
  readonly #leftovers: Map<string, Leftover>

  private constructor(removal: StagingRemoval, id: string, leftovers: Map<string, Leftover>) {
    this.#removal = removal
    this.#id = id
    this.#leftovers = leftovers
  }

  /**
   * Finds the ranges whose parts are all still staged.
   *
   * @param exports those of the attempts that have ended, in their order
   * @throws RUN_RECORD_INVALID if an object of an export is unusable; the stores' errors
   */
  static async find(
    removal: StagingRemoval,
    id: string,
    exports: readonly StoredExport[],
  ): Promise<KeptRanges> {
    const open = new Map<string, StoredExport[]>()
    for (const stored of exports) {
      const { uri, mode, parallel } = await stored.begun()
      if (stored.state !== 'BEGUN' || mode === 'native' || !parallel) open.delete(uri)
      else open.set(uri, [...(open.get(uri) ?? []), stored])
    }
    const leftovers = new Map<string, Leftover>()
    for (const [uri, begun] of open) leftovers.set(uri, await leftoverOf(removal, { id, uri }, begun))
    return new KeptRanges(removal, id, leftovers)
  }

  /** By destination: the objects that stay staged. */
  get tokens(): ReadonlyMap<string, readonly StageToken[]> {
    return new Map([...this.#leftovers].map(([uri, { ranges }]) => [uri, tokensOf(ranges)]))
  }

  /**
   * The ranges for an export that has begun. Removes those that it cannot use. The export commits or removes the others.
   *
   * @param planSha256 of the export; null if it can use none, because it reads one moment
   */
  async take(uri: string, planSha256: string | null): Promise<KeptOfExport> {
    const leftover = this.#leftovers.get(uri)
    if (leftover === undefined) return NOTHING_KEPT
    const ranges = leftover.ranges.filter(range => range.planSha256 === planSha256)
    await removeStaging(this.#removal, this.#id, leftover.exports, new Map([[uri, tokensOf(ranges)]]))
    this.#leftovers.set(uri, { ...leftover, ranges })
    return { ranges, startsOver: ranges.length > 0 ? null : reason(leftover, planSha256) }
  }

  /**
   * Removes all that is still staged. Call it when the exports of this attempt have ended. Never throws: if it fails, `reap` can still do
   * it.
   */
  async discard(warn: (text: string) => void): Promise<void> {
    for (const [uri, { exports, ranges }] of this.#leftovers) {
      this.#leftovers.delete(uri)
      if (ranges.length === 0) continue
      try {
        await removeStaging(this.#removal, this.#id, exports)
      } catch (thrown) {
        warn(
          `some staged objects for ${uri} may remain; remove them with \`batchquery reap\`: ${BatchQueryError.from(thrown).message}`,
        )
      }
    }
  }
}

async function leftoverOf(
  { recovery }: StagingRemoval,
  { id, uri }: { readonly id: string; readonly uri: string },
  exports: readonly StoredExport[],
): Promise<Leftover> {
  let consistency: Leftover['consistency'] = 'SNAPSHOT'
  /** By plan and number. A later attempt reads a range again only if the parts of the earlier one are gone. */
  const latest = new Map<string, RangeEntry>()
  for (const stored of exports) {
    const { parallel } = await stored.begun()
    consistency = parallel?.consistency ?? 'SNAPSHOT'
    if (consistency === 'NONE')
      for (const range of await stored.ranges()) latest.set(`${range.planSha256}/${range.number}`, range)
  }
  const whole = new Set<RangeEntry>()
  await inParallel([...latest.values()], LOOKS_AT_ONCE, async range => {
    if (await recovery.isWhole({ uri, owner: id }, range)) whole.add(range)
  })
  const ranges = [...whole].toSorted((one, other) => one.number - other.number)
  return { consistency, exports, ranges, gone: latest.size - whole.size }
}

function reason({ consistency, ranges, gone }: Leftover, planSha256: string | null): string {
  const before = 'an earlier attempt began to read these rows, and this one starts over'
  if (consistency === 'SNAPSHOT')
    return `${before}, because the moment that its sessions shared ended with it`
  if (planSha256 === null) return `${before}, because it reads one moment`
  if (ranges.length > 0)
    return `${before}, because the query, its parameters, the clauses, the state of the session or the ranges have changed`
  return gone > 0
    ? `${before}, because the parts that it staged no longer exist`
    : `${before}, because it had not read a range to its end`
}

const tokensOf = (ranges: readonly RangeEntry[]): readonly StageToken[] =>
  ranges.flatMap(({ parts }) => parts.map(({ token }) => token))
