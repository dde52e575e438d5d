import { randomBytes } from 'node:crypto'
import { describe, expect, inject, test } from 'vitest'
import { adminPg, freshPostgresDatabase } from '../setup/postgres-client.ts'
import { adminClient, freshBucket, openUploads, taskEnvironment } from '../setup/s3-client.ts'
import { documentOf, Workspace } from './workspace.ts'

const ROWS = 100_000
/** A session keeps this name until it ends. */
const RUN = `20261201-000000-${randomBytes(3).toString('hex').replaceAll(/[01]/g, '2')}`

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

async function bytesAt(bucket: string, key: string): Promise<string> {
  const { Body } = await adminClient().getObject({ Bucket: bucket, Key: key })
  return (await Body?.transformToString()) ?? ''
}

const sorted = (texts: readonly string[]): string => texts.join('').split('\n').sort().join('\n')

describe('PARALLEL', () => {
  test('publishes the rows of one session in a directory, and show has the ranges', async () => {
    const environment = await postgres()
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

  test('publishes all rows on S3, and no upload and no session remains', async () => {
    const bucket = await freshBucket()
    const environment = { ...(await postgres()), ...(await taskEnvironment(bucket)) }
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
    const admin = await adminPg()
    const { rows: sessions } = await admin.query(
      "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'batchquery %' AND datname = $1",
      [new URL(environment.BATCHQUERY_DATABASE ?? '').pathname.slice(1)],
    )
    await admin.end()
    expect(sessions).toEqual([])
  })
})
