import { expect, test } from 'vitest'
import { BinaryRows } from '../../../src/database/postgres/binary-rows.ts'
import { CopyReader } from '../../../src/database/postgres/copy-reader.ts'
import type { Encoder } from '../../../src/format/index.ts'
import { recordAnswer } from './recorded-answer.ts'

function check(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(`it is not so that ${what}`)
}

/** Keeps the values as text, and refuses every call once. */
class StubbornEncoder implements Encoder {
  readonly partStart = new Uint8Array()
  readonly mostRowBytes: number
  readonly mostPieceBytes = 40
  readonly inline = null
  readonly invalidDates = []
  readonly taken: (string | null)[][] = []
  readonly #columns: number
  #row: (string | null)[] = []
  #bytes = 0
  #value = ''
  #refused = true

  constructor(columns: number, mostRowBytes: number) {
    this.#columns = columns
    this.mostRowBytes = mostRowBytes
  }

  rows(source: Buffer, places: Int32Array, count: number): number {
    if (this.#refuses()) return count >> 1 === 0 ? 0 : this.#take(source, places, count >> 1)
    return this.#take(source, places, count)
  }

  #take(source: Buffer, places: Int32Array, count: number): number {
    for (let at = 0; at < 2 * this.#columns * count; at += 2) {
      this.#row.push(places[at] < 0 ? null : source.toString('latin1', places[at], places[at + 1]))
      if (this.#row.length === this.#columns) this.#endRow()
    }
    return count
  }

  startRow(leastBytes: number, mostBytes: number): boolean {
    check(leastBytes === mostBytes, 'the bytes of the row are known')
    this.#bytes = mostBytes
    return !this.#refuses()
  }

  piece(source: Buffer, start: number, end: number, rest: number): boolean {
    if (this.#refuses()) return false
    this.#value += source.toString('latin1', start, end)
    this.#bytes -= end - start
    check(end - start <= this.mostPieceBytes && rest >= 0, 'a piece is short, and its rest is known')
    if (rest === 0) this.#row.push(this.#value)
    if (rest === 0) this.#value = ''
    return true
  }

  nullValue(): boolean {
    if (this.#refuses()) return false
    this.#row.push(null)
    return true
  }

  endRow(): boolean {
    if (this.#refuses()) return false
    check(this.#row.length === this.#columns && this.#bytes === 0, 'the row is whole')
    this.#endRow()
    return true
  }

  #endRow(): void {
    this.taken.push(this.#row)
    this.#row = []
  }

  #refuses(): boolean {
    this.#refused = !this.#refused
    return !this.#refused
  }

  async whenReady(): Promise<void> {}
  async endPart(): Promise<void> {}
  async finish(): Promise<void> {}
  discard(): void {}
}

/** Reads an answer. */
class Reading {
  over = false
  readonly #encoder: StubbornEncoder
  readonly #reader: CopyReader
  readonly #others: Buffer[] = []

  constructor(columns: number, mostRowBytes: number) {
    this.#encoder = new StubbornEncoder(columns, mostRowBytes)
    this.#reader = new CopyReader(new BinaryRows(this.#encoder, columns), {
      accepted: () => {},
      control: bytes => this.#others.push(Buffer.from(bytes)),
      over: () => {
        this.over = true
      },
    })
  }

  take(...chunks: Buffer[]): this {
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) at = this.#reader.consume(chunk, at)
    }
    return this
  }

  get outcome() {
    const { taken } = this.#encoder
    check(this.#reader.rows === taken.length, 'the reader counts the rows')
    return { taken, others: Buffer.concat(this.#others).toString('latin1'), over: this.over }
  }
}

const QUERIES: readonly (readonly [string, number, string])[] = [
  [
    'rows',
    4,
    `VALUES (E'a\\tb\\nc', NULL, '', 42), (repeat('0123456789', 30), 'é', 'dddd', NULL), ('', '', '', 0)`,
  ],
  [
    'NULLs and empty values at the ends',
    2,
    `VALUES (NULL::text, ''), ('', NULL), (repeat('x', 250), NULL), (NULL, '')`,
  ],
  ['no rows', 1, 'SELECT 1 WHERE FALSE'],
  [
    'rows in pieces between whole ones',
    1,
    `SELECT repeat('xyz', n) FROM unnest(ARRAY[40, 1, 90, 2, 50, 0]) n`,
  ],
  ['notices between rows', 1, 'SELECT pg_temp.noisy(seq) FROM generate_series(1, 5) seq'],
  ['a late error', 1, 'SELECT 7 / (5 - seq) FROM generate_series(1, 9) seq'],
  ['an error at once', 1, 'SELECT * FROM no_such_table'],
]

const record = (query: string, columns: number): Promise<Buffer> => {
  const reading = new Reading(columns, 1e6)
  return recordAnswer(`COPY (${query}) TO STDOUT (FORMAT binary)`, chunk => reading.take(chunk).over)
}

test.each(QUERIES)(
  'the reader finds the same values for %s wherever the answer is cut',
  async (_name, columns, query) => {
    const answer = await record(query, columns)
    const { outcome } = new Reading(columns, 1e6).take(answer)
    expect(outcome.over).toBe(true)
    const wrong: string[] = []
    // With 0, even the first row comes in pieces.
    for (const most of [0, 120, 1e6]) {
      for (let cut = 1; cut < answer.length; cut++) {
        const reading = new Reading(columns, most).take(answer.subarray(0, cut), answer.subarray(cut))
        if (JSON.stringify(reading.outcome) !== JSON.stringify(outcome)) wrong.push(`${most}: ${cut}`)
      }
      const bytewise = new Reading(columns, most)
      for (const byte of answer) bytewise.take(Buffer.of(byte))
      expect(bytewise.outcome).toEqual(outcome)
    }
    expect(wrong).toEqual([])
  },
)

test('the reader refuses a wrong signature, a wrong number of values, and lengths that do not add up', async () => {
  const answer = await record("VALUES ('abc', 'de'), (NULL, 'f')", 2)
  const row = answer.indexOf('PGCOPY')
  const changes: readonly (readonly [number, number])[] = [
    ...Array.from({ length: 21 }, (_, at): [number, number] => [row + at, 1]),
    ...[0, 1, 2, 3, 7, 8, 9, 10].map((at): [number, number] => [row + 21 + at, 1]),
  ]
  for (const [at, bit] of changes)
    for (const most of [0, 1e6]) {
      const changed = Buffer.from(answer)
      changed[at] ^= bit
      expect(() => new Reading(2, most).take(changed), `byte ${at - row}`).toThrow(/a row in COPY/)
    }
})
