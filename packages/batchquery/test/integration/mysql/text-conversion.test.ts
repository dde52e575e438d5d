import type { Connection, RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transcoderOf } from '../../../src/database/mysql/transcoders.ts'
import { adminConnection } from '../../setup/mariadb-client.ts'

let admin: Connection
beforeAll(async () => {
  admin = await adminConnection()
  await admin.query("SET sql_mode = ''")
  const hex = Array.from({ length: 256 }, (_, byte) => `(x'${byte.toString(16).padStart(2, '0')}')`)
  for (const table of ['first', 'second']) {
    await admin.query(`CREATE TEMPORARY TABLE mysql.${table} (b VARBINARY(1))`)
    await admin.query(`INSERT INTO mysql.${table} VALUES ${hex}`)
  }
})
afterAll(() => admin.end())

const ONE = 'first.b AS code FROM mysql.first'
const TWO = 'CONCAT(first.b, second.b) AS code FROM mysql.first CROSS JOIN mysql.second'
const after = (before: string, then = '') =>
  `CONCAT(x'${before}', first.b, second.b, x'${then}') AS code FROM mysql.first CROSS JOIN mysql.second`
/** The rows of codes of each character set; one of one byte per character has ONE. */
const CODES: Readonly<Record<string, readonly string[]>> = {
  big5: [ONE, TWO],
  cp932: [ONE, TWO],
  eucjpms: [ONE, TWO, after('8F')],
  euckr: [ONE, TWO],
  // In the codes of four bytes, the second and the fourth byte are digits. The last code point of two bytes, and of all.
  gb18030: [ONE, TWO, after('8130'), after('8230'), after('8431'), after('9030'), after('E332')],
  gb2312: [ONE, TWO],
  gbk: [ONE, TWO],
  sjis: [ONE, TWO],
  ucs2: [TWO],
  ujis: [ONE, TWO, after('8F')],
  utf16: [TWO, after('D834'), after('DBFF')],
  utf16le: [TWO, after('34D8'), after('FFDB')],
  utf32: [after('0000'), after('0001'), after('0010'), after('0011')],
}

const UNICODE_SETS = ['gb18030', 'ucs2', 'utf16', 'utf16le', 'utf32']

const questionMarks = (hex: string): number => Buffer.from(hex, 'hex').filter(byte => byte === 0x3f).length

/** The server's conversion of a code: null if it lost a character, or is not valid UTF-8. */
function counterpart(set: string, { code, utf8, characters }: RowDataPacket): string | null {
  if (Array.from(Buffer.from(utf8, 'hex').toString()).length !== Number(characters)) return null
  if (utf8 === 'EFBFBD') return UNICODE_SETS.includes(set) ? utf8 : null
  return /^ED[AB]/.test(utf8) || questionMarks(utf8) > questionMarks(code) ? null : utf8
}

test('every code of every character set becomes what the server converts it to, or is refused', async () => {
  const [sets] = await admin.query<RowDataPacket[]>(
    `SELECT character_sets.CHARACTER_SET_NAME AS name, collations.ID AS collation
     FROM information_schema.character_sets JOIN information_schema.collations
     ON collations.COLLATION_NAME = character_sets.DEFAULT_COLLATE_NAME`,
  )
  expect(sets.length).toBeGreaterThan(38)
  const out = Buffer.alloc(32)
  for (const { name, collation } of sets) {
    const transcoder = transcoderOf(Number(collation))
    if (transcoder === undefined) {
      expect(['ascii', 'binary', 'utf8', 'utf8mb3', 'utf8mb4']).toContain(name)
      continue
    }
    expect(transcoder.characterSet).toBe(name)
    const wrong: string[] = []
    for (const codes of CODES[name] ?? [ONE]) {
      // The server replaces what is malformed, so the text differs from the code.
      const [rows] = await admin.query<RowDataPacket[]>(
        `SELECT HEX(code) AS code, HEX(text) AS text, HEX(CONVERT(text USING utf8mb4)) AS utf8,
                CHAR_LENGTH(text) AS characters
         FROM (SELECT code, CONVERT(code USING ${name}) AS text FROM (SELECT ${codes}) AS codes) AS texts`,
      )
      for (const row of rows) {
        const { code, text } = row
        const bytes = Buffer.from(code, 'hex')
        const end = transcoder.convert(bytes, 0, bytes.length, out, 0)
        const ours = end < 0 ? null : out.toString('hex', 0, end).toUpperCase()
        const theirs = text === code ? counterpart(name, row) : null
        if (ours !== theirs) wrong.push(`${code}: ${ours} instead of ${theirs}`)
        else if (end > Math.ceil(transcoder.growth * bytes.length)) wrong.push(`${code}: grows to ${end}`)
      }
    }
    expect({ name, wrong: wrong.slice(0, 10) }).toEqual({ name, wrong: [] })
  }
})
