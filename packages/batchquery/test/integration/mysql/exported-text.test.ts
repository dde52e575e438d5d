import type { Connection, RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adminConnection, freshDatabase } from '../../setup/mariadb-client.ts'
import { readWithHyparquet } from '../../unit/format/parquet/witnesses.ts'
import { collect, openDatabase, serverUrl } from './session.ts'

let database: string
let admin: Connection
beforeAll(async () => {
  database = await freshDatabase()
  admin = await adminConnection({ database, charset: 'utf8mb4' })
})
afterAll(() => admin.end())

async function exported(sql: string) {
  const session = await openDatabase(serverUrl(database)).connect('batchquery text-test')
  try {
    const { bytes } = await collect(session, sql, { format: 'PARQUET' })
    return await readWithHyparquet(bytes)
  } finally {
    await session.close()
  }
}

const SAMPLES: Readonly<Record<string, string>> = {
  big5: '中文 text',
  cp1251: 'Привет',
  cp932: '表ソ十ｱ',
  eucjpms: '日本語',
  euckr: '한국어',
  gb18030: '汉字𝄞',
  gbk: '汉字',
  greek: 'Ελλάδα',
  hebrew: 'שלום',
  latin1: 'Zürich €',
  latin2: 'Łódź',
  swe7: 'Å Ä Ö',
  tis620: 'ไทย',
  ucs2: 'é漢',
  utf16: 'é漢𝄞',
  utf16le: 'é漢𝄞',
  utf32: 'é漢𝄞',
}

test('columns of all types of text are exported in UTF-8 when they have another character set', async () => {
  const [sets] = await admin.query<RowDataPacket[]>(
    "SELECT CHARACTER_SET_NAME AS name FROM information_schema.character_sets WHERE CHARACTER_SET_NAME NOT IN ('binary', 'filename')",
  )
  for (const { name } of sets) {
    const sample = SAMPLES[name] ?? 'ASCII'
    const long = sample.repeat(300_000)
    await admin.query(
      `CREATE TABLE texts (\`ä${name}\` VARCHAR(20), c CHAR(20), t LONGTEXT, e ENUM('x', '${sample}'), s SET('x', '${sample}')) CHARACTER SET ${name}`,
    )
    await admin.query('INSERT INTO texts VALUES (?, ?, ?, ?, ?)', [
      sample,
      sample,
      long,
      sample,
      `x,${sample}`,
    ])
    const [row] = await exported(`SELECT *, CONCAT(c, 1) AS f FROM texts`)
    expect(row.t === long, name).toBe(true)
    expect({ ...row, t: '' }, name).toEqual({
      [`ä${name}`]: sample,
      c: sample,
      t: '',
      e: sample,
      s: `x,${sample}`,
      f: `${sample}1`,
    })
    await admin.query('DROP TABLE texts')
  }
})

test('text without a counterpart in UTF-8 fails', async () => {
  await admin.query('CREATE TABLE lost (id INT, x VARCHAR(10) CHARACTER SET cp1250)')
  await admin.query("INSERT INTO lost VALUES (1, 'a'), (2, _binary x'4181')")
  await expect(exported('SELECT x FROM lost ORDER BY id')).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: expect.stringMatching(/^column "x", row 2: the value "0x4181" has a character .* cp1250 .*0x81/),
    hint: expect.stringContaining('CAST(x AS BINARY)'),
  })
  expect(await exported('SELECT id, CAST(x AS BINARY) AS x FROM lost ORDER BY id')).toHaveLength(2)
})
