import { Log } from '../../../src/platform/index.ts'
import { openStore, registerScheme } from '../../../src/store/index.ts'
import { memoryScheme } from '../../memory-store/memory-scheme.ts'
import { storeContract } from './store-contract.ts'

registerScheme(memoryScheme)

const SILENT = new Log('quiet', () => {})
let count = 0

storeContract('memory', async () => {
  const setting = `memory:contract_${++count}`
  return { bucket: 'batchquery-s3', open: () => openStore(setting, SILENT), close: async () => {} }
})
