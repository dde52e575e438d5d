import { expect, inject, test } from 'vitest'
import { AURORA_2, AURORA_3, type Cluster } from '../../aurora/aurora-front.ts'
import { documentOf } from '../workspace.ts'
import { ROWS, Scene } from './scene.ts'

test.each([
  ['3', AURORA_3],
  ['2', AURORA_2],
])('Aurora MySQL %s: written by the server, the bytes are those of a streamed export', async (_, cluster) => {
  const scene = await Scene.set(cluster)
  for (const clauses of [
    '',
    'MANIFEST ON',
    `FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '"' ESCAPED BY '\\\\'`,
  ]) {
    const native = await scene.run('output/native', `${clauses} OVERWRITE ON`)
    expect(native.code, native.stderr).toBe(0)
    const record = documentOf(native)
    expect(record).toMatchObject({
      state: 'SUCCEEDED',
      exports: [{ mode: 'native', state: 'PUBLISHED', rows: ROWS }],
      warnings: [],
    })
    expect(record.exports[0].parts.length).toBeGreaterThan(3)
    expect(record.exports[0].parts[0]).toMatchObject({ rows: null, sha256: null })
    const streamed = await scene.run('output/streamed', `${clauses} OVERWRITE ON`, ['--mode', 'streamed'])
    expect(documentOf(streamed)).toMatchObject({
      exports: [{ mode: 'streamed', rows: ROWS, bytes: record.exports[0].bytes }],
    })
    expect(await scene.joined('output/native')).toBe(await scene.joined('output/streamed'))
    const verified = await scene.command('verify', record.id)
    expect(verified, verified.stderr).toMatchObject({ code: 0 })
  }
  expect(scene.front.statements).toHaveLength(3)
})

test('OVERWRITE: an earlier result is a conflict, or goes, stale parts and manifest too', async () => {
  const scene = await Scene.set()
  const first = documentOf(await scene.run('output/r', 'MANIFEST ON'))
  const refused = await scene.run('output/r')
  expect(documentOf(refused)).toMatchObject({ state: 'FAILED', error: { code: 'OUTPUT_EXISTS' } })
  const [, before] = [refused, await scene.objects()]
  expect(Object.keys(before)).toHaveLength(first.exports[0].parts.length + 1)
  const second = documentOf(await scene.run('output/r', 'OVERWRITE ON', [], 'WHERE id <= 10'))
  expect(second).toMatchObject({ state: 'SUCCEEDED', exports: [{ rows: 10 }] })
  expect(Object.keys(await scene.objects())).toEqual(['output/r.part_00000'])
  expect(await scene.command('verify', second.id)).toMatchObject({ code: 0 })
  expect(await scene.command('verify', first.id)).toMatchObject({ code: 6 })
})

test('no rows: no matter what the server leaves, the run says 0', async () => {
  const scene = await Scene.set()
  const record = documentOf(await scene.run('output/r', '', [], 'WHERE id < 0'))
  expect(record).toMatchObject({ state: 'SUCCEEDED', exports: [{ mode: 'native', rows: 0, bytes: 0 }] })
})

test.each([
  ['FORMAT CSV', /FORMAT CSV/],
  ['FORMAT TEXT HEADER', /HEADER/],
  ['COMPRESSION GZIP', /COMPRESSION GZIP/],
  ['MAXFILESIZE 100 MB', /MAXFILESIZE/],
  ["ENCRYPTION SSE_KMS 'no key'", /"no key" is not a KMS key/],
])('%s: streamed with a word of why, or refused', async (clause, why) => {
  const scene = await Scene.set()
  const forced = await scene.run('output/r', clause, ['--mode', 'native'])
  expect(documentOf(forced)).toMatchObject({
    state: 'FAILED',
    error: { code: 'UNSUPPORTED_CLAUSE', message: expect.stringMatching(why) },
  })
  expect(await scene.objects()).toEqual({})
  if (clause.startsWith('ENCRYPTION')) return
  const auto = await scene.run('output/r', clause)
  expect(documentOf(auto)).toMatchObject({ state: 'SUCCEEDED', exports: [{ mode: 'streamed' }] })
  expect(auto.stderr).toMatch(/batchquery streams it, because the server cannot export it itself/)
  expect(scene.front.statements).toEqual([])
})

