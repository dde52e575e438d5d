import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { listValue } from '@duckdb/node-api'
import type { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { adminPg } from '../../setup/postgres-client.ts'
import { DuckdbWitness } from '../../unit/format/parquet/witnesses.ts'
import { exportParquet } from './parquet.ts'
import { collect, copyToFile, openDatabase, serverUrl } from './session.ts'

/** A database with text in an encoding, a session of batchquery in it, and one of the driver. */
class Place {
  readonly name: string
  readonly session: Session
  readonly admin: Client

  private constructor(name: string, session: Session, admin: Client) {
    this.name = name
    this.session = session
    this.admin = admin
  }

  static async create(encoding: string): Promise<Place> {
    const name = `enc_${randomBytes(6).toString('hex')}`
    const owner = await adminPg()
    await owner.query(`CREATE DATABASE ${name} ENCODING '${encoding}' LOCALE 'C' TEMPLATE template0`)
    await owner.end()
    const session = await openDatabase(serverUrl(name)).connect('batchquery encodings')
    return new Place(name, session, await adminPg(name))
  }

  async drop(): Promise<void> {
    await this.session.close()
    await this.admin.end()
    const owner = await adminPg()
    await owner.query(`DROP DATABASE ${this.name} WITH (FORCE)`)
    await owner.end()
  }
}

/** The name of its character set in a clause, its name in iconv, and a text in it. */
const ENCODINGS: readonly (readonly [string, string, string, string])[] = [
  ['LATIN1', 'latin1', 'ISO-8859-1', 'é ß Ñ ¿ \u00a0 ÿ'],
  ['WIN1252', 'latin1', 'CP1252', 'é € “Œ” ™'],
  ['LATIN2', 'latin2', 'ISO-8859-2', 'ł ő Ž'],
  ['LATIN9', 'latin9', 'ISO-8859-15', 'é € Œ'],
  ['WIN1250', 'cp1250', 'CP1250', 'ł Ž „'],
  ['WIN1251', 'cp1251', 'CP1251', 'Ж Ё №'],
  ['WIN1253', 'win1253', 'CP1253', 'Ω λ €'],
  ['WIN874', 'tis620', 'CP874', 'ไทย'],
  ['KOI8R', 'koi8r', 'KOI8-R', 'Ж ё ─'],
  ['ISO_8859_5', 'iso_8859_5', 'ISO-8859-5', 'Ж Ё №'],
  ['EUC_JP', 'ujis', 'EUC-JP', '日本語 ｱ 、'],
  ['EUC_KR', 'euckr', 'EUC-KR', '한국어'],
  ['EUC_CN', 'gb2312', 'EUC-CN', '汉字'],
  ['EUC_TW', 'euc_tw', 'EUC-TW', '漢字'],
]

describe.each(ENCODINGS)('a database in %s', (encoding, characterSet, ofIconv, text) => {
  let place: Place

  beforeAll(async () => {
    place = await Place.create(encoding)
    // The task is UTF-8, like every task.
    await place.session.execute(`CREATE TABLE t (a text, "${text}" text)`, 0)
    await place.session.execute(
      `INSERT INTO t VALUES ('${text}', E'tab\\t${text}\\\\ "q",\\n'), (NULL, '')`,
      0,
    )
  })
  afterAll(() => place?.drop())

  const query = 'SELECT * FROM t'
  const options = { header: true } as const

  test.each(['TEXT', 'CSV'] as const)(
    'exports %s in UTF-8 when no CHARACTER SET is written',
    async format => {
      const { header, bytes } = await collect(place.session, query, { ...options, format })
      const ofServer = await copyToFile(place.admin, query, `(FORMAT ${format}, ENCODING 'UTF8')`)
      expect(bytes.toString()).toBe(ofServer.toString())
      expect(bytes.toString()).toContain(`tab${format === 'CSV' ? '\t' : '\\t'}${text}`)
      expect(header.toString()).toContain(text)
    },
  )

  test('exports Parquet in UTF-8', async () => {
    const sql = `SELECT a, "${text}", ARRAY[a] AS b, a::json AS j FROM (SELECT '"${text}"'::text AS a, "${text}" FROM t) q`
    const { files } = await exportParquet(place.session, sql)
    using duckdb = await DuckdbWitness.open(files[0])
    const [[a, written, b, j]] = await duckdb.query(`SELECT a, "${text}", b, j::VARCHAR FROM FILE`)
    expect([a, b, j]).toEqual([`"${text}"`, listValue([`"${text}"`]), `"${text}"`])
    expect(written).toBe(`tab\t${text}\\ "q",\n`)
  })

  test.each(['TEXT', 'CSV'] as const)(
    `exports %s as it is stored under CHARACTER SET ${characterSet}`,
    async format => {
      const { header, bytes } = await collect(place.session, query, { ...options, format, characterSet })
      const ofServer = await copyToFile(place.admin, query, `(FORMAT ${format}, ENCODING '${encoding}')`)
      expect(bytes.toString('latin1')).toBe(ofServer.toString('latin1'))
      for (const written of [bytes, header]) {
        const read = execFileSync('iconv', ['-f', ofIconv, '-t', 'UTF-8'], { input: written })
        expect(read.toString()).toContain(text)
      }
    },
  )

  test('refuses a character set that the server cannot convert to, and names those that work', async () => {
    const other = encoding.startsWith('EUC') ? 'latin1' : 'ujis'
    await expect(collect(place.session, query, { characterSet: other })).rejects.toMatchObject({
      code: 'QUERY_FAILED',
      message: expect.stringContaining('(42883)'),
      hint: expect.stringContaining(`write CHARACTER SET ${characterSet}.`),
    })
  })
})

describe('a database in SQL_ASCII', () => {
  let place: Place

  beforeAll(async () => {
    place = await Place.create('SQL_ASCII')
    await place.session.execute(`CREATE TABLE utf AS SELECT 'é'::text AS a`, 0)
    await place.admin.query(`CREATE TABLE other AS SELECT convert_from('\\xe9a4', 'LATIN1') AS a`)
  })
  afterAll(() => place?.drop())

  const bytesOf = async (query: string, characterSet: string | null) =>
    (await collect(place.session, query, { characterSet })).bytes.toString('latin1')

  test('exports stored UTF-8, and any bytes under their own character set', async () => {
    expect(await bytesOf('SELECT a FROM utf', null)).toBe('\xc3\xa9\n')
    expect(await bytesOf('SELECT a FROM other', 'latin1')).toBe('\xe9\xa4\n')
    expect(await bytesOf('SELECT a FROM other', 'ujis')).toBe('\xe9\xa4\n')
    expect(await bytesOf('SELECT a FROM other', 'sql_ascii')).toBe('\xe9\xa4\n')
  })

  test('exports stored UTF-8 as Parquet, and other bytes as its hint says', async () => {
    const read = async (sql: string) => {
      const { files } = await exportParquet(place.session, sql)
      using duckdb = await DuckdbWitness.open(files[0])
      return (await duckdb.query('SELECT a::VARCHAR FROM FILE'))[0][0]
    }
    expect(await read('SELECT a FROM utf')).toBe('é')
    for (const column of ['a', 'ARRAY[a] AS a'])
      await expect(read(`SELECT ${column} FROM other`)).rejects.toMatchObject({
        code: 'QUERY_FAILED',
        message: expect.stringContaining('(22021)'),
        hint: expect.stringContaining(
          "convert_from(convert(convert_to(x, 'SQL_ASCII'), 'LATIN1', 'UTF8'), 'UTF8'), or export the stored bytes as bytes: convert_to(x, 'SQL_ASCII').",
        ),
      })
    const utf8 = "convert_from(convert(convert_to(a, 'SQL_ASCII'), 'LATIN1', 'UTF8'), 'UTF8')"
    expect(await read(`SELECT ${utf8} AS a FROM other`)).toBe('é¤')
    expect(await read("SELECT convert_to(a, 'SQL_ASCII') AS a FROM other")).toBe('\\xE9\\xA4')
  })

  test.each([null, 'utf8mb4'])(
    'refuses bytes that are no UTF-8 under CHARACTER SET %s',
    async characterSet => {
      await expect(bytesOf('SELECT a FROM other', characterSet)).rejects.toMatchObject({
        code: 'QUERY_FAILED',
        message: expect.stringContaining('(22021)'),
        hint: expect.stringMatching(/SQL_ASCII.*with their CHARACTER SET/),
      })
      await expect(place.session.execute('SELECT a FROM other', 1)).rejects.toMatchObject({
        hint: expect.stringMatching(/SQL_ASCII.*with their CHARACTER SET/),
      })
    },
  )

  test('refuses a Unicode escape with the reason', async () => {
    await expect(place.session.execute("SELECT E'\\u00e9'", 1)).rejects.toMatchObject({
      message: expect.stringContaining('(0A000)'),
      hint: expect.stringContaining('Use a database in UTF8'),
    })
  })
})

test('sql_ascii is refused when the text has an encoding', async () => {
  const place = await Place.create('LATIN1')
  await expect(collect(place.session, 'SELECT 1', { characterSet: 'sql_ascii' })).rejects.toMatchObject({
    code: 'UNSUPPORTED_CLAUSE',
  })
  await place.drop()
})
