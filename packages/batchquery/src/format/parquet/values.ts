const NULL = -1
const DIGIT_0 = 0x30
const DASH = 0x2d

/** Reads of whole words go up to three bytes past a value. */
export const WORD_SLACK = 3

/** The values of one column in one batch without its NULLs, as places in the source. One object serves all batches. */
export class Values {
  source: Buffer = Buffer.alloc(0)
  view: DataView = new DataView(new ArrayBuffer(0))
  starts = new Int32Array(256)
  ends = new Int32Array(256)
  count = 0
  /** The rows of the batch that are NULL, in order. */
  nullRows = new Int32Array(256)
  nulls = 0
  /** How many of the NULLs came as a zero or partial date. */
  zeroDates = 0

  /** The bytes that the places of the next batch mean. */
  use(source: Buffer): void {
    if (source === this.source) return
    this.source = source
    this.view = new DataView(source.buffer, source.byteOffset, source.length)
  }

  /**
   * Takes the values of one column: that of row r has its start at `places[first + r * stride]`, or -1 for NULL, and its
   * end after it.
   */
  gather(places: Int32Array, first: number, stride: number, rows: number): void {
    if (rows > this.starts.length) this.#grow(rows)
    const { starts, ends, nullRows } = this
    let count = 0 | 0
    let nulls = 0 | 0
    let place = first | 0
    for (let row = 0 | 0; row < rows; row = (row + 1) | 0, place = (place + stride) | 0) {
      const start = places[place]
      if (start === NULL) {
        nullRows[nulls] = row
        nulls = (nulls + 1) | 0
      } else {
        starts[count] = start
        ends[count] = places[place + 1]
        count = (count + 1) | 0
      }
    }
    this.count = count
    this.nulls = nulls
    this.zeroDates = 0
  }

  /** As `gather`, for dates: those whose month or day is zero count as NULL. @param isBinary in MySQL's binary form, not as text */
  gatherDates(places: Int32Array, first: number, stride: number, rows: number, isBinary: boolean): void {
    this.gather(places, first, stride, rows)
    const { source, starts, ends, nullRows } = this
    const hasZero = isBinary ? hasZeroBinaryDate : hasZeroDate
    if (!hasZero(source, starts, ends, this.count)) return
    const isZero = isBinary ? isZeroBinaryDate : isZeroDate
    let count = 0
    let nulls = 0
    for (let row = 0, place = first; row < rows; row++, place += stride) {
      const start = places[place]
      const end = places[place + 1]
      const isNull = start === NULL
      if (isNull || isZero(source, start, end)) {
        if (!isNull) this.zeroDates++
        nullRows[nulls++] = row
      } else {
        starts[count] = start
        ends[count++] = end
      }
    }
    this.count = count
    this.nulls = nulls
  }

  /** One value. */
  single(source: Buffer, start: number, end: number): void {
    this.use(source)
    this.starts[0] = start
    this.ends[0] = end
    this.count = 1
    this.nulls = 0
    this.zeroDates = 0
  }

  /** The row of the batch that the value with this index is in. */
  rowOf(index: number): number {
    let row = index
    for (let k = 0; k < this.nulls && this.nullRows[k] <= row; k++) row++
    return row
  }

  #grow(rows: number): void {
    const size = Math.max(rows, 2 * this.starts.length)
    this.starts = new Int32Array(size)
    this.ends = new Int32Array(size)
    this.nullRows = new Int32Array(size)
  }
}

/** Whether any of the values is a zero or partial date. */
function hasZeroDate(source: Buffer, starts: Int32Array, ends: Int32Array, count: number): boolean {
  for (let k = 0 | 0; k < count; k = (k + 1) | 0) if (isZeroDate(source, starts[k], ends[k])) return true
  return false
}

/** As `hasZeroDate`, in MySQL's binary form. */
function hasZeroBinaryDate(source: Buffer, starts: Int32Array, ends: Int32Array, count: number): boolean {
  for (let k = 0 | 0; k < count; k = (k + 1) | 0)
    if (isZeroBinaryDate(source, starts[k], ends[k])) return true
  return false
}

/** No bytes at all, or a month or day of zero after two bytes of the year. */
const isZeroBinaryDate = (source: Buffer, start: number, end: number): boolean =>
  end === start || (end - start >= 4 && (source[start + 2] === 0 || source[start + 3] === 0))

/** YYYY-00-.. or YYYY-..-00. */
function isZeroDate(source: Buffer, start: number, end: number): boolean {
  if (source[start + 6] !== DIGIT_0 && source[start + 9] !== DIGIT_0) return false
  if (end - start < 10 || source[start + 4] !== DASH || source[start + 7] !== DASH) return false
  return (
    (source[start + 5] === DIGIT_0 && source[start + 6] === DIGIT_0) ||
    (source[start + 8] === DIGIT_0 && source[start + 9] === DIGIT_0)
  )
}
