import { BatchQueryError } from '../../errors/index.ts'
import { grown, KeyTable, UNKNOWN } from './key-table.ts'
import type { PartitionColumn } from './partition-columns.ts'
import { PartitionPaths, type PathLimits } from './partition-path.ts'
import { PathTable } from './path-table.ts'

const FIRST_PARTITIONS = 64

/** The partitions of a result, numbered from 0 on as they appear. Each takes less than a hundred bytes besides the values of its columns. */
export class Partitions {
  count = 0
  /** How many words of rows wait for their turn, by partition. */
  words = new Float64Array(FIRST_PARTITIONS)
  /** 1 if a row of another partition came after one of this partition. */
  isEnded = new Uint8Array(FIRST_PARTITIONS)
  readonly #columns: readonly PartitionColumn[]
  readonly #keys: KeyTable
  /** A key of each partition. */
  #keyOf = new Int32Array(FIRST_PARTITIONS)
  readonly #paths: PartitionPaths
  readonly #known: PathTable
  readonly #most: number

  /** @param most the clause MAXPARTITIONS */
  constructor(columns: readonly PartitionColumn[], limits: PathLimits, most: number) {
    this.#columns = columns
    this.#keys = new KeyTable(columns.map(({ index }) => index))
    this.#paths = new PartitionPaths(columns, limits)
    this.#known = new PathTable(partition => this.pathOf(partition), limits.areFiles)
    this.#most = most
  }

  /**
   * Returns the partition of a row.
   *
   * @param row of the result, from 1 on
   * @throws QUERY_FAILED for a value that cannot be in a path, for two paths that a disk may take for one, for too many partitions
   */
  of(source: Buffer, places: Int32Array, first: number, row: number): number {
    const found = this.#keys.find(source, places, first)
    return found === UNKNOWN ? this.#add(source, places, first, row) : found
  }

  pathOf(partition: number): string {
    return this.#keys.read(this.#keyOf[partition], (source, places) =>
      this.#paths.pathOf(source, places, index => 2 * index, 1),
    )
  }

  #add(source: Buffer, places: Int32Array, first: number, row: number): number {
    const placeOf = (index: number) => first + 2 * this.#columns[index].index
    const path = this.#paths.pathOf(source, places, placeOf, row)
    const equal = this.#known.find(path)
    if (equal !== null && !path.startsWith(equal.path)) throw this.#sameFolder(equal.path, path, row)
    const key = this.#keys.count
    if (equal !== null) {
      this.#keys.add(source, places, first, equal.partition)
      return equal.partition
    }
    if (this.count >= this.#most) throw this.#tooMany(path, row)
    const partition = this.count++
    if (partition === this.words.length) this.#grow()
    this.#keys.add(source, places, first, partition)
    this.#keyOf[partition] = key
    this.#known.add(path, partition)
    return partition
  }

  #grow(): void {
    const most = 2 * this.words.length
    this.words = grown(this.words, new Float64Array(most))
    this.isEnded = grown(this.isEnded, new Uint8Array(most))
    this.#keyOf = grown(this.#keyOf, new Int32Array(most))
  }

  get #names(): string {
    return this.#columns.map(({ name }) => JSON.stringify(name)).join(', ')
  }

  #sameFolder(one: string, other: string, row: number): BatchQueryError {
    const shown = other.split('/').slice(0, one.split('/').length).join('/')
    return new BatchQueryError(
      'QUERY_FAILED',
      `column ${this.#names}, row ${row}: the partitions ${JSON.stringify(one)} and ${JSON.stringify(shown)} differ only in case or in Unicode normalization, and many disks take them for one folder`,
      { hint: 'Make the values equal in the query: LOWER(x) AS x. Or write to S3.' },
    )
  }

  #tooMany(path: string, row: number): BatchQueryError {
    return new BatchQueryError(
      'QUERY_FAILED',
      `column ${this.#names}, row ${row}: ${JSON.stringify(path)} would be partition ${this.count + 1}, and MAXPARTITIONS is ${this.#most}`,
      {
        hint: `Partition by columns with fewer values, for instance by the day instead of the time, or write a larger MAXPARTITIONS.`,
      },
    )
  }
}
