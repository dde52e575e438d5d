import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { CREATE_NARROW, CREATE_WIDE, NARROW_ROWS, WIDE_ROWS } from '../../setup/big-tables.ts'
import { runMeasured } from './measured-runner.ts'
import { type BigTables, bigTables, outfileSha256, sha256 } from './tables.ts'

const BUCKET = 'batchquery-s3'

let tables: BigTables
/** The store is in a folder that the server may read: LOAD DATA takes the parts from there. */
let store: string

beforeAll(async () => {
  tables = await bigTables()
  store = await mkdtemp(join(inject('mariadb').outfileDir, 'store-'))
  await chmod(store, 0o755)
  await mkdir(join(store, BUCKET, 'script'), { recursive: true })
})

afterAll(async () => {
  await tables?.admin.end()
  await rm(store, { recursive: true, force: true })
})

/** Puts a task into the bucket and runs it as the container does, by bucket and key. Returns the parts. */
async function run(sql: string): Promise<string[]> {
  await writeFile(join(store, BUCKET, 'script/task.sql'), sql)
  await runMeasured(BUCKET, {
    BATCHQUERY_STORE: store,
    BATCHQUERY_DATABASE: tables.url,
    MYSQL_PWD: inject('mariadb').password,
  })
  const names = (await readdir(join(store, BUCKET, 'output'))).filter(name => name.includes('.part_'))
  return names.sort().map(name => join(store, BUCKET, 'output', name))
}

async function checksum(table: string): Promise<unknown> {
  const [rows] = await tables.admin.query<RowDataPacket[]>(`CHECKSUM TABLE ${table}`)
  return rows[0].Checksum
}

const OPTIONS = [
  '',
  `FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '"' LINES TERMINATED BY '\\r\\n'`,
  `FIELDS TERMINATED BY '|' ESCAPED BY '^' LINES STARTING BY '>' TERMINATED BY ';\\n'`,
]
const TABLES = [
  { table: 'table1', rows: NARROW_ROWS, create: CREATE_NARROW, options: OPTIONS.slice(0, 1) },
  { table: 'wide', rows: WIDE_ROWS, create: CREATE_WIDE, options: OPTIONS },
]
const CASES = TABLES.flatMap(({ options, ...rest }) => options.map(option => ({ ...rest, option })))

test.each(CASES)(
  '$table, $rows rows, "$option": the joined parts equal the OUTFILE, and load back to the same table',
  async ({ table, rows, create, option }) => {
    const into = `INTO OUTFILE S3 's3://${BUCKET}/output/result'`
    const whole = await run(`SELECT * FROM ${table} ${into} ${option} OVERWRITE ON`)
    expect(whole.length).toBe(1)
    const parts = await run(
      `SELECT * FROM ${table} ${into} ${option} OVERWRITE ON MANIFEST ON MAXFILESIZE 6 MB`,
    )
    expect(parts.length).toBeGreaterThan(5)

    expect(await sha256(parts)).toBe(await outfileSha256(tables, table, option))

    await tables.admin.query(create.replace(`TABLE ${table}`, 'TABLE loaded'))
    const characterSet = table === 'wide' ? 'CHARACTER SET binary' : ''
    for (const part of parts)
      await tables.admin.query(`LOAD DATA INFILE '${part}' INTO TABLE loaded ${characterSet} ${option}`)
    const [[{ count }]] = await tables.admin.query<RowDataPacket[]>('SELECT COUNT(*) AS count FROM loaded')
    expect(count).toBe(rows)
    expect(await checksum('loaded')).toBe(await checksum(table))
    await tables.admin.query('DROP TABLE loaded')

    expect(await run(`SELECT * FROM ${table} WHERE FALSE ${into} OVERWRITE ON`)).toHaveLength(1)
  },
)
