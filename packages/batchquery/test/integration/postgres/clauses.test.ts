import { escapeLiteral } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { formatPlan } from '../../setup/stream-options.ts'
import { collect, copyToFile, openDatabase, serverUrl } from './session.ts'

let database: string
let session: Session

beforeAll(async () => {
  database = await freshPostgresDatabase()
  session = await openDatabase(serverUrl(database)).connect('batchquery clauses')
})

afterAll(() => session?.close())

const bytes = (text: string) => Buffer.from(text)

const CHARACTERS = Array.from({ length: 127 }, (_, at) => String.fromCharCode(at + 1))
const STRINGS = [...CHARACTERS, '', ', ', '||', 'é', '\r\n']

test.each([
  ['TEXT', 'DELIMITER', 'fieldsTerminatedBy'],
  ['CSV', 'DELIMITER', 'fieldsTerminatedBy'],
  ['CSV', 'QUOTE', 'enclosedBy'],
] as const)(
  '%s accepts every %s that COPY accepts, and refuses every other one',
  async (format, option, clause) => {
    const admin = await adminPg(database)
    const query = "SELECT 1, NULL, '', E'\"|\\nx'"
    const wrong: string[] = []
    for (const value of STRINGS) {
      // COPY accepts a line end as QUOTE, but cannot read its own output back: test/integration/csv/layouts.test.ts
      if (option === 'QUOTE' && '\r\n'.includes(value) && value !== '') continue
      const expected = await copyToFile(
        admin,
        query,
        `(FORMAT ${format}, ${option} ${escapeLiteral(value)})`,
      ).catch(() => null)
      const written = await collect(session, query, { format, layout: { [clause]: bytes(value) } }).catch(
        error => {
          expect(error).toMatchObject({
            code: 'UNSUPPORTED_CLAUSE',
            hint: expect.stringContaining('one ASCII'),
          })
          return null
        },
      )
      if (written?.bytes.toString() !== expected?.toString()) wrong.push(value)
    }
    await admin.end()
    expect(wrong).toEqual([])
  },
)

test('CSV ends its lines with LF only', async () => {
  const layout = { linesTerminatedBy: bytes('\r\n') }
  await expect(collect(session, 'SELECT 1', { format: 'CSV', layout })).rejects.toMatchObject({
    code: 'UNSUPPORTED_CLAUSE',
    message: expect.stringContaining('LINES TERMINATED BY "\\r\\n"'),
  })
})

test.each([
  ['FIELDS ENCLOSED BY', { enclosedBy: bytes('"') }],
  ['FIELDS ESCAPED BY', { escapedBy: bytes('') }],
  ['FIELDS ESCAPED BY', { escapedBy: bytes('|') }],
  ['LINES STARTING BY', { linesStartingBy: bytes('>') }],
  ['LINES TERMINATED BY', { linesTerminatedBy: bytes('\r\n') }],
  ['LINES TERMINATED BY', { linesTerminatedBy: bytes('') }],
])('the clause %s %j is refused', async (clause, layout) => {
  await expect(collect(session, 'SELECT 1', { layout })).rejects.toMatchObject({
    code: 'UNSUPPORTED_CLAUSE',
    message: expect.stringContaining(clause),
    hint: expect.stringContaining('COPY'),
  })
})

test('the defaults may be written out, and OPTIONALLY alone changes nothing', async () => {
  const layout = {
    ...{ fieldsTerminatedBy: bytes('\t'), enclosedBy: bytes(''), optionallyEnclosed: true },
    ...{ escapedBy: bytes('\\'), linesStartingBy: bytes(''), linesTerminatedBy: bytes('\n') },
  }
  const { bytes: written } = await collect(session, "SELECT 1, E'\\t', NULL", {
    layout,
    characterSet: 'UTF8MB4',
  })
  expect(written.toString()).toBe('1\t\\t\t\\N\n')
})

test.each(['ucs2', 'utf16', 'binary', 'no_such_set', "x'; DROP TABLE t; --"])(
  'CHARACTER SET %s is refused',
  async characterSet => {
    const plan = { ...formatPlan({}), characterSet }
    await expect(collect(session, 'SELECT 1', { plan })).rejects.toMatchObject({
      code: 'UNSUPPORTED_CLAUSE',
      message: expect.stringContaining(JSON.stringify(characterSet)),
      hint: expect.stringContaining('utf8mb4'),
    })
  },
)
