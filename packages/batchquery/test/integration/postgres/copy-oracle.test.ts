import fc from 'fast-check'
import { type Client, escapeLiteral } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { BlockPool } from '../../../src/format/index.ts'
import { cases } from '../../setup/chance.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { TYPES, tableOfEveryType } from './every-type.ts'
import { collect, copyToFile, openDatabase, serverUrl } from './session.ts'

let admin: Client
let session: Session

beforeAll(async () => {
  const database = await freshPostgresDatabase()
  admin = await adminPg(database)
  for (const statement of tableOfEveryType('t')) await admin.query(statement)
  session = await openDatabase(serverUrl(database)).connect('batchquery oracle')
})

afterAll(async () => {
  await session?.close()
  await admin?.end()
})

/** All delimiters that TEXT accepts. clauses.test.ts tests others. */
const delimiters = fc.constantFrom(...'\t ,;|:!"#$%&\'()*+-/<=>?@ABCMOZ[]^_`{}~\x01\x1f\x7f\v\f'.split(''))
const settings = fc
  .record({
    format: fc.constantFrom('TEXT', 'CSV'),
    delimiter: delimiters,
    quote: fc.constantFrom('"', "'", '|', 'x', '\\'),
    header: fc.boolean(),
    blockBytes: fc.constantFrom(1024, 4096, 64 * 1024),
    maxPartBytes: fc.constantFrom(1e12, 3000, 100_000),
  })
  .filter(({ format, delimiter, quote }) => format === 'TEXT' || delimiter !== quote)
type Settings = typeof settings extends fc.Arbitrary<infer Value> ? Value : never

/** Exports a query and compares it with the server's output, with the server's header before every part of ours. */
async function compare(query: string, chosen: Settings, characterSet: string | null, encoding: string) {
  const { format, delimiter, quote, header, blockBytes, maxPartBytes } = chosen
  const quoting = format === 'CSV' ? `, QUOTE ${escapeLiteral(quote)}` : ''
  const options = `(FORMAT ${format}, DELIMITER ${escapeLiteral(delimiter)}${quoting}, HEADER ${header}, ENCODING '${encoding}')`
  const expected = await copyToFile(admin, query, options)
  const exported = await collect(session, query, {
    format,
    layout: {
      fieldsTerminatedBy: Buffer.from(delimiter),
      ...(format === 'CSV' ? { enclosedBy: Buffer.from(quote) } : {}),
    },
    header,
    characterSet,
    pool: new BlockPool(blockBytes, 2),
    maxPartBytes: maxPartBytes,
  })
  const whole = Buffer.concat([exported.header, exported.bytes])
  if (!whole.equals(expected)) expect(whole.toString('latin1')).toBe(expected.toString('latin1'))
  expect(exported.rowsEnded).toBe(exported.rowsRead)
}

test("TEXT and CSV are the server's own COPY, byte for byte", async () => {
  const columns = fc.shuffledSubarray([...TYPES.keys()], { minLength: 1 })
  await fc.assert(
    fc.asyncProperty(columns, settings, async (chosen, options) => {
      const names = chosen.map(at => `c${at}`)
      await compare(`SELECT ${names.join(', ')} FROM t ORDER BY row`, options, null, 'UTF8')
    }),
    { numRuns: cases(150) },
  )
})

test('any text and any name are exported unchanged', async () => {
  const anyText = fc.string({ unit: 'binary', maxLength: 300 }).filter(text => !text.includes('\0'))
  const name = anyText.map(text => [...text].slice(0, 12).join('')).filter(text => text !== '')
  const rows = fc.array(fc.tuple(fc.option(anyText), fc.option(anyText)), { minLength: 1, maxLength: 40 })
  const literal = (text: string | null) => (text === null ? 'NULL::text' : `${escapeLiteral(text)}::text`)
  await fc.assert(
    fc.asyncProperty(rows, name, settings, async (values, column, options) => {
      const list = values.map(([a, b]) => `(${literal(a)}, ${literal(b)})`).join(', ')
      const query = `SELECT a AS "${column.replaceAll('"', '""')}", b FROM (VALUES ${list}) v (a, b)`
      await compare(query, options, null, 'UTF8')
    }),
    { numRuns: cases(150) },
  )
})

test("TEXT and CSV are the server's own COPY in other character sets too", async () => {
  const sets = fc.constantFrom(
    ...[
      ['latin1', 'WIN1252', 'é ü ß € “ÿ”'],
      ['utf8mb4', 'UTF8', 'é 日本語 𝄞'],
      ['sjis', 'SJIS', '表ソ十予能 ｱ'],
      ['cp932', 'SJIS', '①髙ソ'],
      ['ujis', 'EUC_JP', '表ソ十'],
      ['gbk', 'GBK', '丂能中'],
      ['gb18030', 'GB18030', '丂€𝄞'],
      ['big5', 'BIG5', '功許蓋'],
      ['euckr', 'EUC_KR', '한국어'],
      ['koi8r', 'KOI8R', 'Привет Ё'],
      ['cp1251', 'WIN1251', 'Привет №'],
      ['greek', 'ISO_8859_7', 'αβγ'],
    ].map(([characterSet, encoding, text]) => ({ characterSet, encoding, text })),
  )
  const mix = fc.array(fc.oneof(fc.constant(null), fc.constantFrom('\t', '\\', '\n', '\r', '|', 'x')), {
    maxLength: 30,
  })
  await fc.assert(
    fc.asyncProperty(sets, mix, settings, async ({ characterSet, encoding, text }, parts, options) => {
      const value = parts.map(part => part ?? text).join('')
      const name = [...text].slice(0, 10).join('')
      const query = `SELECT ${escapeLiteral(value)}::text AS "${name}\t", 1 FROM generate_series(1, 3)`
      await compare(query, options, characterSet, encoding)
    }),
    { numRuns: cases(150) },
  )
})

test('a character that the character set lacks fails the export', async () => {
  const query = "SELECT 'ok' UNION ALL SELECT '日本'"
  await expect(collect(session, query, { characterSet: 'latin1' })).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: expect.stringContaining('22P05'),
    hint: expect.stringContaining('utf8mb4'),
  })
})
