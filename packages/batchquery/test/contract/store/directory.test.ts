import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

test('a directory refuses to encrypt, before it writes', async () => {
  const store = new DirectoryStore(join(tmpdir(), 'batchquery-store-never-made'))
  const encryption = { kind: 'SSE_S3' } as const
  await expect(store.stage({ bucket: 'b', key: 'k' }, 'run-1', { encryption })).rejects.toMatchObject({
    code: 'UNSUPPORTED_CLAUSE',
    message: expect.stringContaining('s3://b/k'),
  })
  expect(await store.head({ bucket: 'b', key: 'k' })).toBeNull()
})
