import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
