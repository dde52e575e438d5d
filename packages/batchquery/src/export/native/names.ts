import { isPartKey, manifestKey, partKey, partsPrefix } from '../part-names.ts'

/** How a server names what it writes under a prefix. */
export interface NativeNames {
  /** What the keys of all parts begin with. */
  readonly listed: (prefix: string) => string
  readonly isPart: (prefix: string, key: string) => boolean
  /** @param at from 0 */
  readonly part: (prefix: string, at: number) => string
  /** Null where there is no such thing. */
  readonly manifest: ((prefix: string) => string) | null
}

export const AURORA_NAMES: NativeNames = {
  listed: partsPrefix,
  isPart: isPartKey,
  part: (prefix, at) => partKey(prefix, at, ''),
  manifest: manifestKey,
}

/** The first one has the prefix itself for its name. */
export const AWS_S3_NAMES: NativeNames = {
  listed: prefix => prefix,
  isPart: (prefix, key) =>
    key.startsWith(prefix) && /^(_part([2-9]|[1-9]\d+))?$/.test(key.slice(prefix.length)),
  part: (prefix, at) => (at === 0 ? prefix : `${prefix}_part${at + 1}`),
  manifest: null,
}

export const namesOf = (dialect: string): NativeNames =>
  dialect === 'postgres' ? AWS_S3_NAMES : AURORA_NAMES
