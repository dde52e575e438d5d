import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sql } from '../../../src/library/index.ts'
import { DATABASES, freshFolder, open, resultsIn } from './servers.ts'

describe.each(DATABASES)('$dialect', database => {
  test('query returns typed rows', async () => {
    const db = await open(database, { folder: await freshFolder() })
    expect(db.dialect).toBe(database.dialect)
    expect(await db.query<{ n: number }>(database.numbers(3))).toEqual(
      [{ n: 1 }, { n: 2 }, { n: 3 }].map(expectable),
    )

    function expectable({ n }: { n: number }) {
      // MariaDB's sequences have 64 bits.
      return { n: database.dialect === 'mysql' ? BigInt(n) : n }
    }
  })

  test('a temporary table of execute lasts for the next statement', async () => {
    const db = await open(database, { folder: await freshFolder() })
    await db.execute('CREATE TEMPORARY TABLE t1 (id INTEGER, name VARCHAR(20))')
    expect(await db.execute(sql`INSERT INTO t1 VALUES (${1}, ${"it's"}), (${2}, ${null})`)).toEqual({
      affectedRows: 2,
      warnings: [],
    })
    expect(await db.query('SELECT * FROM t1 ORDER BY id')).toEqual([
      { id: 1, name: "it's" },
      { id: 2, name: null },
    ])
  })

  test('export publishes parts and records a run', async () => {
    const folder = await freshFolder()
    const db = await open(database, { folder })
    const first = await db.export(database.numbers(3), 's3://batchquery-s3/output/result')
    expect(first).toMatchObject({
      uri: 's3://batchquery-s3/output/result',
      rows: 3,
      bytes: 6,
      manifest: null,
    })
    expect(first.parts).toEqual([
      {
        uri: 's3://batchquery-s3/output/result.part_00000',
        rows: 3,
        bytes: 6,
        sha256: expect.stringMatching(/^\w{64}$/),
      },
    ])
    const store = join(folder, '.batchquery/store/batchquery-s3')
    expect(await readFile(join(store, 'output/result.part_00000'), 'utf8')).toBe('1\n2\n3\n')
    const record = JSON.parse(await readFile(join(store, `runs/${first.runId}/run.json`), 'utf8'))
    expect(record).toMatchObject({
      state: 'SUCCEEDED',
      databases: [{ dialect: database.dialect, sessions: [expect.any(String)] }],
      exports: [{ state: 'PUBLISHED', rows: 3 }],
    })
    expect(await resultsIn(store)).toEqual(['output/result.part_00000'])

    await expect(db.export('SELECT 1', 's3://batchquery-s3/output/result')).rejects.toMatchObject({
      code: 'OUTPUT_EXISTS',
    })
    const options = { overwrite: true, header: true, format: 'CSV', manifest: true } as const
    const again = await db.export(sql`SELECT ${'a,b'} AS x`, 's3://batchquery-s3/output/result', options)
    expect(again.runId).not.toBe(first.runId)
    expect(await readFile(join(store, 'output/result.part_00000'), 'utf8')).toBe('x\n"a,b"\n')
    expect(again.manifest).toBe('s3://batchquery-s3/output/result.manifest')
  })

  test('a session stays usable when a statement fails', async () => {
    const db = await open(database, { folder: await freshFolder() })
    await db.execute('CREATE TEMPORARY TABLE t1 (id INTEGER)')
    await expect(db.query('SELECT nothing FROM nowhere')).rejects.toMatchObject({ code: 'QUERY_FAILED' })
    await expect(db.execute('SELEKT 1')).rejects.toMatchObject({ code: 'QUERY_FAILED' })
    await expect(db.export('SELECT nothing FROM nowhere', './out')).rejects.toMatchObject({
      code: 'QUERY_FAILED',
    })
    expect(await db.query('SELECT * FROM t1')).toEqual([])
  })
})

test.each([
  [
    'mysql',
    `SET sql_mode = REPLACE('x', 'x', 'NO_BACKSLASH_ESCAPES')`,
    `SELECT '\\' AS a, '; -- ' AS b`,
    { a: '\\', b: '; -- ' },
  ],
  [
    'postgres',
    `SELECT set_config('standard_conforming_strings', 'off', false)`,
    `SELECT 'it\\'s' AS a, '; -- ' AS b`,
    { a: "it's", b: '; -- ' },
  ],
] as const)(
  '%s: a statement is read as the session reads strings at that time',
  async (dialect, set, select, row) => {
    const [database] = DATABASES.filter(one => one.dialect === dialect)
    const folder = await freshFolder()
    const db = await open(database, { folder })
    await db.query(set)
    expect(await db.query(select)).toEqual([row])
    await db.export(select, './o/r', { format: 'CSV' })
    expect(await readFile(join(folder, 'o/r.part_00000'), 'utf8')).toBe(`${row.a},${row.b}\n`)
  },
)
