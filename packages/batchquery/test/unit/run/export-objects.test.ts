import { expect, test, vi } from 'vitest'
import { ExportObjects } from '../../../src/run/export-objects.ts'
import type { StageToken } from '../../../src/store/index.ts'
import { BUCKET, home, newRun, PINNED, RUNNER } from './fixture.ts'

const { id: ID } = newRun()
const URI = 's3://home/output/result'
const FOLDER = `runs/${ID}/exports/0001-0001`

const token = (part: number): StageToken => ({
  kind: 's3',
  bucket: BUCKET,
  key: `output/result.part_${String(part).padStart(5, '0')}`,
  owner: ID,
  handle: `handle-${part}`,
})

async function started() {
  const context = await home()
  const run = await context.runs.claim(newRun(), RUNNER, context.log)
  await run.start(PINNED)
  return { ...context, run, objects: new ExportObjects(context.store, BUCKET, ID) }
}

test('a later attempt finds each token, in order, when its write has resolved', async () => {
  const { run, objects, keys } = await started()
  const { journal } = run
  await journal.write({ step: 'begun', uri: URI, format: 'TEXT' })
  const tokens = Array.from({ length: 150 }, (_, part) => token(part))
  for (const one of tokens) await journal.write({ step: 'opened', uri: URI, token: one })
  const found = await objects.list()
  expect(found.map(({ of, state }) => ({ of, state }))).toEqual([
    { of: { attempt: 1, number: 1 }, state: 'BEGUN' },
  ])
  expect(await found[0]?.begun()).toMatchObject({ uri: URI, mode: 'streamed', format: 'TEXT' })
  expect(await found[0]?.tokens()).toEqual(tokens)
  const marks = async () => (await keys()).filter(key => key.startsWith('locks/staging/'))
  expect(await marks()).toEqual([expect.stringMatching(new RegExp(`/${ID}/0001$`))])
  await journal.write({ step: 'unmarked', uri: URI })
  expect(await marks()).toEqual([])
  await run.leave()
})

test('each token is in the page of its own export when two exports stage at once', async () => {
  const { run, objects } = await started()
  const other = 's3://home/output/other'
  for (const uri of [URI, other]) await run.journal.write({ step: 'begun', uri, format: 'TEXT' })
  await Promise.all(
    Array.from({ length: 40 }, (_, part) =>
      run.journal.write({ step: 'opened', uri: part % 2 === 0 ? URI : other, token: token(part) }),
    ),
  )
  const [first, second] = await Promise.all((await objects.list()).map(stored => stored.tokens()))
  expect(first).toEqual(Array.from({ length: 20 }, (_, at) => token(2 * at)))
  expect(second).toEqual(Array.from({ length: 20 }, (_, at) => token(2 * at + 1)))
  await run.leave()
})

test('many tokens take few writes when they come at once', async () => {
  const { run, store, objects } = await started()
  await run.journal.write({ step: 'begun', uri: URI, format: 'TEXT' })
  const put = vi.spyOn(store, 'put')
  await Promise.all(
    Array.from({ length: 500 }, (_, part) =>
      run.journal.write({ step: 'opened', uri: URI, token: token(part) }),
    ),
  )
  const writes = put.mock.calls.filter(([{ key }]) => key.startsWith(FOLDER))
  expect(writes.length).toBeLessThan(20)
  expect(await (await objects.list())[0]?.tokens()).toHaveLength(500)
  await run.leave()
})

test('exports are listed by attempt and number when the numbers have many digits', async () => {
  const { store, put } = await home()
  const folders = ['0002-0001', '0001-10000', '0001-9999', '10000-0001', '0001-0002']
  for (const folder of folders) await put(`runs/${ID}/exports/${folder}/begun.json`, '')
  for (const stray of ['x/begun.json', '0001-0003/other.txt', '0001-0002/unknown.json', 'readme'])
    await put(`runs/${ID}/exports/${stray}`, '')
  const listed = await new ExportObjects(store, BUCKET, ID).list()
  expect(listed.map(({ of: { attempt, number } }) => `${attempt}-${number}`)).toEqual([
    '1-2',
    '1-9999',
    '1-10000',
    '2-1',
    '10000-1',
  ])
})

const BEGUN = {
  version: 2,
  uri: URI,
  mode: 'streamed',
  format: 'TEXT',
  manifest: null,
  at: '2026-11-23T02:15:45.000Z',
}

test.each([
  ['begun', 'x', /not JSON/],
  ['begun', JSON.stringify({ ...BEGUN, mode: 'other' }), /mode/],
  ['begun', JSON.stringify({ ...BEGUN, version: 3 }), /version 3, but this batchquery reads version 2/],
  ['begun', 'x'.repeat(2_000_000), /larger than/],
  ['staged', JSON.stringify({ version: 2, export: {} }), /export.uri/],
  ['published', JSON.stringify({ version: 2, at: 'yesterday' }), /Invalid time/],
  ['tokens-0001', JSON.stringify({ version: 2, tokens: [{ ...token(0), owner: 'r2' }] }), /owner: not run/],
] as const)('an object that batchquery did not write is refused: %s %j', async (name, text, message) => {
  const { store, put } = await home()
  for (const known of ['begun', 'staged', 'committing', 'published'])
    await put(`${FOLDER}/${known}.json`, '{}')
  await put(`${FOLDER}/begun.json`, JSON.stringify(BEGUN))
  await put(`${FOLDER}/${name}.json`, text)
  const [stored] = await new ExportObjects(store, BUCKET, ID).list()
  const read = {
    begun: stored?.begun,
    staged: stored?.staged,
    published: stored?.published,
    'tokens-0001': stored?.tokens,
  }
  await expect(read[name]?.()).rejects.toMatchObject({
    code: 'RUN_RECORD_INVALID',
    message: expect.stringMatching(message),
  })
})

test('the error names the object when an object is missing', async () => {
  const { store, put } = await home()
  await put(`${FOLDER}/committing.json`, '{}')
  const [stored] = await new ExportObjects(store, BUCKET, ID).list()
  await expect(stored?.begun()).rejects.toMatchObject({
    code: 'RUN_RECORD_INVALID',
    message: `cannot read s3://home/${FOLDER}/begun.json: it is missing`,
  })
})
