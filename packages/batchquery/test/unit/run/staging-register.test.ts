import { expect, test, vi } from 'vitest'
import { findBegun, StagingRegister } from '../../../src/run/staging-register.ts'
import type { StageToken } from '../../../src/store/index.ts'
import { BUCKET, home } from './fixture.ts'

const ID = 'r1'
const URI = 's3://home/output/result'

const token = (part: number): StageToken => ({
  kind: 's3',
  bucket: BUCKET,
  key: `output/result.part_${String(part).padStart(5, '0')}`,
  owner: ID,
  handle: `handle-${part}`,
})

test('what is about to be staged is found by others, in the order in which it began', async () => {
  const { store, keys } = await home()
  const register = new StagingRegister(store, BUCKET, ID, 2)
  await register.declare(URI)
  expect(await findBegun(store, BUCKET, ID, 3)).toEqual([{ attempt: 2, uri: URI, tokens: [] }])
  const tokens = Array.from({ length: 150 }, (_, part) => token(part))
  for (const one of tokens) await register.add(one)
  expect(await findBegun(store, BUCKET, ID, 3)).toEqual([{ attempt: 2, uri: URI, tokens }])
  expect(await findBegun(store, BUCKET, ID, 2)).toEqual([])
  await register.declare('s3://home/output/other')
  await register.add(token(999))
  expect((await findBegun(store, BUCKET, ID, 3)).map(({ uri, tokens }) => [uri, tokens.length])).toEqual([
    [URI, 150],
    ['s3://home/output/other', 1],
  ])
  const marks = async () => (await keys()).filter(key => key.startsWith('locks/staging/'))
  expect(await marks()).toEqual([expect.stringMatching(/\/r1\/0002$/), expect.stringMatching(/\/r1\/0002$/)])
  await register.clear(URI)
  await register.clear('s3://home/output/other')
  expect(await marks()).toEqual([])
})

test('many that begin at once make few writes, and none is awaited before it is written', async () => {
  const { store } = await home()
  const put = vi.spyOn(store, 'put')
  const register = new StagingRegister(store, BUCKET, ID, 1)
  await register.declare(URI)
  const before = put.mock.calls.length
  await Promise.all(Array.from({ length: 500 }, (_, part) => register.add(token(part))))
  expect(put.mock.calls.length - before).toBeLessThan(20)
  const [begun] = await findBegun(store, BUCKET, ID, 2)
  expect(begun?.tokens).toHaveLength(500)
})

test.each([
  ['no JSON', 'x', /not JSON/],
  ['another attempt', JSON.stringify({ version: 1, attempt: 7, uri: URI, tokens: [] }), /attempt 7/],
  [
    'a token of another run',
    JSON.stringify({ version: 1, attempt: 1, uri: URI, tokens: [{ ...token(0), owner: 'r2' }] }),
    /another run than r1/,
  ],
  ['a newer version', JSON.stringify({ version: 2 }), /version 2/],
  ['a large one', 'x'.repeat(2_000_000), /larger than/],
])('a page that somebody else wrote is refused: %s', async (_name, text, message) => {
  const { store, put } = await home()
  await put(`runs/${ID}/staging-0001-0001.json`, text)
  await expect(findBegun(store, BUCKET, ID, 2)).rejects.toMatchObject({
    code: 'RUN_RECORD_INVALID',
    message: expect.stringMatching(message),
  })
})