test('without a right the rows are streamed, with a word of what is missing', async () => {
  const scene = await Scene.set({ grants: ['GRANT USAGE ON *.* TO `batchquery`@`%`'] })
  const ended = await scene.run('output/r')
  expect(documentOf(ended)).toMatchObject({ state: 'SUCCEEDED', exports: [{ mode: 'streamed', rows: ROWS }] })
  expect(ended.stderr).toMatch(/batchquery streams it, .*: the role AWS_SELECT_S3_ACCESS is missing\. GRANT/)
})

test('a role that is granted, and not active, is made active', async () => {
  const scene = await Scene.set({ activatesRoles: false })
  expect(documentOf(await scene.run('output/r'))).toMatchObject({
    exports: [{ mode: 'native', state: 'PUBLISHED' }],
  })
})

const ROLE = /aws_default_s3_role/
test.each<[what: string, cluster: Partial<Cluster>, code: string, hint: RegExp]>([
  ['no right', { grants: ['GRANT USAGE ON *.* TO `batchquery`@`%`'] }, 'PERMISSION', /AWS_SELECT_S3_ACCESS/],
  [
    'no right, version 2',
    { ...AURORA_2, grants: ['GRANT USAGE ON *.* TO `batchquery`@`%`'] },
    'PERMISSION',
    /SELECT INTO S3/,
  ],
  ['no role in the cluster', { parameters: { aws_default_s3_role: '' } }, 'PERMISSION', ROLE],
  [
    'a role that is not associated',
    { failure: [1871, 'S3 API returned error: Missing Credentials: Cannot instantiate S3 Client'] },
    'PERMISSION',
    ROLE,
  ],
  [
    'no way to S3',
    { failure: [1871, 'S3 API returned error: Network Connection'] },
    'STORE_UNREACHABLE',
    /gateway endpoint/,
  ],
  [
    'no way to S3, in other words',
    { failure: [1815, 'Internal error: Unable to initialize S3Stream'] },
    'STORE_UNREACHABLE',
    /gateway endpoint/,
  ],
  [
    'what S3 refuses',
    { failure: [63985, 'S3 API returned error: Access Denied'] },
    'PERMISSION',
    /cluster's role/,
  ],
  [
    'anything else of S3',
    { failure: [63985, 'S3 API returned error: Slow Down'] },
    'STORE_FAILED',
    /which S3 wrote/,
  ],
])('%s: forced, the repair is said, and nothing stays', async (_, cluster, code, hint) => {
  const scene = await Scene.set(cluster)
  const record = documentOf(await scene.run('output/r', '', ['--mode', 'native']))
  expect(record).toMatchObject({ state: 'FAILED', error: { code, hint: expect.stringMatching(hint) } })
  expect(await scene.objects()).toEqual({})
  expect(await scene.objects('locks/')).toEqual({})
})

test.each(["it's", 'a,b', '100%', 'a b', 'é', '"x"'])('a prefix with %s', async name => {
  const scene = await Scene.set()
  const record = documentOf(await scene.run(`output/${name}`))
  expect(record, JSON.stringify(record.error)).toMatchObject({
    state: 'SUCCEEDED',
    exports: [{ mode: 'native', rows: ROWS }],
  })
  expect(Object.keys(await scene.objects())[0]).toBe(`output/${name}.part_00000`)
})

test('a plain server is not asked to: forced, it is an error', async () => {
  const scene = await Scene.set()
  const { port, user, database } = inject('mariadb')
  const plain = ['-d', `mysql://${user}@127.0.0.1:${port}/${database}`]
  const auto = documentOf(await scene.run('output/r', '', plain))
  expect(auto).toMatchObject({ exports: [{ mode: 'streamed' }] })
  const forced = documentOf(await scene.run('output/s', '', [...plain, '--mode', 'native']))
  expect(forced).toMatchObject({
    error: { code: 'UNSUPPORTED_CLAUSE', message: expect.stringMatching(/mariadb cannot write to S3/) },
  })
})

test('doctor looks at what a native export needs', async () => {
  const native = async (cluster: Partial<Cluster>) => {
    const ended = await (await Scene.set(cluster)).command('doctor', '--json')
    const { checks } = documentOf(ended)
    return checks.find(({ id }: { id: string }) => id === 'database.native')
  }
  expect(await native({})).toMatchObject({
    state: 'ok',
    figure: expect.stringMatching(/AWS_SELECT_S3_ACCESS/),
  })
  expect(await native({ parameters: { aws_default_s3_role: '' } })).toMatchObject({
    state: 'failed',
    error: { code: 'PERMISSION', hint: expect.stringMatching(/aws_default_s3_role/) },
  })
})
