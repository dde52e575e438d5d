import { expect, inject, test } from 'vitest'
import { freshDatabase, runAsAdmin } from '../setup/mariadb-client.ts'
import { numbers } from '../setup/mysql-numbers.ts'
import { adminClient, freshBucket, openUploads, taskEnvironment } from '../setup/s3-client.ts'
import { Workspace } from './workspace.ts'

async function object(bucket: string, key: string): Promise<string> {
  const { Body } = await adminClient().getObject({ Bucket: bucket, Key: key })
  return (await Body?.transformToString()) ?? ''
}

async function keys(bucket: string, prefix: string): Promise<(string | undefined)[]> {
  const { Contents = [] } = await adminClient().listObjectsV2({ Bucket: bucket, Prefix: prefix })
  return Contents.map(({ Key }) => Key)
}

test('a run with its store on S3 is visible from another machine', async () => {
  const bucket = await freshBucket()
  const database = await freshDatabase()
  await runAsAdmin(
    `CREATE TABLE ${database}.t (id INT, note VARCHAR(60))`,
    `INSERT INTO ${database}.t SELECT seq, CONCAT('tab\\there, line ', seq) FROM ${numbers(200_000)}`,
  )
  const { port, user, password } = inject('mariadb')
  const environment = {
    ...(await taskEnvironment(bucket)),
    BATCHQUERY_DATABASE: `mysql://${user}@127.0.0.1:${port}/${database}`,
    MYSQL_PWD: password,
  }
  const here = await Workspace.create()
  await here.write(
    'report.sql',
    `SELECT * FROM t ORDER BY id INTO OUTFILE S3 's3://${bucket}/output/r' MANIFEST ON MAXFILESIZE 2 MB OVERWRITE ON`,
  )
  expect(await here.run(['put', 'report.sql'], { environment })).toMatchObject({ code: 0 })
  const ran = await here.run(['run', `s3://${bucket}/script/report.sql`, '--run-id', 'r1', '--json'], {
    environment,
  })
  expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: 0 })
  const record = JSON.parse(ran.stdout)
  expect(record).toMatchObject({ state: 'SUCCEEDED', exports: [{ rows: 200_000, state: 'PUBLISHED' }] })

  const parts = await keys(bucket, 'output/r.part_')
  expect(parts).toEqual(record.exports[0].parts.map((_: unknown, at: number) => `output/r.part_0000${at}`))
  const texts = await Promise.all(parts.map(key => object(bucket, key ?? '')))
  const expected = Array.from(
    { length: 200_000 },
    (_, at) => `${at + 1}\ttab\\\there, line ${at + 1}\n`,
  ).join('')
  expect(texts.join('') === expected).toBe(true)
  expect(JSON.parse(await object(bucket, 'output/r.manifest')).entries).toHaveLength(parts.length)
  expect(await openUploads(bucket)).toEqual([])

  const there = await Workspace.create()
  const [listed, shown, logged] = await Promise.all(
    [
      ['ls', '--json'],
      ['show', 'r1', '--json'],
      ['logs', 'r1'],
    ].map(args => there.run(args, { environment })),
  )
  expect(JSON.parse(listed.stdout).runs).toMatchObject([{ id: 'r1', state: 'SUCCEEDED' }])
  const attempts = [expect.objectContaining({ attempt: 1, pid: record.runner.pid })]
  expect(JSON.parse(shown.stdout)).toEqual({
    ...record,
    attempts,
    dead: false,
    cost: null,
    begun: [],
    columns: [],
    repeatedBy: [],
  })
  expect(logged.stdout).toContain('published 200000 rows')
  expect(await there.files('.')).toEqual([])
})

test('a cancelled run leaves no open upload and no object at the destination', async () => {
  const bucket = await freshBucket()
  const environment = await taskEnvironment(bucket)
  const workspace = await Workspace.create()
  const query = "SELECT i, repeat('x', 200) FROM range(100000000) t(i)"
  const args = await workspace.task(`${query} INTO OUTFILE S3 's3://${bucket}/output/r'`)
  const started = workspace.start(args, { environment })
  await expect.poll(() => openUploads(bucket)).not.toEqual([])
  started.signal('SIGINT')
  expect(await started.ended).toMatchObject({ code: 130 })
  expect(await openUploads(bucket)).toEqual([])
  expect(await keys(bucket, 'output/')).toEqual([])
  expect(JSON.parse(await object(bucket, 'runs/r1/run.json'))).toMatchObject({ state: 'CANCELLED' })
})

test('the record has the version of the task, and a result replaces the earlier one, when the bucket has versions', async () => {
  const bucket = await freshBucket()
  const versions = { Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' as const } }
  await adminClient().putBucketVersioning(versions)
  const environment = await taskEnvironment(bucket)
  const workspace = await Workspace.create()
  await workspace.write('task.sql', `SELECT 1 AS one INTO OUTFILE S3 's3://${bucket}/output/r' OVERWRITE ON`)
  await workspace.run(['put', 'task.sql'], { environment })
  for (const id of ['first', 'second']) {
    const task = `s3://${bucket}/script/task.sql`
    expect(await workspace.run(['run', task, '--run-id', id], { environment })).toMatchObject({ code: 0 })
    const record = JSON.parse(await object(bucket, `runs/${id}/run.json`))
    expect(record.task.versionId).toMatch(/^\S+$/)
    expect(await workspace.run(['verify', id], { environment })).toMatchObject({ code: 0 })
  }
  expect(await keys(bucket, 'output/')).toEqual(['output/r.part_00000'])
  await adminClient().putBucketVersioning({
    Bucket: bucket,
    VersioningConfiguration: { Status: 'Suspended' },
  })
  const { Versions = [], DeleteMarkers = [] } = await adminClient().listObjectVersions({ Bucket: bucket })
  for (const { Key, VersionId } of [...Versions, ...DeleteMarkers])
    await adminClient().deleteObject({ Bucket: bucket, Key, VersionId })
})

test.each([
  ['a bucket that is not there', { BATCHQUERY_BUCKET: 'no-such-bucket' }, 3, /no-such-bucket/],
  ['credentials that are wrong', { AWS_SECRET_ACCESS_KEY: 'wrong' }, 4, /./],
  ['a certificate of an unknown authority', { NODE_EXTRA_CA_CERTS: '' }, 4, /certificate/],
])('%s has its exit code, the actual value, and a hint', async (_name, changed, code, message) => {
  const bucket = await freshBucket()
  const workspace = await Workspace.create()
  const environment = { ...(await taskEnvironment(bucket)), ...changed }
  const ended = await workspace.run(['ls'], { environment })
  expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code, stderr: expect.stringMatching(message) })
  expect(ended.stderr).toContain('hint: ')
})
