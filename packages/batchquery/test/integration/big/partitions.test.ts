import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, onTestFinished, test } from 'vitest'
import { numbers } from '../../setup/mysql-numbers.ts'
import { adminClient, freshBucket, taskEnvironment } from '../../setup/s3-client.ts'
import { runMeasured } from './measured-runner.ts'

const ROWS = 250_000
/** Most of the time goes to the parts: files that are synced, or four requests each. */
const PARTITIONS = { CSV: 10_000, PARQUET: 2_000 }
/** In MB of 1024 * 1024 bytes: the limit of any number of partitions. */
const MOST_MEMORY = 256
const PATIENCE_MS = 15 * 60_000

/** More bytes of rows than may wait in memory, and a row of another partition after each row. */
const queryOf = (partitions: number) =>
  `SELECT s, s * 7919 % ${partitions} AS p, REPEAT('0123456789abcdef', 12) AS v FROM (SELECT seq AS s FROM ${numbers(ROWS)}) r`

const taskOf = (bucket: string, format: string, partitions: number) =>
  `${queryOf(partitions)} INTO OUTFILE S3 's3://${bucket}/output/result' FORMAT ${format} PARTITION BY (p)`

const { port, user, password, caFile, database } = inject('mariadb')
const tls = `sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}`
const DATABASE = {
  BATCHQUERY_DATABASE: `mysql://${user}@localhost:${port}/${database}?${tls}`,
  MYSQL_PWD: password,
}
const published = (partitions: number) => new RegExp(`published ${ROWS} rows, .* ${partitions} parts`)

test.each(['CSV', 'PARQUET'] as const)(
  'thousands of partitions of rows in random order are exported into a directory within the memory limit: %s',
  async format => {
    const folder = await mkdtemp(join(tmpdir(), 'batchquery-memory-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const bucket = 'home'
    await mkdir(join(folder, bucket, 'script'), { recursive: true })
    await writeFile(join(folder, bucket, 'script/task.sql'), taskOf(bucket, format, PARTITIONS[format]))
    const environment = { ...DATABASE, BATCHQUERY_STORE: folder }
    const said = await runMeasured(bucket, environment, { mostMemory: MOST_MEMORY })
    expect(said).toMatch(published(PARTITIONS[format]))
  },
  PATIENCE_MS,
)

test(
  'thousands of partitions of rows in random order are exported into S3 within the memory limit',
  async () => {
    const bucket = await freshBucket()
    await adminClient().putObject({
      Bucket: bucket,
      Key: 'script/task.sql',
      Body: taskOf(bucket, 'PARQUET', PARTITIONS.PARQUET),
    })
    const environment = { ...DATABASE, ...(await taskEnvironment(bucket)) }
    const said = await runMeasured(bucket, environment, { mostMemory: MOST_MEMORY })
    expect(said).toMatch(published(PARTITIONS.PARQUET))
  },
  PATIENCE_MS,
)
