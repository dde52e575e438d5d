import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { DirectoryStore } from '../../../src/store/index.ts'
import { storeContract } from './store-contract.ts'

storeContract('a directory', async () => {
  const root = await mkdtemp(join(tmpdir(), 'batchquery-store-'))
  return {
    bucket: 'batchquery-s3',
    open: () => new DirectoryStore(root),
    close: () => rm(root, { recursive: true }),
  }
})

test('a directory refuses to encrypt before it writes', async () => {
  const store = new DirectoryStore(join(tmpdir(), 'batchquery-store-never-made'))
  const encryption = { kind: 'SSE_S3' } as const
  await expect(store.stage({ bucket: 'b', key: 'k' }, 'run-1', { encryption })).rejects.toMatchObject({
    code: 'UNSUPPORTED_CLAUSE',
    message: expect.stringContaining('s3://b/k'),
  })
  expect(await store.head({ bucket: 'b', key: 'k' })).toBeNull()
})

test('a directory lists the staged objects of one owner, with bytes or without', async () => {
  const root = await mkdtemp(join(tmpdir(), 'batchquery-store-'))
  const store = new DirectoryStore(root)
  const stage = async (owner: string, key: string) => {
    const object = await store.stage({ bucket: 'b', key }, owner)
    await object.write(Buffer.from('bytes'))
    await object.finish()
    return object.token
  }
  const tokens = [
    await stage('r1', 'out/r.part_00000'),
    await stage('r10', 'out/r.part_00000'),
    await stage('r1.0123456789abcdef', 'out/r.part_00000'),
    await stage('r1', 'elsewhere/r.part_00000'),
    await stage('r1', `out/${'long'.repeat(40)}.part_00000`),
  ]
  const found = async (prefix: string, owner: string) =>
    (await Readable.from(store.listStaged('b', prefix, owner)).toArray()).map(({ handle }) => handle)
  expect(await found('out/r.part_', 'r1')).toEqual([tokens[0]?.handle])
  expect(await found('elsewhere/r.part_', 'r1')).toEqual([tokens[3]?.handle])
  expect(await found('out/r.part_', 'r10')).toEqual([tokens[1]?.handle])
  expect(await found(`out/${'long'.repeat(40)}.part_`, 'r1')).toEqual([tokens[4]?.handle])
  expect(await found('out/r.part_', 'r')).toEqual([])
  for (const token of tokens) await store.abort(token)
  await rm(root, { recursive: true, force: true })
})
