import type { Bounds } from './bounds.ts'
import { Dictionary } from './dictionary.ts'
import { writeIndices } from './dictionary-indices.ts'
import type { ColumnLimits } from './limits.ts'
import { copyWords, type PageBuffer } from './page-buffer.ts'
import type { Reader } from './readers/reader.ts'
import type { Values } from './values.ts'

/** A dictionary with more entries for each value than this is not worth its lookups. */
const WORTHLESS = 0.67
/** After this many values, or a full dictionary, a column decides whether to go on with it. */
const TRIAL_VALUES = 8192
/** Word writes go past the end. */
const SLACK = 8

/** The values of a column as entries of its dictionary, which has one group and the indices of the open page. */
export class IndexedValues {
  readonly dictionary: Dictionary
  /** How many indices the open page has. */
  count = 0
  /** Pages of indices in the group. */
  pages = 0
  /** Whether a group begins with plain values, because groups before it that were too small for a trial had none but those. */
  isPaused = false
  readonly #trialValues: number
  /** How many plain values such groups had, one after the other. */
  #plainInSmall = 0
  /** How many plain values the group had before the column tried the dictionary. */
  #untried = 0
  #indices = new Uint16Array(0)
  #seen = new Uint8Array(0)

  constructor(reader: Reader, { dictionaryEntries, dictionaryBytes }: ColumnLimits) {
    this.dictionary = new Dictionary(reader, dictionaryEntries, dictionaryBytes)
    this.#trialValues = Math.min(TRIAL_VALUES, dictionaryEntries)
  }

  /** Takes the values of a batch. Returns how many it took: all, or those before the one that stopped the dictionary. */
  add(values: Values): number {
    if (this.count + values.count > this.#indices.length) this.#grow(this.count + values.count)
    const found = this.dictionary.lookUp(values, 0, values.count, this.#indices, this.count)
    this.count += found
    return found
  }

  /** Takes the last values back. Their entries remain in the dictionary. */
  dropLast(count: number): void {
    this.count -= count
  }

  /** Those of the dictionary, and of the open page. */
  get rawBytes(): number {
    return 2 * this.count + this.dictionary.values.at
  }

  get isWorthless(): boolean {
    return this.pages === 0 && this.dictionary.count > this.count * WORTHLESS
  }

  get isTrialOver(): boolean {
    return this.pages === 0 && this.count >= this.#trialValues
  }

  /** Writes the open page's indices, and its bounds. */
  writePage(page: PageBuffer, bounds: Bounds): void {
    this.#bound(bounds)
    writeIndices(this.#indices, this.count, this.dictionary.count, page)
    this.pages++
    this.count = 0
  }

  /** Writes the values of the open page in their PLAIN form, and its bounds. Forgets the dictionary unless other pages need it. */
  unfold(page: PageBuffer, bounds: Bounds): void {
    const { starts, values } = this.dictionary
    const indices = this.#indices
    let bytes = 0
    for (let k = 0; k < this.count; k++) bytes += starts[indices[k] + 1] - starts[indices[k]]
    page.room(bytes + SLACK)
    const first = page.at
    const source = { source: values.bytes, view: values.view }
    for (let k = 0; k < this.count; ) {
      const start = starts[indices[k]]
      let entry = indices[k++]
      // New values lie one behind the other.
      while (k < this.count && indices[k] === entry + 1) entry = indices[k++]
      copyWords(source, start, starts[entry + 1], page)
      page.at += starts[entry + 1] - start
    }
    bounds.update(page.bytes, page.view, first, page.at)
    this.count = 0
    if (this.pages === 0) this.dictionary.clear()
  }

  /**
   * Whether a page of plain values was the last one before the column tries the dictionary: the group is larger than those that made it pause.
   *
   * @param plain entries of the group until now
   */
  resumes(plain: number): boolean {
    if (!this.isPaused || plain < this.#trialValues) return false
    this.#untried = plain
    this.#pause(0)
    return true
  }

  /** Returns whether the column should never try the dictionary again. @param indexed entries of the group @param plain entries */
  endGroup(indexed: number, plain: number): boolean {
    this.pages = 0
    this.dictionary.clear()
    const isLarge = plain - this.#untried > Math.max(indexed, this.#trialValues)
    const isSmall = indexed === 0 && plain <= this.#trialValues
    this.#untried = 0
    this.#pause(isSmall ? this.#plainInSmall + plain : 0)
    return isLarge
  }

  #pause(plain: number): void {
    this.#plainInSmall = plain
    this.isPaused = plain >= this.#trialValues
  }

  /** The bounds of the entries that the open page has. */
  #bound(bounds: Bounds): void {
    const { count, starts, values } = this.dictionary
    if (count > this.#seen.length) this.#seen = new Uint8Array(2 * count)
    const seen = this.#seen
    const indices = this.#indices
    const end = this.count | 0
    for (let k = 0 | 0; k < end; k = (k + 1) | 0) seen[indices[k]] = 1
    for (let entry = 0; entry < count; entry++) {
      if (seen[entry] === 0) continue
      seen[entry] = 0
      bounds.update(values.bytes, values.view, starts[entry], starts[entry + 1])
    }
  }

  #grow(count: number): void {
    const larger = new Uint16Array(Math.max(count, 2 * this.#indices.length))
    larger.set(this.#indices)
    this.#indices = larger
  }
}
