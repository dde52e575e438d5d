import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import fc from 'fast-check'
import { type Client, escapeLiteral } from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { DuckdbDatabase } from '../../../src/database/duckdb/duckdb-database.ts'
import { csvLayout } from '../../../src/format/index.ts'
import { cases } from '../../setup/chance.ts'
import { freshDatabase } from '../../setup/mariadb-client.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import {
  collect as collectMysql,
  serverUrl as mysqlUrl,
  openDatabase as openMysql,
} from '../mysql/session.ts'
import { collect, copyToFile, readByCopy } from '../postgres/session.ts'
import { LITERALS, query, type Table, values } from './hard-rows.ts'

const ASCII = Array.from({ length: 127 }, (_, at) => String.fromCharCode(at + 1))
const LINE_ENDS = ['\n', '\r\n', '\r']

let mysql: Session
let duckdb: Session
let admin: Client

beforeAll(async () => {
  mysql = await openMysql(mysqlUrl(await freshDatabase())).connect('batchquery layouts')
  duckdb = await new DuckdbDatabase(':memory:').connect()
  admin = await adminPg(await freshPostgresDatabase())
})

afterAll(async () => {
  for (const session of [mysql, duckdb]) await session?.close()
  await admin?.end()
})

const layoutOf = (delimiter: string, quote: string, lineEnd: string) => ({
  fieldsTerminatedBy: Buffer.from(delimiter),
  enclosedBy: Buffer.from(quote),
  linesTerminatedBy: Buffer.from(lineEnd),
})

function isTaken(delimiter: string, quote: string): boolean {
  try {
    csvLayout(layoutOf(delimiter, quote, '\n'))
    return true
  } catch (error) {
    expect(error).toMatchObject({
      code: 'UNSUPPORTED_CLAUSE',
      message: expect.stringMatching(/^FORMAT CSV cannot have FIELDS .*(TERMINATED|ENCLOSED) BY "/),
      hint: expect.stringContaining('one ASCII'),
    })
    return false
  }
}

const copyOptions = (delimiter: string, quote: string): string =>
  `(FORMAT csv, DELIMITER ${escapeLiteral(delimiter)}, QUOTE ${escapeLiteral(quote)})`

/** Whether COPY takes the layout, and reads back what it wrote. */
async function copiesBack(delimiter: string, quote: string): Promise<boolean> {
  const text = `a${delimiter}b${quote}c\nd\r${quote}${delimiter}`
  const options = copyOptions(delimiter, quote)
  try {
    const select = `SELECT ${escapeLiteral(text)}, NULL, '', '1'`
    const file = await copyToFile(admin, `${select} UNION ALL ${select}`, options)
    const rows = await readByCopy(admin, file, { columns: 4, options })
    const row = JSON.stringify([text, null, '', '1'])
    return rows.length === 2 && rows.every(read => JSON.stringify(read) === row)
  } catch {
    return false
  }
}

test.each([
  ['FIELDS TERMINATED BY', (text: string) => [text, '"'] as const],
  ['FIELDS ENCLOSED BY', (text: string) => [',', text] as const],
])('%s is taken where COPY takes it and reads back what it wrote', async (_clause, layout) => {
  const wrong: string[] = []
  for (const text of [...ASCII, '', 'é', '||', ', ', '""', '\r\n']) {
    const [delimiter, quote] = layout(text)
    if (isTaken(delimiter, quote) !== (await copiesBack(delimiter, quote))) wrong.push(text)
  }
  expect(wrong).toEqual([])
})

test.each(['', ',', '"', ',\n', '"\n', '\n,', '\n"', '\n\n', '\n\r', '|', '||', 'é', ' \n', '\0'])(
  'CSV refuses LINES TERMINATED BY %j',
  lineEnd => {
    expect(() => csvLayout(layoutOf(',', '"', lineEnd))).toThrow(
      expect.objectContaining({
        code: 'UNSUPPORTED_CLAUSE',
        message: `FORMAT CSV cannot have LINES TERMINATED BY ${JSON.stringify(lineEnd)}`,
      }),
    )
  },
)

/** A table of hard texts, the layout's own characters among them, and a layout that is taken. */
const tables = fc
  .tuple(fc.constantFrom(...ASCII), fc.constantFrom(...ASCII), fc.constantFrom(...LINE_ENDS))
  // `\.` alone on a line ends the data for COPY, up to PostgreSQL 17: with these delimiters two values may make it
  .filter(([delimiter, quote]) => isTaken(delimiter, quote) && !'\\.'.includes(delimiter))
  .chain(([delimiter, quote, lineEnd]) =>
    fc.record({
      delimiter: fc.constant(delimiter),
      quote: fc.constant(quote),
      lineEnd: fc.constant(lineEnd),
      table: fc.integer({ min: 2, max: 4 }).chain(columns =>
        fc.array(
          fc.array(values([delimiter, quote, quote + delimiter]), {
            minLength: columns,
            maxLength: columns,
          }),
          { minLength: 1, maxLength: 8 },
        ),
      ),
    }),
  )

test('COPY and Python read back every layout that CSV takes', async () => {
  const forPython: object[] = []
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-csv-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await fc.assert(
    fc.asyncProperty(tables, async ({ delimiter, quote, lineEnd, table }) => {
      const columns = table[0].length
      const layout = layoutOf(delimiter, quote, lineEnd)
      const options = { format: 'CSV', layout } as const
      const written = (await collectMysql(mysql, query(table, columns, LITERALS.mysql), options)).bytes
      const fromDuckdb = await collect(duckdb, query(table, columns, LITERALS.duckdb), options)
      expect(fromDuckdb.bytes.toString()).toBe(written.toString())
      const copied = await readByCopy(admin, written, { columns, options: copyOptions(delimiter, quote) })
      expect(copied).toEqual(table)
      const file = join(folder, String(forPython.length))
      await writeFile(file, written)
      forPython.push({ file, delimiter, quote, rows: withoutNull(table) })
    }),
    { numRuns: cases(60) },
  )
  await writeFile(join(folder, 'cases.json'), JSON.stringify(forPython))
  const { stdout } = await execa('python3', ['-c', PYTHON, join(folder, 'cases.json')])
  expect(stdout).toBe('')
})

/** NULL and the empty string are one to Python. */
const withoutNull = (table: Table) => table.map(row => row.map(text => text ?? ''))

const PYTHON = `
import csv, json, sys
for case in json.load(open(sys.argv[1])):
    with open(case['file'], newline='', encoding='utf8') as file:
        rows = list(csv.reader(file, delimiter=case['delimiter'], quotechar=case['quote'], strict=True))
    if rows != case['rows']:
        print(case, rows)
`
