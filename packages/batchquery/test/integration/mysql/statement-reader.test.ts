import { expect, test } from 'vitest'
import { packetError } from '../../../src/database/mysql/errors.ts'
import { PacketReader } from '../../../src/database/mysql/packet-reader.ts'
import {
  type AnswerHandler,
  type StatementAnswer,
  StatementReader,
} from '../../../src/database/mysql/statement-reader.ts'
import { packetNumbers, recordAnswer } from './recorded-answer.ts'

const PREVIEW_ROWS = 2

/** Reads an answer, to its end or to the server's error. */
class Reading implements AnswerHandler {
  ending: StatementAnswer | { readonly error: string } | null = null
  readonly #reader: PacketReader

  constructor(extendedMetadata: boolean) {
    this.#reader = new PacketReader(new StatementReader(this, PREVIEW_ROWS, extendedMetadata))
  }

  take(...chunks: Buffer[]): void {
    for (const chunk of chunks) this.#reader.consume(chunk, 0)
  }

  ended(answer: StatementAnswer): void {
    this.ending = answer
  }

  refused(packet: Buffer): void {
    this.ending = { error: packetError(packet).message }
  }
}

const read = (extendedMetadata: boolean): Reading => new Reading(extendedMetadata)
const LONG = "REPEAT('0123456789', 30), NULL, X'00FF', 'é'"

test.each<[name: string, sql: string, before: string[], answer: object]>([
  [
    'kept rows and counted rows',
    `SELECT 1 AS a, ${LONG} UNION ALL SELECT 2, ${LONG} UNION ALL SELECT 3, ${LONG}`,
    [],
    {
      results: [
        { rowCount: 3, rows: [['1', '0123456789'.repeat(30), null, '0x00FF', 'é'], expect.any(Array)] },
      ],
    },
  ],
  [
    'a row in pieces',
    "SELECT REPEAT('x', 100000) UNION ALL SELECT 'y'",
    [],
    { results: [{ rowCount: 2, rows: [['x'.repeat(100_000)], ['y']] }] },
  ],
  [
    'session variables that changed',
    "SET NAMES latin1, sql_mode = 'ANSI_QUOTES'",
    ["SET session_track_system_variables = 'sql_mode,character_set_results'"],
    {
      affectedRows: 0,
      changed: new Map([
        ['character_set_results', 'latin1'],
        ['sql_mode', 'ANSI_QUOTES'],
      ]),
    },
  ],
  [
    'several results of a procedure',
    'CALL p()',
    [
      'DROP PROCEDURE IF EXISTS p',
      "CREATE PROCEDURE p() BEGIN SELECT CAST('1x' AS SIGNED) AS n; SELECT 2 AS m; SET sql_mode = 'ANSI_QUOTES'; END",
      "SET session_track_system_variables = 'sql_mode'",
    ],
    {
      results: [
        { columns: ['n'], rows: [['1']] },
        { columns: ['m'], rows: [['2']] },
      ],
      outcomes: [{ hasRows: true }, { hasRows: true }, { hasRows: false }],
    },
  ],
  ['rows with warnings', "SELECT CAST('1x' AS SIGNED)", [], { outcomes: [{ hasRows: true, warnings: 1 }] }],
  ['an error', 'SELECT * FROM no_such_table', [], { error: expect.stringContaining('no_such_table') }],
])(
  'the reader of answers returns %s the same wherever a chunk ends',
  async (_name, sql, before, expected) => {
    const { answer, extendedMetadata } = await recordAnswer(sql, read, { before })
    const whole = read(extendedMetadata)
    whole.take(answer)
    if (typeof whole.ending === 'string') expect(whole.ending).toEqual(expected)
    else expect(whole.ending).toMatchObject(expected)
    // For a long row, cuts at its ends are enough.
    const cuts = Array.from({ length: answer.length }, (_, at) => at).filter(
      at => at < 2_000 || at > answer.length - 200 || at % 997 === 0,
    )
    for (const cut of cuts) {
      const reading = read(extendedMetadata)
      reading.take(answer.subarray(0, cut), answer.subarray(cut))
      expect([cut, reading.ending]).toEqual([cut, whole.ending])
    }
    const bytewise = read(extendedMetadata)
    for (const byte of answer) bytewise.take(Buffer.of(byte))
    expect(bytewise.ending).toEqual(whole.ending)
  },
)

test('the reader refuses an answer when a byte outside a value changes', async () => {
  const sql = `SELECT 1 AS a, ${LONG}`
  const { answer, extendedMetadata } = await recordAnswer(sql, read)
  const refused: number[] = []
  for (let at = 0; at < answer.length; at++)
    for (const bits of [0xff, 0x01, 0x80]) {
      const changed = Buffer.from(answer)
      changed[at] ^= bits
      const reading = read(extendedMetadata)
      try {
        reading.take(changed)
      } catch (error) {
        expect(error).toMatchObject({ code: 'DATABASE_LOST' })
        refused.push(at)
      }
    }
  const numbers = packetNumbers(answer)
  expect(refused).toEqual(expect.arrayContaining(numbers))
  // And lengths, kinds and counts.
  expect(refused.length).toBeGreaterThan(3 * 2 * numbers.length)
})
