import { BatchQueryError } from '../errors/index.ts'

/** One thing that a server's own export needs. */
export interface NativeNeed {
  readonly what: string
  readonly isMet: boolean
  /** What to do where it is not. */
  readonly repair: string
}

export const firstUnmet = (needs: readonly NativeNeed[]): NativeNeed | null =>
  needs.find(({ isMet }) => !isMet) ?? null

/** @throws PERMISSION for the first that is not met */
export function refuseUnmet(needs: readonly NativeNeed[]): void {
  const unmet = firstUnmet(needs)
  if (unmet === null) return
  throw new BatchQueryError('PERMISSION', `a native export needs ${unmet.what}`, {
    hint: `${unmet.repair} Or let it be streamed: --mode streamed.`,
  })
}
