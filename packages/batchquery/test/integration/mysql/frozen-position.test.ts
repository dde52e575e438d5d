import { expect, onTestFinished, test } from 'vitest'
import { MYSQL_PARALLEL_READS as READS } from '../../../src/database/mysql/parallel/parallel-reads.ts'
import { adminConnection, freshDatabase } from '../../setup/mariadb-client.ts'
import { keepBusy } from './busy-server.ts'
import { openDatabase, serverUrl } from './session.ts'

test('a server to which transactions are written has no position, and the reason names two', async () => {
  const database = await freshDatabase()
  const { stop } = await keepBusy(() => adminConnection({ database }))
  onTestFinished(stop)
  const session = await openDatabase(serverUrl(database)).connect('batchquery frozen-test')
  onTestFinished(() => session.close())
  expect(await READS.frozenPosition(session)).toEqual({
    position: null,
    why: expect.stringMatching(/^transactions are written to it: LSN \d+, then LSN \d+$/),
  })
})
