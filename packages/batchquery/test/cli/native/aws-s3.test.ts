import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { expect, inject, test } from 'vitest'
import { makeAwsS3 } from '../../aurora/aws-s3-functions.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { adminClient, freshBucket, taskEnvironment } from '../../setup/s3-client.ts'
import { documentOf, Workspace } from '../workspace.ts'

const ROWS = 500
const QUERY = `SELECT i AS id, CASE WHEN i % 7 > 0 THEN E'it''s\\ta "name", ' || i END AS name FROM generate_series(1, ${ROWS}) t(i)`

async function place({ hasExtension = true } = {}) {
  const database = await freshPostgresDatabase()
  const admin = await adminPg(database)
  if (hasExtension) await makeAwsS3(admin, 2_000)
  await admin.end()
  const bucket = await freshBucket()
  const { port, user, password, caFile } = inject('postgres')
  const environment = {
    ...(await taskEnvironment(bucket)),
    BATCHQUERY_DATABASE: `postgres://${user}@localhost:${port}/${database}?sslmode=verify-full&sslrootcert=${caFile}`,
    PGPASSWORD: password,
  }
  const workspace = await Workspace.create()
  const start = async (query: string, prefix: string, clauses: string, mode: string) => {
    const to = `s3-${inject('s3').region}://${bucket}/${prefix}`.replaceAll("'", "''")
    await workspace.write('task.sql', `${query} INTO OUTFILE S3 '${to}' ${clauses}`)
    const id = `r-${randomBytes(4).toString('hex')}`
    return {
      id,
      started: workspace.start(['run', 'task.sql', '--run-id', id, '--mode', mode, '--json'], {
        environment,
      }),
    }
  }
  const run = async (prefix: string, clauses = '', mode = 'native', query = QUERY) => {
    const { started } = await start(query, prefix, clauses, mode)
    const ended = await started.ended
    return documentOf(ended)
  }
  const command = (...line: string[]) => workspace.run(line, { environment })
  const keys = async (Prefix = 'output/') => {
    const { Contents = [] } = await adminClient().listObjectsV2({ Bucket: bucket, Prefix })
    return Contents.map(({ Key = '' }) => Key)
  }
  const read = async (Key: string) =>
    (await (await adminClient().getObject({ Bucket: bucket, Key })).Body?.transformToString()) ?? ''
  return { run, start, command, keys, read }
}

test.each(['', 'FORMAT CSV', "FORMAT CSV HEADER FIELDS TERMINATED BY ';'"])(
  '%s: the bytes of a streamed export',
  async clauses => {
    const { run, command, read } = await place()
    const native = await run('output/native', clauses)
    expect(native, JSON.stringify(native.error)).toMatchObject({
      state: 'SUCCEEDED',
      exports: [{ mode: 'native', state: 'PUBLISHED', rows: ROWS, manifest: null }],
    })
    const uris: string[] = native.exports[0].parts.map(({ uri }: { uri: string }) => uri)
    expect(uris.length).toBeGreaterThan(2)
    expect(uris.slice(0, 3).map(uri => uri.replace(/^.*output\//, ''))).toEqual([
      'native',
      'native_part2',
      'native_part3',
    ])
    const streamed = await run('output/streamed', clauses, 'auto')
    expect(streamed).toMatchObject({
      exports: [{ mode: 'streamed', rows: ROWS, bytes: native.exports[0].bytes }],
    })
    const parts = await Promise.all(uris.map(uri => read(uri.replace(/^[^/]*\/\/[^/]*\//, ''))))
    expect(parts.join('')).toBe(await read('output/streamed.part_00000'))
    expect(await command('verify', native.id)).toMatchObject({ code: 0 })
  },
)

test('an existing result is not overwritten silently; stale parts are removed with OVERWRITE ON', async () => {
  const { run, keys, command } = await place()
  const first = await run('output/r')
  expect(await run('output/r')).toMatchObject({ state: 'FAILED', error: { code: 'OUTPUT_EXISTS' } })
  const second = await run('output/r', 'OVERWRITE ON', 'native', 'SELECT 7 AS n')
  expect(second).toMatchObject({ state: 'SUCCEEDED', exports: [{ rows: 1, bytes: 2 }] })
  expect(await keys()).toEqual(['output/r'])
  expect(await command('verify', first.id)).toMatchObject({ code: 6 })
})

test('cancelled: the statement is gone, and what it had written', async () => {
  const { start, command, keys } = await place()
  const slow = "SELECT i, repeat('x', 300) || pg_sleep(0.02) FROM generate_series(1, 5000) t(i)"
  const { id, started } = await start(slow, 'output/slow', '', 'native')
  while ((await keys()).length < 2) {
    expect(started.process.exitCode, started.stderr).toBeNull()
    await setTimeout(50)
  }
  await command('cancel', id)
  expect(documentOf(await started.ended)).toMatchObject({
    state: 'CANCELLED',
    exports: [{ state: 'ABORTED' }],
    warnings: [],
  })
  expect(await keys()).toEqual([])
  expect(await keys('locks/')).toEqual([])
})

test.each([
  ['MANIFEST ON', /no manifest/],
  ['FORMAT TEXT HEADER', /HEADER/],
  ['COMPRESSION GZIP', /COMPRESSION/],
  ["FIELDS TERMINATED BY '||'", /FIELDS TERMINATED BY/],
])('%s is refused', async (clauses, message) => {
  const { run, keys } = await place()
  expect(await run('output/r', clauses)).toMatchObject({
    state: 'FAILED',
    error: { code: 'UNSUPPORTED_CLAUSE', message: expect.stringMatching(message) },
  })
  expect(await keys()).toEqual([])
})

test('without the extension the error says how to get it; without a region, to write it', async () => {
  const { run } = await place({ hasExtension: false })
  expect(await run('output/r')).toMatchObject({
    error: { code: 'PERMISSION', hint: expect.stringMatching(/CREATE EXTENSION aws_s3 CASCADE/) },
  })
})

test.each(["it's", 'a,b', '100%', 'a b'])('a prefix with %s', async name => {
  const { run, keys } = await place()
  expect(await run(`output/${name}`)).toMatchObject({ state: 'SUCCEEDED' })
  expect((await keys())[0]).toBe(`output/${name}`)
})
