import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { TcpProxy } from '../../faults/tcp-proxy.ts'
import { numbers } from '../../setup/mysql-numbers.ts'
import { newerNode } from '../../setup/newer-node.ts'
import { adminClient, freshBucket, taskEnvironment } from '../../setup/s3-client.ts'
import { runMeasured } from './measured-runner.ts'

let bucket: string
let folder: string

beforeAll(async () => {
  bucket = await freshBucket()
  folder = await mkdtemp(join(tmpdir(), 'batchquery-memory-'))
  await mkdir(join(folder, bucket, 'script'), { recursive: true })
})

afterAll(() => rm(folder, { recursive: true, force: true }))

type Dialect = 'mysql' | 'postgres'

function databaseEnvironment(dialect: Dialect): NodeJS.ProcessEnv {
  const { port, user, password, caFile, database } = inject(dialect === 'mysql' ? 'mariadb' : 'postgres')
  const tls = `sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}`
  return {
    BATCHQUERY_DATABASE: `${dialect}://${user}@localhost:${port}/${database}?${tls}`,
    MYSQL_PWD: password,
    PGPASSWORD: password,
  }
}

const exportOf = (query: string) =>
  `${query} INTO OUTFILE S3 's3://${bucket}/output/result' FORMAT CSV OVERWRITE ON`

const columns = (count: number) => Array.from({ length: count }, (_, at) => `s AS c${at}`).join(', ')
const mysqlRows = (count: number) => `(SELECT seq AS s FROM ${numbers(count)}) r`
const postgresRows = (count: number) => `generate_series(1, ${count}) s`
const MIB = 1024 * 1024

const ONE_MB = "'0123456789abcdef', 65536"
const SIXTY_FOUR_MB = "'0123456789abcdef', 4194304"

/**
 * Each result has some 250 MB. A MySQL value that passes in pieces is quoted. PostgreSQL has at most 1,664 columns in
 * a result.
 */
const CASES = [
  ['mysql', 'rows of 1 MB', `SELECT REPEAT(${ONE_MB}) FROM ${mysqlRows(250)}`, 250, 250 * (MIB + 3)],
  ['mysql', 'rows of 64 MB', `SELECT REPEAT(${SIXTY_FOUR_MB}) FROM ${mysqlRows(4)}`, 4, 4 * (64 * MIB + 3)],
  ['mysql', '4,000 columns', `SELECT ${columns(4_000)} FROM ${mysqlRows(9_999)}`, 9_999, 195_552_000],
  ['postgres', 'rows of 1 MB', `SELECT repeat(${ONE_MB}) FROM ${postgresRows(250)}`, 250, 250 * (MIB + 1)],
  [
    'postgres',
    'rows of 64 MB',
    `SELECT repeat(${SIXTY_FOUR_MB}) FROM ${postgresRows(4)}`,
    4,
    4 * (64 * MIB + 1),
  ],
  ['postgres', '1,600 columns', `SELECT ${columns(1_600)} FROM ${postgresRows(9_999)}`, 9_999, 78_220_800],
] as const

test.each(CASES)(
  '%s, %s, is exported into a directory within the memory limit',
  async (dialect, _, query, rows, bytes) => {
    await writeFile(join(folder, bucket, 'script/task.sql'), exportOf(query))
    const environment = { ...databaseEnvironment(dialect), BATCHQUERY_STORE: folder }
    expect(await runMeasured(bucket, environment)).toContain(`published ${rows} rows, ${bytes} bytes`)
  },
)

/** With the newer Node, which takes more memory. */
async function runInS3(dialect: Dialect, query: string, endpoint: NodeJS.ProcessEnv = {}): Promise<string> {
  await adminClient().putObject({ Bucket: bucket, Key: 'script/task.sql', Body: exportOf(query) })
  const environment = { ...databaseEnvironment(dialect), ...(await taskEnvironment(bucket)), ...endpoint }
  return runMeasured(bucket, environment, { node: await newerNode() })
}

test.each(CASES)(
  '%s, %s, is exported into S3 within the memory limit',
  async (dialect, _, query, rows, bytes) => {
    expect(await runInS3(dialect, query)).toContain(`published ${rows} rows, ${bytes} bytes`)
  },
)

test('a store that stalls again and again slows the database down and fills no memory', async () => {
  const { hostname, port } = new URL(inject('s3').secureEndpoint)
  const proxy = await TcpProxy.start({ host: hostname, port: Number(port) })
  try {
    // Four chunks of 7 MiB are uploaded at once, each on its own connection.
    for (let chunk = 400; chunk < 420; chunk++)
      proxy.fail({ direction: 'to server', at: { chunk }, fault: { kind: 'delay', ms: 2_000 } })
    const query = `SELECT REPEAT('0123456789abcdef', 64) FROM ${mysqlRows(250_000)}`
    const endpoint = { AWS_ENDPOINT_URL_S3: `https://localhost:${proxy.port}` }
    const said = await runInS3('mysql', query, endpoint)
    expect(said).toContain(`published 250000 rows, ${250_000 * 1025} bytes`)
    expect(proxy.seen['to server'].chunks).toBeGreaterThan(420)
  } finally {
    await proxy.stop()
  }
})
