import type { Connection } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { planExport } from '../../../src/export/index.ts'
import { parseExport, splitStatements, stringRulesOf } from '../../../src/sql/index.ts'
import { DirectoryStore } from '../../../src/store/index.ts'
import { adminConnection, freshDatabase } from '../../setup/mariadb-client.ts'
import { collect, openDatabase, outfile, serverUrl } from './session.ts'

/* batchquery accepts the same clauses as the server's own INTO OUTFILE, with the same meaning, under every sql_mode. */

const QUERY = `SELECT 'é', 'b''c', 5, NULL, 'x y'`
const MODES = ['', 'ANSI_QUOTES', 'NO_BACKSLASH_ESCAPES', 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES']
const CLAUSES = [
  ...['latin1', '`latin1`', "'latin1'", '"latin1"', 'LATIN1', 'binary', 'DEFAULT', 'utf8'].flatMap(name =>
    ['CHARACTER SET', 'CHAR SET', 'CHARSET', 'charset'].map(clause => `${clause} ${name}`),
  ),
  ...[
    `','`,
    '","',
    `'\\t'`,
    `'\\\\'`,
    `X'2C'`,
    `x'2c09'`,
    '0x2C',
    '0x2c3',
    `b'101100'`,
    `B'1'`,
    '0b101100',
    `',''\\'';'`,
  ].map(literal => `FIELDS TERMINATED BY ${literal}`),
  ...[`'"'`, `"'"`, `X'22'`, '0x27', `b'100010'`, `''`, `"\\""`].map(
    literal => `FIELDS ENCLOSED BY ${literal}`,
  ),
  ...[`''`, `'\\\\'`, `'!'`, `X'5C'`, `"\\\\"`].map(literal => `FIELDS ESCAPED BY ${literal}`),
  ...[`'\\n'`, `'\\r\\n'`, `"\\n"`, `X'0D0A'`, `';\\Z\\0'`, `'\\%\\x'`].map(
    literal => `LINES TERMINATED BY ${literal}`,
  ),
  `LINES STARTING BY '\\'' TERMINATED BY "\\\\\\n"`,
  `COLUMNS TERMINATED BY ';' OPTIONALLY ENCLOSED BY '"' ESCAPED BY '' LINES STARTING BY '>' TERMINATED BY '<'`,
  `CHARSET latin1 FIELDS TERMINATED BY 'é'`,
]
/** Clauses that no server accepts, but that batchquery accepted by mistake before. */
const REFUSED = [
  'CHARACTER SET = latin1',
  'CHARSET=latin1',
  'CHARACTER SET (latin1)',
  'CHARACTER SET @latin1',
  `CHARACTER SET "lat in1"`,
  'CHARACTER SET latin1 COLLATE latin1_bin',
  "FIELDS TERMINATED BY = ','",
  "FIELDS TERMINATED BY X'2C3'",
  'FIELDS TERMINATED BY 0X2C',
  'FIELDS TERMINATED BY `,`',
  'FIELDS TERMINATED BY NULL',
  "FIELDS TERMINATED BY (',')",
]

let session: Session
let server: Connection
beforeAll(async () => {
  const database = await freshDatabase()
  session = await openDatabase(serverUrl(database)).connect('batchquery spellings')
  server = await adminConnection({ database, charset: 'utf8mb4' })
})
afterAll(async () => {
  await server.end()
  await session.close()
})

const store = new DirectoryStore('/nowhere')

/** The output of batchquery, as hexadecimal digits. Null if it refuses the clauses. */
async function ours(clauses: string, mode: string): Promise<string | null> {
  const rules = stringRulesOf('mysql', mode)
  try {
    const [statement] = splitStatements(`${QUERY} INTO OUTFILE S3 's3://b/p' ${clauses}`, 'mysql', rules)
    const exported = parseExport(statement, 'mysql')
    if (exported === null) return 'no export'
    const plan = planExport(exported, { store, bucket: 'b', prefix: 'p', uri: 's3://b/p' })
    const { bytes } = await collect(session, exported.query, { plan: plan.format })
    return bytes.toString('hex')
  } catch (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/^(SQL_SYNTAX|UNSUPPORTED_CLAUSE)$/) })
    return null
  }
}

/** The output of the server. Null if it refuses the clauses. */
async function theirs(clauses: string): Promise<string | null> {
  try {
    return (await outfile(server, QUERY, clauses)).toString('hex')
  } catch {
    return null
  }
}

/** The clauses that the server accepts, under any sql_mode. */
const taken = new Set<string>()

describe.each(MODES)('under sql_mode %j', mode => {
  beforeAll(async () => {
    await session.execute(`SET sql_mode = '${mode}'`, 0)
    await server.query(`SET sql_mode = '${mode}'`)
  })

  test.each(CLAUSES)('a clause has the same meaning as in the server: %s', async clauses => {
    // MariaDB has DEFAULT, MySQL does not.
    const usual = clauses.endsWith('DEFAULT') ? await theirs('') : null
    const expected = (await theirs(clauses)) ?? usual
    if (expected !== null) taken.add(clauses)
    expect(await ours(clauses, mode)).toBe(expected)
  })

  test.each(REFUSED)('a clause is refused like in the server: %s', async clauses => {
    expect([await ours(clauses, mode), await theirs(clauses)]).toEqual([null, null])
  })
})

test('the server accepts most of the clauses', () => {
  expect(taken.size).toBeGreaterThan(CLAUSES.length / 2)
})
