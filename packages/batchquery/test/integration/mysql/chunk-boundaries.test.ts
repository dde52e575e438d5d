import { expect, test } from 'vitest'
import { columnFormat } from '../../../src/database/mysql/column-format.ts'
import { PacketReader } from '../../../src/database/mysql/packet-reader.ts'
import {
  type ResultEnd,
  type ResultHandler,
  ResultReader,
} from '../../../src/database/mysql/result-reader.ts'
import { BlockPool, type Encoder } from '../../../src/format/index.ts'
import { numbers } from '../../setup/mysql-numbers.ts'
import { formatPlan } from '../../setup/stream-options.ts'
import { packetNumbers, recordAnswer } from './recorded-answer.ts'

/** Reads an answer: the output, and how it ended. */
class Reading implements ResultHandler {
  readonly blocks: Buffer[] = []
  readonly reader: PacketReader
  readonly result: ResultReader
  ending: ResultEnd | null = null
  #encoder: Encoder | null = null

  constructor(extendedMetadata: boolean) {
    this.result = new ResultReader(this, extendedMetadata)
    this.reader = new PacketReader(this.result)
  }

  columnsAnnounced(...[definitions]: Parameters<ResultHandler['columnsAnnounced']>) {
    const columns = definitions.map(definition =>
      columnFormat(definition, { isConverted: false, names: 'utf8', bitKind: 'number' }),
    )
    this.#encoder = formatPlan({}).encoder(columns, {
      pool: new BlockPool(64 * 1024, 3),
      maxPartBytes: 1e12,
      emit: block => {
        this.blocks.push(Buffer.from(block.bytes))
        block.release()
      },
    })
    return this.#encoder
  }

  ended(end: ResultEnd): void {
    void this.#encoder?.finish()
    this.ending = end
  }

  take(...chunks: Buffer[]): void {
    for (const chunk of chunks) this.reader.consume(chunk, 0)
  }

  get bytes(): Buffer {
    return Buffer.concat(this.blocks)
  }
}

const NASTY = "'a\\tb\\nc\\\\d\\0', NULL, '', 42, REPEAT('0123456789', 30), X'00FF09'"

test.each([
  [
    'rows, NULLs and every length form',
    `SELECT ${NASTY} UNION ALL SELECT 'x', 'y', 'z', -1, REPEAT('\\t', 70), ''`,
  ],
  ['no rows', `SELECT ${NASTY} FROM DUAL WHERE FALSE`],
  [
    'a row in pieces between two whole ones',
    "SELECT 'a' a, 'b' b, NULL c UNION ALL SELECT REPEAT('x\\t', 9000), NULL, REPEAT('y', 300) UNION ALL SELECT 'c', '', 'd'",
  ],
  [
    'a late error',
    `SELECT (SELECT two.seq FROM ${numbers(2, 'two')} WHERE two.seq >= IF(s.seq < 5, 2, 1)) FROM ${numbers(5, 's')}`,
  ],
  ['an error at once', 'SELECT * FROM no_such_database.t'],
])('the reader writes the same bytes for %s wherever the answer is cut', async (_name, sql) => {
  const { answer, extendedMetadata } = await recordAnswer(sql, extended => new Reading(extended))
  const whole = new Reading(extendedMetadata)
  whole.take(answer)
  expect(whole.ending).not.toBeNull()
  const wrong: number[] = []
  for (let cut = 1; cut < answer.length; cut++) {
    const reading = new Reading(extendedMetadata)
    reading.take(answer.subarray(0, cut), answer.subarray(cut))
    const same = reading.bytes.equals(whole.bytes) && reading.result.rows === whole.result.rows
    if (!same || reading.ending?.kind !== whole.ending?.kind) wrong.push(cut)
  }
  expect(wrong).toEqual([])
  const bytewise = new Reading(extendedMetadata)
  for (const byte of answer) bytewise.take(Buffer.of(byte))
  expect(bytewise.bytes.equals(whole.bytes)).toBe(true)
})

test('the reader refuses an answer when a byte outside a value changes', async () => {
  const { answer, extendedMetadata } = await recordAnswer(
    `SELECT ${NASTY}`,
    extended => new Reading(extended),
  )
  const whole = new Reading(extendedMetadata)
  whole.take(answer)
  const refused: number[] = []
  for (let at = 0; at < answer.length; at++) {
    const changed = Buffer.from(answer)
    changed[at] ^= 0xff
    const reading = new Reading(extendedMetadata)
    try {
      reading.take(changed)
    } catch (error) {
      expect(error).toMatchObject({ code: expect.stringMatching(/DATABASE_LOST|UNSUPPORTED_CLAUSE/) })
      refused.push(at)
    }
  }
  const numbers = packetNumbers(answer)
  expect(refused).toEqual(expect.arrayContaining(numbers))
  // And lengths, kinds and counts.
  expect(refused.length).toBeGreaterThan(2 * numbers.length)
})
