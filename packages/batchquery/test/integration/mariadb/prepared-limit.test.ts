import { expect, test } from 'vitest'
import { startOwnMariadb } from '../../setup/mariadb.ts'
import { formatPlan } from '../../setup/stream-options.ts'
import { exportParquet } from '../mysql/parquet-result.ts'
import { openDatabase } from '../mysql/session.ts'

test('a server that prepares no more statements sends text, and a FLOAT is refused with its reason', async () => {
  const { server, stop } = await startOwnMariadb({ settings: ['--max-prepared-stmt-count=0'] })
  const { user, password, port, database, caFile } = server
  const url = `mysql://${user}:${password}@localhost:${port}/${database}?sslrootcert=${encodeURIComponent(caFile)}`
  const session = await openDatabase(url).connect('batchquery prepared-limit')
  try {
    await session.execute('CREATE TABLE t (id INT, price FLOAT, cost DOUBLE)', 0)
    await session.execute('INSERT INTO t VALUES (1, 0.1, 0.1)', 0)
    expect(await exportParquet(session, 'SELECT id, cost FROM t')).toMatchObject({ rowsRead: 1 })
    expect(await session.describe('SELECT price FROM t', formatPlan({ format: 'PARQUET' }))).toBeNull()
    await expect(exportParquet(session, 'SELECT price FROM t')).rejects.toMatchObject({
      code: 'QUERY_FAILED',
      message: expect.stringContaining('column "price" is FLOAT'),
      hint: expect.stringContaining('max_prepared_stmt_count'),
    })
  } finally {
    await session.close()
    await stop()
  }
})
