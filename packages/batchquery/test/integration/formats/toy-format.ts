import type { Block, BlockOutput, Encoder, FormatPlan, TypedColumn } from '../../../src/format/index.ts'

const MOST_ROWS = 40

/** A format that a newcomer might write: groups of rows, column by column, and a footer at the end of each part. */
export const TOY: FormatPlan = {
  name: 'TOY',
  extension: '.toy',
  text: 'utf8',
  characterSet: null,
  codec: null,
  rowGroupBytes: null,
  isShortOfMemory: false,
  delimited: null,
  encoder: (columns, output) => new ToyEncoder(columns, output),
}

/** NULL as null. */
type Values = (string | null)[]

/** A column encoder: it sends nothing before a group is complete, and waits for buffers while it sends one. */
class ToyEncoder implements Encoder {
  readonly partStart = Buffer.from('TOY\n')
  readonly mostRowBytes = 2_000
  readonly mostPieceBytes = 1_000
  readonly inline = null
  readonly invalidDates = []
  readonly #output: BlockOutput
  readonly #group: Values[]
  /** Bytes that must go out before any other row is taken. */
  readonly #pending: Pick<Block, 'bytes' | 'rowsEnded' | 'endsPart'>[] = []
  #rowsInGroup = 0
  #rowsInPart = 0
  #partBytes = 0
  #discarded = false
  #wake = (): void => {}
  /** The row in pieces. */
  #row: Values = []
  #value = ''

  constructor(columns: readonly TypedColumn[], output: BlockOutput) {
    this.#output = output
    this.#group = columns.map(() => [])
  }

  rows(source: Buffer, places: Int32Array, count: number): number {
    const width = this.#group.length
    for (let row = 0; row < count; row++) {
      if (!this.#drain()) return row
      const value = (index: number) => {
        const at = 2 * (row * width + index)
        return places[at] < 0 ? null : source.toString('utf8', places[at], places[at + 1])
      }
      this.#take(this.#group.map((_, index) => value(index)))
    }
    return count
  }

  startRow(): boolean {
    this.#row = []
    return this.#drain()
  }

  piece(source: Buffer, start: number, end: number, rest: number): boolean {
    if (end - start > this.mostPieceBytes) throw new Error(`a piece has ${end - start} bytes`)
    this.#value += source.toString('latin1', start, end)
    if (rest !== 0) return true
    this.#row.push(Buffer.from(this.#value, 'latin1').toString())
    this.#value = ''
    return true
  }

  nullValue(): boolean {
    this.#row.push(null)
    return true
  }

  endRow(): boolean {
    if (!this.#drain()) return false
    this.#take(this.#row)
    return true
  }

  whenReady(): Promise<void> {
    return this.#output.pool.whenFree()
  }

  endPart(): Promise<void> {
    return this.#end(true)
  }

  finish(): Promise<void> {
    return this.#end(false)
  }

  async #end(endsPart: boolean): Promise<void> {
    this.#endGroup()
    this.#endPart(endsPart)
    const discarded = new Promise<void>(resolve => {
      this.#wake = resolve
    })
    while (!this.#drain()) await Promise.race([this.whenReady(), discarded])
  }

  discard(): void {
    this.#discarded = true
    this.#wake()
  }

  #take(values: Values): void {
    if (values.length !== this.#group.length) throw new Error(`a row has ${values.length} values`)
    for (const [index, column] of this.#group.entries()) column.push(values[index] ?? null)
    if (++this.#rowsInGroup === MOST_ROWS) this.#endGroup()
  }

  #endGroup(): void {
    const rowsEnded = this.#rowsInGroup
    if (rowsEnded === 0) return
    const lines = this.#group.map(column => `${JSON.stringify(column)}\n`)
    const bytes = Buffer.from(lines.join(''))
    for (const column of this.#group) column.length = 0
    this.#rowsInGroup = 0
    const end = this.#footer(this.#rowsInPart + rowsEnded).length
    const total = this.partStart.length + this.#partBytes + bytes.length + end
    if (this.#rowsInPart > 0 && total > this.#output.maxPartBytes) this.#endPart(true)
    this.#pending.push({ bytes, rowsEnded, endsPart: false })
    this.#partBytes += bytes.length
    this.#rowsInPart += rowsEnded
  }

  #endPart(endsPart: boolean): void {
    this.#pending.push({ bytes: this.#footer(this.#rowsInPart), rowsEnded: 0, endsPart })
    this.#partBytes = 0
    this.#rowsInPart = 0
  }

  #footer(rows: number): Buffer {
    return Buffer.from(`rows=${rows}\n`)
  }

  /** Sends what is pending, as far as there are buffers; false if that was not all. */
  #drain(): boolean {
    for (let next = this.#pending[0]; next !== undefined; next = this.#pending[0]) {
      if (this.#discarded) return true
      const buffer = this.#output.pool.take()
      if (buffer === null) return false
      const bytes = buffer.subarray(0, buffer.length)
      const length = Buffer.from(next.bytes).copy(bytes)
      const isAll = length === next.bytes.length
      this.#output.emit({
        bytes: bytes.subarray(0, length),
        rowsEnded: isAll ? next.rowsEnded : 0,
        endsRow: isAll,
        endsPart: isAll && next.endsPart,
        partition: '',
        release: () => this.#output.pool.give(buffer),
      })
      if (isAll) this.#pending.shift()
      else this.#pending[0] = { ...next, bytes: next.bytes.subarray(length) }
    }
    return true
  }
}

/** Reads the rows of one part. @throws if the part has no start, or its footer does not agree with the rows */
export function readToy(part: string, width: number): Values[] {
  const [start, ...lines] = part.trimEnd().split('\n')
  const footer = lines.pop()
  const columns = lines.map((line): Values => JSON.parse(line))
  const rows: Values[] = []
  for (let at = 0; at < columns.length; at += width) {
    const group = columns.slice(at, at + width)
    for (let row = 0; row < (group[0]?.length ?? 0); row++)
      rows.push(group.map(column => column[row] ?? null))
  }
  if (start !== 'TOY' || footer !== `rows=${rows.length}`) throw new Error(`the part ends in ${footer}`)
  return rows
}
