import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Connection, RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import {
  CREATE_NARROW,
  CREATE_WIDE,
  FILL_NARROW,
  FILL_WIDE,
  NARROW_ROWS,
  WIDE_ROWS,
} from '../../setup/big-tables.ts'
import { adminConnection, freshDatabase } from '../../setup/mariadb-client.ts'

const RUNNER = new URL('../../../bin/batchquery-task.js', import.meta.url).pathname
const BUCKET = 'batchquery-s3'

let admin: Connection
let database: string
/** The store lies where the server may read: LOAD DATA takes the parts from there. */
let store: string

beforeAll(async () => {
  database = await freshDatabase()
  admin = await adminConnection({ database })
  for (const sql of [CREATE_NARROW, FILL_NARROW, CREATE_WIDE, FILL_WIDE]) await admin.query(sql)
  store = await mkdtemp(join(inject('mariadb').outfileDir, 'store-'))
  await chmod(store, 0o755)
  await execa('mkdir', ['-p', join(store, BUCKET, 'script')])
}, 300_000)

afterAll(async () => {
  await admin?.end()
  await rm(store, { recursive: true, force: true })
})

/** Puts a task into the bucket and runs it as the container does, by bucket and key. */
async function run(sql: string): Promise<string[]> {
  await writeFile(join(store, BUCKET, 'script/task.sql'), sql)
  const { port, user, password, caFile } = inject('mariadb')
  const result = await execa(process.execPath, [RUNNER, BUCKET, 'script/task.sql'], {
    reject: false,
    env: {
      BATCHQUERY_STORE: store,
      BATCHQUERY_DATABASE: `mysql://${user}@localhost:${port}/${database}?sslmode=verify-full&sslrootcert=${caFile}`,
      MYSQL_PWD: password,
    },
  })
  expect(result.stderr).toContain('SUCCEEDED')
  const names = (await readdir(join(store, BUCKET, 'output'))).filter(name => name.includes('.part_'))
  return names.sort().map(name => join(store, BUCKET, 'output', name))
}

async function sha256(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const file of files) for await (const chunk of createReadStream(file)) hash.update(chunk)
  return hash.digest('hex')
}

async function checksum(table: string): Promise<unknown> {
  const [rows] = await admin.query<RowDataPacket[]>(`CHECKSUM TABLE ${table}`)
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
  '$table ($rows rows) with "$option": parts joined are the OUTFILE, and load back to the same table',
  { timeout: 300_000 },
  async ({ table, rows, create, option }) => {
    const into = `INTO OUTFILE S3 's3://${BUCKET}/output/result'`
    const whole = await run(`SELECT * FROM ${table} ${into} ${option} OVERWRITE ON`)
    expect(whole.length).toBe(1)
    const parts = await run(
      `SELECT * FROM ${table} ${into} ${option} OVERWRITE ON MANIFEST ON MAXFILESIZE 16 MB`,
    )
    expect(parts.length).toBeGreaterThan(5)

    const oracle = join(inject('mariadb').outfileDir, `${database}-${table}`)
    await admin.query(`SELECT * FROM ${table} INTO OUTFILE '${oracle}' ${option}`)
    expect(await sha256(parts)).toBe(await sha256([oracle]))
    await rm(oracle)

    await admin.query(create.replace(`TABLE ${table}`, 'TABLE loaded'))
    const characterSet = table === 'wide' ? 'CHARACTER SET binary' : ''
    for (const part of parts)
      await admin.query(`LOAD DATA INFILE '${part}' INTO TABLE loaded ${characterSet} ${option}`)
    const [[{ count }]] = await admin.query<RowDataPacket[]>('SELECT COUNT(*) AS count FROM loaded')
    expect(count).toBe(rows)
    expect(await checksum('loaded')).toBe(await checksum(table))
    await admin.query('DROP TABLE loaded')

    expect(await run(`SELECT * FROM ${table} WHERE FALSE ${into} OVERWRITE ON`)).toHaveLength(1)
  },
)
