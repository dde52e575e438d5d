import { extensionOf } from '../sql/index.ts'

/*
 * The names of a result's objects. The number of a part is followed by the extension of the format, or that of EXTENSION, and by that
 * of the compression. TEXT and CSV have no extension, as in Aurora.
 *
 *     without PARTITION BY   <prefix>.part_00000                     <prefix>.manifest
 *     PARTITION BY           <prefix>/<column>=<value>/part_00000    <prefix>.manifest
 *     PARALLEL               …part_00100_00000: the range first      <prefix>.manifest
 *     SINGLE ON              <prefix>                                <prefix>.manifest
 *
 * The parts of every layout and extension are found, so a result of one kind leaves no part of another. Only SINGLE looks at nothing but
 * its own key, because the key is the user's.
 */

const PART_DIGITS = 5
const MANIFEST = '.manifest'
const PART =
  /^(?<folders>(?:\/[^/=]+=[^/]*)*)(?<separator>[./])part_(?:(?<range>\d{5,})_)?(?<number>\d{5,})(?<ending>.*)$/s
const PART_NAME = /(?:^|[./])part_(?:\d{5,}_)?\d{5,}(?<ending>(?:\.[^/]*)?)$/
const COMPRESSION = /\.(?:gz|zst)$/

/** The components of a part's key. */
interface PartName {
  /** The folders between the prefix and the name: `day=2026-01-31/country=de`. Empty without PARTITION BY. */
  readonly partition: string
  /** Undefined if the rows were not read in ranges. */
  readonly range: number | undefined
  /** Within its range. */
  readonly number: number
  /** The extension of the format, then that of the compression. */
  readonly extension: string
}

/**
 * @param extension of the format, then of the compression
 * @param partition as `Block.partition` has it
 * @param range the number of the range that the part belongs to @default - the rows were not read in ranges
 */
export function partKey(
  prefix: string,
  index: number,
  extension: string,
  partition = '',
  range?: number,
): string {
  const numbers = range === undefined ? [index] : [range, index]
  const name =
    ['part', ...numbers.map(number => String(number).padStart(PART_DIGITS, '0'))].join('_') + extension
  return partition === '' ? `${prefix}.${name}` : `${prefix}/${partition}/${name}`
}

/** The beginning of the keys of all parts of a result without partitions. */
export const partsPrefix = (prefix: string): string => `${prefix}.part_`

export function manifestKey(prefix: string): string {
  return `${prefix}${MANIFEST}`
}

/** Reads the key of a part of a result with this prefix. Null for any other key. */
export function parsePartKey(prefix: string, key: string): PartName | null {
  if (!key.startsWith(prefix)) return null
  const groups = PART.exec(key.slice(prefix.length))?.groups ?? {}
  const { folders = '', separator, range, number, ending = '' } = groups
  // Only the name of a part in a folder begins with "part_".
  if (number === undefined || (folders === '') !== (separator === '.') || !isEnding(ending)) return null
  return {
    partition: folders.slice(1),
    range: range === undefined ? undefined : Number(range),
    number: Number(number),
    extension: ending,
  }
}

/** Whether a key is that of a part, of this result or of another one with the same prefix. */
export const isPartKey = (prefix: string, key: string): boolean => parsePartKey(prefix, key) !== null

/** Whether an export with this prefix may have staged an object for the key, in any layout. */
export const isResultKey = (prefix: string, key: string): boolean =>
  key === prefix || key === manifestKey(prefix) || isPartKey(prefix, key)

/** A prefix may itself be named like a part. So a manifest, or a part after a part, belongs to another result. */
function isEnding(ending: string): boolean {
  const extension = ending.replace(COMPRESSION, '')
  if (extension === '') return true
  const written = extension.slice(1)
  return extension.startsWith('.') && extensionOf(written) === written
}

/** Returns the extension of the compression in the key of a part. Empty if there is none. */
export const compressionOfPart = (key: string): string =>
  COMPRESSION.exec(PART_NAME.exec(key)?.groups?.ending ?? '')?.[0] ?? ''
