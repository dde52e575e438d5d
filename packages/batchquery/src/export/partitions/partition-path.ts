import { BatchQueryError } from '../../errors/index.ts'
import { valueError } from '../../format/index.ts'
import type { PartitionColumn } from './partition-columns.ts'

/** Readers of the Hive layout take this name for NULL. */
const NULL_NAME = '__HIVE_DEFAULT_PARTITION__'
/** The printable characters that Hive writes as `%XX`, like all control characters of ASCII: FileUtils.charToEscape in its source. */
const ESCAPED = new Set('"#%\'*/:=?\\{[]^\x7f')
/** The longest name of a file on usual disks, in bytes. */
const LONGEST_NAME = 255
/** The longest key of an object, in bytes. */
const LONGEST_KEY = 1024

const hiveName = (text: string): string =>
  Array.from(text, character =>
    character < ' ' || ESCAPED.has(character)
      ? `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
      : character,
  ).join('')

/** The limits of the store on the names of objects. */
export interface PathLimits {
  /** Whether the segments of a key are names of files. */
  readonly areFiles: boolean
  /** How many bytes a key has besides the path of its partition. */
  readonly otherKeyBytes: number
}

/** Makes the paths of partitions: `column=value/column=value`. */
export class PartitionPaths {
  readonly #columns: readonly PartitionColumn[]
  readonly #names: readonly string[]
  readonly #limits: PathLimits

  constructor(columns: readonly PartitionColumn[], limits: PathLimits) {
    this.#columns = columns
    this.#names = columns.map(({ name }) => hiveName(name))
    this.#limits = limits
  }

  /**
   * Returns the path of a row's partition.
   *
   * @param placeOf the places of start and end of the column's value
   * @param row of the result, from 1 on
   * @throws QUERY_FAILED for a value that cannot be in a path
   */
  pathOf(source: Buffer, places: Int32Array, placeOf: (column: number) => number, row: number): string {
    const path = this.#columns
      .map((_, index) => {
        const at = placeOf(index)
        return this.#component(index, source, places[at], places[at + 1], row)
      })
      .join('/')
    const bytes = Buffer.byteLength(path) + this.#limits.otherKeyBytes
    if (bytes > LONGEST_KEY) throw this.#keyTooLong(path, bytes, row)
    return path
  }

  #component(index: number, source: Buffer, start: number, end: number, row: number): string {
    const { name, text: textOf } = this.#columns[index]
    if (start < 0) return `${this.#names[index]}=${NULL_NAME}`
    const text = textOf(source, start, end)
    if (typeof text !== 'string')
      throw valueError(name, row, source.toString('utf8', start, Math.min(end, start + 400)), text)
    if (text === NULL_NAME)
      throw valueError(name, row, text, {
        why: 'is the name of the partition of NULL',
        hint: 'Replace it in the query: NULLIF(x, ...), or CASE WHEN ... END AS x.',
      })
    const component = `${this.#names[index]}=${hiveName(text)}`
    const bytes = Buffer.byteLength(component)
    if (this.#limits.areFiles && bytes > LONGEST_NAME)
      throw valueError(name, row, text, {
        why: `is too long for a folder: "${this.#names[index]}=..." has ${bytes} bytes, and a name at most ${LONGEST_NAME}`,
        hint: 'Shorten the value in the query, or partition by another column.',
      })
    return component
  }

  #keyTooLong(path: string, bytes: number, row: number): BatchQueryError {
    const shown = path.length <= 200 ? path : `${path.slice(0, 200)}...`
    const names = this.#columns.map(({ name }) => JSON.stringify(name)).join(', ')
    return new BatchQueryError(
      'QUERY_FAILED',
      `column ${names}, row ${row}: the partition ${JSON.stringify(shown)} makes a key of ${bytes} bytes, and a key has at most ${LONGEST_KEY}`,
      { hint: 'Shorten the values in the query, shorten the prefix, or partition by fewer columns.' },
    )
  }
}
