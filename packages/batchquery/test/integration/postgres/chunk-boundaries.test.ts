import { expect, test } from 'vitest'
import { CopiedRows } from '../../../src/database/postgres/copied-rows.ts'
import { CopyReader } from '../../../src/database/postgres/copy-reader.ts'
import { BlockPool, BlockWriter } from '../../../src/format/index.ts'
import { recordAnswer } from './recorded-answer.ts'

/** Reads an answer: the output, and the bytes that went to the driver. */
class Reading {
  readonly blocks: Buffer[] = []
  readonly others: Buffer[] = []
  readonly reader: CopyReader
  accepted = false
  over = false
  readonly #writer: BlockWriter
  /** Blocks that the taker has not released yet. */
  readonly #lent: (() => void)[] = []

  constructor() {
    this.#writer = new BlockWriter(new BlockPool(8 * 1024, 2), 1e12, block => {
      this.blocks.push(Buffer.from(block.bytes))
      this.#lent.push(() => block.release())
    })
    this.reader = new CopyReader(new CopiedRows(this.#writer), {
      accepted: () => {
        this.accepted = true
      },
      control: bytes => this.others.push(Buffer.from(bytes)),
      over: () => {
        this.over = true
      },
    })
  }

  /** Releases buffers only if the reader cannot continue without them. */
  take(...chunks: Buffer[]): this {
    for (const chunk of chunks) {
      let at = this.reader.consume(chunk, 0)
      while (at < chunk.length) {
        const release = this.#lent.shift()
        if (release === undefined) throw new Error(`the reader stopped at ${at} with buffers free`)
        release()
        at = this.reader.consume(chunk, at)
      }
    }
    if (this.over) void this.#writer.finish()
    return this
  }

  get outcome() {
    const { accepted, over, reader } = this
    return {
      written: Buffer.concat(this.blocks).toString('latin1'),
      others: Buffer.concat(this.others).toString('latin1'),
      ...{ accepted, over, rows: reader.rows },
    }
  }
}

const record = (query: string): Promise<Buffer> => {
  const reading = new Reading()
  return recordAnswer(`COPY (${query}) TO STDOUT`, chunk => reading.take(chunk).over)
}

const ROWS = `VALUES (E'a\\tb\\nc\\\\d', NULL, '', 42), (repeat('0123456789', 30), 'é', 'dddd', -1), ('', '', '', 0)`

test.each([
  ['rows', ROWS],
  ['no rows', `SELECT * FROM (${ROWS}) t WHERE FALSE`],
  ['no columns', 'SELECT FROM generate_series(1, 4)'],
  ['rows in pieces between whole ones', `SELECT repeat('xyz', n) FROM unnest(ARRAY[1, 900, 2, 2000, 0]) n`],
  ['notices between rows', 'SELECT pg_temp.noisy(seq) FROM generate_series(1, 5) seq'],
  ['a late error', 'SELECT 7 / (5 - seq) FROM generate_series(1, 9) seq'],
  ['an error at once', 'SELECT * FROM no_such_table'],
])('the reader writes the same for %s wherever the answer is cut', async (_name, query) => {
  const answer = await record(query)
  const { outcome } = new Reading().take(answer)
  expect(outcome.over).toBe(true)
  const wrong: number[] = []
  for (let cut = 1; cut < answer.length; cut++) {
    const reading = new Reading().take(answer.subarray(0, cut), answer.subarray(cut))
    if (JSON.stringify(reading.outcome) !== JSON.stringify(outcome)) wrong.push(cut)
  }
  expect(wrong).toEqual([])
  const bytewise = new Reading()
  for (const byte of answer) bytewise.take(Buffer.of(byte))
  expect(bytewise.outcome).toEqual(outcome)
})

test('the reader refuses an answer when a byte outside a value changes', async () => {
  const answer = await record(ROWS)
  const { outcome } = new Reading().take(answer)
  const refused: number[] = []
  for (let at = 0; at < answer.length; at++) {
    const changed = Buffer.from(answer)
    changed[at] ^= 0xff
    const reading = new Reading()
    try {
      reading.take(changed)
      // The byte was part of a value or of a message for the driver, or the answer has no end.
      const { written, others, over } = reading.outcome
      if (over) expect(written.length + others.length).toBe(outcome.written.length + outcome.others.length)
    } catch (error) {
      expect(error).toMatchObject({ code: 'DATABASE_LOST' })
      refused.push(at)
    }
  }
  const ends = rowEnds(answer)
  expect(ends).not.toEqual([])
  expect(refused).toEqual(expect.arrayContaining(ends))
})

/** The positions of the line ends of the rows. */
function rowEnds(answer: Buffer): number[] {
  const places: number[] = []
  for (let at = 0; at < answer.length; ) {
    const end = at + 1 + answer.readUInt32BE(at + 1)
    if (answer[at] === 'd'.charCodeAt(0)) places.push(end - 1)
    at = end
  }
  return places
}
