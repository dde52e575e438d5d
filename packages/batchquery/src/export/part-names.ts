import { EXPORT_FORMATS } from '../format/index.ts'

/*
 * The names of a result's objects: `<prefix>.part_00000` and so on, after it the extension of the format and that of the
 * compression, and `<prefix>.manifest`. TEXT and CSV have no extension, as in Aurora. One pattern finds the parts of every
 * format, so a result of one format leaves no part of another.
 */

const PART = '.part_'
const PART_DIGITS = 5
const MANIFEST = '.manifest'

const extensions = EXPORT_FORMATS.map(({ extension }): string => extension).filter(Boolean)
const AFTER_NUMBER = `((?:${extensions.map(extension => `\\${extension}`).join('|')})?(\\.gz|\\.zst)?)$`
const PART_SUFFIX = new RegExp(`^\\${PART}\\d{${PART_DIGITS},}${AFTER_NUMBER}`)
const PART_END = new RegExp(`\\${PART}\\d{${PART_DIGITS},}${AFTER_NUMBER}`)

/** @param extension of the format, then of the compression */
export function partKey(prefix: string, index: number, extension: string): string {
  return `${prefix}${PART}${String(index).padStart(PART_DIGITS, '0')}${extension}`
}

/** The beginning of the keys of all parts. */
export const partsPrefix = (prefix: string): string => `${prefix}${PART}`

/** Returns what comes after the number in the key or the URI of a part: the extension of the format, then of the compression. */
export const extensionOfPart = (key: string): string => PART_END.exec(key)?.[1] ?? ''

/** Returns the extension of the compression alone; empty for no compression. */
export const compressionOfPart = (key: string): string => PART_END.exec(key)?.[2] ?? ''

export function manifestKey(prefix: string): string {
  return `${prefix}${MANIFEST}`
}

/** Whether a key is that of a part, of this result or of another one. */
export const isPartKey = (prefix: string, key: string): boolean =>
  key.startsWith(prefix) && PART_SUFFIX.test(key.slice(prefix.length))

const NULL_VALUE = '__HIVE_DEFAULT_PARTITION__'

/**
 * The columns of a part's partition with their values, NULL as null.
 *
 * @param rest of the key of the part, after the prefix: `/day=2026-01-01/part_00000`
 */
export const partitionOf = (rest: string): readonly (readonly [column: string, value: string | null])[] =>
  rest
    .split('/')
    .slice(1, -1)
    .map(component => {
      const at = component.indexOf('=')
      const value = component.slice(at + 1)
      return [decoded(component.slice(0, at)), value === NULL_VALUE ? null : decoded(value)]
    })

/** Hive escapes only ASCII characters. */
const decoded = (text: string): string =>
  text.replace(/%([0-9A-F]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
