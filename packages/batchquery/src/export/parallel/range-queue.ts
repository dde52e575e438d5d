import type { ReadRange } from '../../database/parallel-reads.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { StagedRows } from '../stage-rows.ts'

/** So often a range is tried before its error ends the export. */
const MOST_TRIES = 3

/** The ranges of an export: those that wait, those that a reader has, and those that are read. */
export class RangeQueue {
  readonly all: number
  /** Null if there is none. */
  readonly first: ReadRange | null
  readonly #waiting: ReadRange[]
  /** Those that an earlier attempt has read. */
  readonly #kept = new Map<number, ReadRange>()
  readonly #taken = new Set<number>()
  readonly #tries = new Map<number, number>()
  readonly #results = new Map<number, StagedRows>()
  readonly #wakes: (() => void)[] = []

  constructor(ranges: readonly ReadRange[]) {
    this.#waiting = [...ranges]
    this.all = ranges.length
    this.first = ranges.at(0) ?? null
  }

  /** The next range for a reader. Waits while other readers have ranges that may come back. Null if no reader has one. */
  async next(): Promise<ReadRange | null> {
    for (;;) {
      const range = this.#waiting.shift()
      if (range !== undefined) {
        this.#taken.add(range.number)
        this.#tries.set(range.number, (this.#tries.get(range.number) ?? 0) + 1)
        return range
      }
      if (this.#taken.size === 0) return null
      await new Promise<void>(resolve => this.#wakes.push(resolve))
    }
  }

  /** Those that wait for a reader. */
  get waiting(): readonly ReadRange[] {
    return this.#waiting
  }

  /** An earlier attempt has read a range that waits. */
  keep(number: number, rows: StagedRows): void {
    const at = this.#waiting.findIndex(range => range.number === number)
    if (at === -1) throw new BatchQueryError('INTERNAL', `range ${number} was kept, but does not wait`)
    this.#kept.set(number, this.#waiting[at])
    this.#waiting.splice(at, 1)
    this.#results.set(number, rows)
  }

  /** Has kept ranges read after all. @returns what they were read as */
  forgetKept(isOther: (rows: StagedRows) => boolean): readonly StagedRows[] {
    const forgotten: StagedRows[] = []
    for (const [number, range] of this.#kept) {
      const rows = this.#results.get(number)
      if (rows === undefined || !isOther(rows)) continue
      this.#kept.delete(number)
      this.#results.delete(number)
      this.#waiting.push(range)
      forgotten.push(rows)
    }
    return forgotten
  }

  finish({ number }: ReadRange, rows: StagedRows): void {
    this.#results.set(number, rows)
    this.#release(number)
  }

  /** A reader could not read a range to its end. @returns false if it was tried too often, and so stays with the reader */
  giveBack(range: ReadRange): boolean {
    if ((this.#tries.get(range.number) ?? 0) >= MOST_TRIES) return false
    this.#waiting.unshift(range)
    this.#release(range.number)
    return true
  }

  get done(): number {
    return this.#results.size
  }

  get isComplete(): boolean {
    return this.#results.size === this.all
  }

  /** What is read, in the order of the ranges' numbers. */
  get results(): readonly StagedRows[] {
    return [...this.#results].toSorted(([one], [other]) => one - other).map(([, rows]) => rows)
  }

  #release(number: number): void {
    this.#taken.delete(number)
    for (const wake of this.#wakes.splice(0)) wake()
  }
}
