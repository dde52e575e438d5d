import { expect, inject, onTestFinished, test } from 'vitest'
import {
  collect as collectMysql,
  serverUrl as mysqlUrl,
  openDatabase as openMysql,
} from '../integration/mysql/session.ts'
import {
  collect as collectPostgres,
  openDatabase as openPostgres,
  serverUrl as postgresUrl,
} from '../integration/postgres/session.ts'
import { TcpProxy } from './tcp-proxy.ts'

const DATABASES = [
  ['MariaDB', 'mariadb', openMysql, mysqlUrl, collectMysql, 'SELECT seq FROM seq_1_to_100000'],
  ['PostgreSQL', 'postgres', openPostgres, postgresUrl, collectPostgres, 'SELECT generate_series(1, 100000)'],
] as const

test.each(DATABASES)(
  '%s: a bit that turns on the way is a lost connection, and retryable',
  async (_name, server, open, url, collect, sql) => {
    const { host, port, database } = inject(server)
    const proxy = await TcpProxy.start({ host, port })
    onTestFinished(() => proxy.stop())
    const through = url(database).replace(`localhost:${port}`, `localhost:${proxy.port}`)
    const session = await open(through).connect('batchquery broken-tls')
    const byte = proxy.seen['to client'].bytes + 200_000
    proxy.fail({ direction: 'to client', at: { byte }, fault: { kind: 'flip' } })
    await expect(collect(session, sql)).rejects.toMatchObject({ code: 'DATABASE_LOST', retryable: true })
    await session.close()
  },
)
