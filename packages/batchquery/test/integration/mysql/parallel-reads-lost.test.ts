import { beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { MYSQL_PARALLEL_READS as READS } from '../../../src/database/mysql/parallel/parallel-reads.ts'
import { TcpProxy } from '../../faults/tcp-proxy.ts'
import { adminConnection, freshDatabase } from '../../setup/mariadb-client.ts'
import { request } from './parallel-reads.ts'
import { openDatabase, serverUrl } from './session.ts'

let database: string

beforeAll(async () => {
  database = await freshDatabase()
  const admin = await adminConnection({ database })
  await admin.query('CREATE TABLE t (id INT PRIMARY KEY)')
  await admin.query('INSERT INTO t VALUES (1), (2)')
  await admin.end()
})

/** Opens the moment of a query through a proxy for the session that locks. */
async function openMoment(readers: (proxy: TcpProxy) => Promise<void>) {
  const { host, port } = inject('mariadb')
  const proxy = await TcpProxy.start({ host, port })
  onTestFinished(() => proxy.stop())
  const url = serverUrl(database)
  const session = await openDatabase(url).connect('batchquery lost-test')
  onTestFinished(() => session.close())
  const wanted = request('SELECT id FROM t')
  return READS.openMoment({
    session,
    plan: await READS.plan(session, wanted),
    request: wanted,
    connect: () =>
      openDatabase(url.replace(`localhost:${port}`, `localhost:${proxy.port}`)).connect(
        'batchquery lost-lock',
      ),
    readers: () => readers(proxy),
    signal: new AbortController().signal,
    note: () => {},
  })
}

function cut(proxy: TcpProxy): void {
  proxy.loseClients()
  proxy.heal()
}

test('the error of a reader stays when the session that locks is lost too', async () => {
  const opening = openMoment(async proxy => {
    cut(proxy)
    throw new TypeError('the reader failed first')
  })
  await expect(opening).rejects.toThrow('the reader failed first')
})

test('a moment fails when the session that locks is lost while readers begin', async () => {
  await expect(openMoment(async proxy => cut(proxy))).rejects.toMatchObject({ code: 'DATABASE_LOST' })
  // The server has ended the lock with the session.
  const admin = await adminConnection({ database })
  await admin.query('INSERT INTO t VALUES (3)')
  await admin.end()
})
