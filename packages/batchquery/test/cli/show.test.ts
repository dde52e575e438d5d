import { expect, onTestFinished, test } from 'vitest'
import { documentOf, Workspace } from './workspace.ts'

const BUSY = 'SELECT sleep_ms(1000000)'

test('show has the input of a run, and its destination when nothing is staged yet', async () => {
  const workspace = await Workspace.create()
  const sql = `-- @param month text\n-- @param key secret\nSELECT :month, :key; ${BUSY} INTO OUTFILE S3 's3://batchquery-s3/output/busy'`
  await workspace.write('key', 'hush-hush')
  const given = ['-p', 'month=2026-11', '-p', 'key=@key', '--timeout', '90m', '--detach']
  expect(await workspace.runSql(sql, given)).toMatchObject({ code: 0 })
  const { runner } = await workspace.record()
  onTestFinished(() => void process.kill(runner.pid, 'SIGKILL'))
  const show = async () => (await workspace.run(['show', 'r1', '-q'])).stdout
  await expect.poll(show).toMatch(/^export {5}s3:\/\/batchquery-s3\/output\/busy BEGUN: /m)
  const text = await show()
  expect(text).toMatch(/^state {6}RUNNING, last heard \d+ s ago$/m)
  expect(text).toMatch(/^parameter {2}month=2026-11\nparameter {2}key=\*\*\*\ntimeout {4}1 h 30 min$/m)
  expect(text).toMatch(/^started {4}\S+Z \([\d.]+ s ago\)$/m)
  expect(documentOf(await workspace.run(['show', 'r1', '--json']))).toMatchObject({
    exports: [],
    begun: [
      {
        uri: 's3://batchquery-s3/output/busy',
        ...{ attempt: 1, number: 1, mode: 'streamed', format: 'TEXT' },
      },
    ],
  })
})

test('show has the bytes before compression and those in the store', async () => {
  const workspace = await Workspace.create()
  const rows = "SELECT repeat('x', 99) FROM range(10000)"
  await workspace.runSql(`${rows} INTO OUTFILE S3 's3://batchquery-s3/output/x' COMPRESSION GZIP`)
  const { stdout } = await workspace.run(['show', 'r1'])
  expect(stdout).toMatch(/^progress {3}10,000 rows, 1 MB before compression$/m)
  expect(stdout).toMatch(
    /^export {5}s3:\/\/batchquery-s3\/output\/x PUBLISHED: 10,000 rows, [\d.]+ kB in the store$/m,
  )
})

test('show has the format, the compression, and the columns of an export that describes them', async () => {
  const workspace = await Workspace.create()
  const rows =
    "SELECT i::INTEGER AS id, DATE '2024-02-29' AS day, (i / 7)::DECIMAL(12,2) AS amount FROM range(10) t(i)"
  const to = "INTO OUTFILE S3 's3://batchquery-s3/output/x'"
  const { stderr } = await workspace.runSql(`${rows} ${to} FORMAT PARQUET COMPRESSION SNAPPY OVERWRITE ON`)
  expect(stderr).toContain('exporting to s3://batchquery-s3/output/x, FORMAT PARQUET COMPRESSION SNAPPY')
  const { stdout } = await workspace.run(['show', 'r1'])
  expect(stdout).toMatch(/^format {5}PARQUET, COMPRESSION SNAPPY$/m)
  expect(stdout).toMatch(/^columns {4}id INT32, day DATE, amount DECIMAL\(12,2\)$/m)
  const columns = [
    { name: 'id', type: 'INT32' },
    { name: 'day', type: 'DATE' },
    { name: 'amount', type: 'DECIMAL(12,2)' },
  ]
  const uri = 's3://batchquery-s3/output/x'
  const shown = async () => documentOf(await workspace.run(['show', 'r1', '--json']))
  expect(await shown()).toMatchObject({
    exports: [{ format: 'PARQUET', compression: 'SNAPPY' }],
    columns: [{ uri, columns, error: null }],
  })
  expect(await workspace.run(['verify', 'r1'])).toMatchObject({ code: 0 })
  // The size is the same, so only the part itself says that another run wrote it.
  expect(await workspace.run(['rerun', 'r1', '--run-id', 'r2'])).toMatchObject({ code: 0 })
  expect(await shown()).toMatchObject({
    columns: [
      {
        uri,
        columns: null,
        error: expect.stringMatching(/x\.part_00000\.parquet is now the part of another run$/),
      },
    ],
  })
})
