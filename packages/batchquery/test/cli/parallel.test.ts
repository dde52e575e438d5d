import { describe, expect, inject, test } from 'vitest'
import { adminConnection, freshDatabase, runAsAdmin } from '../setup/mariadb-client.ts'
import { adminPg, freshPostgresDatabase } from '../setup/postgres-client.ts'
import { adminClient, freshBucket, openUploads, taskEnvironment } from '../setup/s3-client.ts'
import { documentOf, Workspace } from './workspace.ts'

const ROWS = 100_000
const RUN = 'r1'

async function postgres(): Promise<NodeJS.ProcessEnv> {
  const database = await freshPostgresDatabase()
  const admin = await adminPg(database)
  await admin.query(
    `CREATE TABLE t (id int PRIMARY KEY, v text, day date);
     INSERT INTO t SELECT s, repeat(chr(97 + s % 26), s % 90), date '2026-01-01' + s % 3 FROM generate_series(1, ${ROWS}) s`,
  )
  await admin.query('VACUUM ANALYZE t')
  await admin.end()
  const { port, user, password, caFile } = inject('postgres')
  const tls = `sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}`
  return {
    BATCHQUERY_DATABASE: `postgres://${user}@localhost:${port}/${database}?${tls}`,
    PGPASSWORD: password,
  }
}

async function mariadb(): Promise<NodeJS.ProcessEnv> {
  const database = await freshDatabase()
  await runAsAdmin(
    `CREATE TABLE ${database}.t (id INT PRIMARY KEY, v VARCHAR(100), day DATE)`,
    `INSERT INTO ${database}.t SELECT seq, REPEAT(CHAR(97 + seq % 26), seq % 90), '2026-01-01' + INTERVAL seq % 3 DAY FROM seq_1_to_${ROWS}`,
    `ANALYZE TABLE ${database}.t`,
  )
  const { port, user, password } = inject('mariadb')
  return { BATCHQUERY_DATABASE: `mysql://${user}@127.0.0.1:${port}/${database}`, MYSQL_PWD: password }
}

const DATABASES = { mariadb, postgres }

/** The sessions of a list that the server still has. */
const LISTED = {
  mariadb: async (ids: readonly string[]): Promise<unknown> => {
    const admin = await adminConnection()
    const [rows] = await admin.query('SELECT id FROM information_schema.processlist WHERE id IN (?)', [
      ['0', ...ids],
    ])
    await admin.end()
    return rows
  },
  postgres: async (ids: readonly string[]): Promise<unknown> => {
    const admin = await adminPg()
    const { rows } = await admin.query('SELECT pid FROM pg_stat_activity WHERE pid = ANY ($1::int[])', [ids])
    await admin.end()
    return rows
  },
}

async function bytesAt(bucket: string, key: string): Promise<string> {
  const { Body } = await adminClient().getObject({ Bucket: bucket, Key: key })
  return (await Body?.transformToString()) ?? ''
}

const sorted = (texts: readonly string[]): string => texts.join('').split('\n').sort().join('\n')

describe.each(['mariadb', 'postgres'] as const)('PARALLEL on %s', server => {
  test('publishes the rows of one session in a directory, and show has the ranges', async () => {
    const environment = await DATABASES[server]()
    const here = await Workspace.create()
    const sql = (prefix: string, clauses: string): string =>
      `SELECT * FROM t INTO OUTFILE S3 's3://batchquery-s3/output/${prefix}' ${clauses};\n`
    await here.write('report.sql', sql('one', '') + sql('many', 'PARALLEL 3 MANIFEST ON'))
    const ended = await here.run(['run', 'report.sql', '--run-id', RUN, '--json'], { environment })
    expect(ended.code, ended.stderr).toBe(0)
    const { exports, progress } = documentOf(ended)
    const [one, many] = exports
    expect(many).toMatchObject({ rows: ROWS, bytes: one.bytes, level: 'snapshot' })
    expect(progress.ranges.done).toBe(progress.ranges.all)
    const store = '.batchquery/store/batchquery-s3'
    const files = (await here.files(store)).filter(name => name.startsWith('output/'))
    const read = (start: string) =>
      Promise.all(files.filter(name => name.startsWith(start)).map(name => here.readObject(name)))
    expect(sorted(await read('output/many.part_')) === sorted(await read('output/one.part_'))).toBe(true)
    expect(files.filter(name => /many\.part_\d{5}_\d{5}$/.test(name)).length).toBeGreaterThan(3)
    expect(JSON.parse(await here.readObject('output/many.manifest'))).toMatchObject({
      meta: { level: 'snapshot' },
    })
    expect((await here.run(['show', RUN])).stdout).toMatch(/^progress .*\d+\/\d+ ranges$/m)
    const verified = await here.run(['verify', RUN])
    expect(verified.code, verified.stderr).toBe(0)
  })

  test('publishes all rows on S3, and no upload remains', async () => {
    const bucket = await freshBucket()
    const environment = { ...(await DATABASES[server]()), ...(await taskEnvironment(bucket)) }
    const here = await Workspace.create()
    const to = `s3://${bucket}/output/q.parquet`
    const ended = await here.run(
      ['query', 'SELECT id, v FROM t', '--to', to, '--parallel', '2', '--parallel-by', 'id', '--json'],
      { environment },
    )
    expect(ended.code, ended.stderr).toBe(0)
    const [{ rows, parts, format }] = documentOf(ended).exports
    expect({ rows, format }).toEqual({ rows: ROWS, format: 'PARQUET' })
    expect(parts[0].uri).toMatch(/\.part_\d{5}_00000\.parquet$/)
    expect(await bytesAt(bucket, new URL(parts[0].uri).pathname.slice(1))).toMatch(/^PAR1/)
    expect(await openUploads(bucket)).toEqual([])
    expect(
      documentOf(ended).databases.map(({ sessions }: { sessions: string[] }) => sessions.length),
    ).toEqual([1])
  })

  test.each([
    ['SIGINT', 130, 'CANCELLED'],
    ['SIGTERM', 143, 'FAILED'],
  ] as const)('%s ends all sessions and leaves nothing', async (signal, code, state) => {
    const environment = await DATABASES[server]()
    const here = await Workspace.create()
    const sql = `SELECT id, repeat(v, 200) AS v FROM t INTO OUTFILE S3 's3://batchquery-s3/output/r' PARALLEL 3;\n`
    const started = here.start(await here.task(sql), { environment })
    await expect.poll(() => started.stderr).toContain('all readers see one moment')
    started.signal(signal)
    expect(await started.ended).toMatchObject({ code, stdout: '' })
    const record = await here.record()
    expect(record).toMatchObject({ exitCode: code, state })
    expect(await here.results()).toEqual([])
    const sessions = record.databases.flatMap((database: { sessions: string[] }) => database.sessions)
    expect(await LISTED[server](sessions)).toEqual([])
  })
})

test('DuckDB reads with all cores by itself', async () => {
  const here = await Workspace.create()
  const ended = await here.runSql("SELECT 1 AS a INTO OUTFILE S3 's3://batchquery-s3/output/r' PARALLEL 4;\n")
  expect(ended.code).toBe(1)
  expect(ended.stderr).toContain('DuckDB reads a query with all cores by itself')
  expect(ended.stderr).toContain('Leave PARALLEL out')
})
