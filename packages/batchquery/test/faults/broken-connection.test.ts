import { describe, expect, inject, onTestFinished, test } from 'vitest'
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
import { numbers } from '../setup/mysql-numbers.ts'
import { TcpProxy } from './tcp-proxy.ts'

const DATABASES = [
  ['mariadb', openMysql, mysqlUrl, collectMysql, `SELECT seq FROM ${numbers(100_000)}`],
  ['postgres', openPostgres, postgresUrl, collectPostgres, 'SELECT generate_series(1, 100000)'],
] as const

const LOST = { code: 'DATABASE_LOST', retryable: true }

describe.each(DATABASES)('%s', (server, open, url, collect, sql) => {
  async function behindProxy() {
    const { host, port, database } = inject(server)
    const proxy = await TcpProxy.start({ host, port })
    onTestFinished(() => proxy.stop())
    const through = url(database).replace(`localhost:${port}`, `localhost:${proxy.port}`)
    return { proxy, connect: () => open(through).connect('batchquery broken-connection') }
  }

  test('a bit that flips on the way causes a lost connection', async () => {
    const { proxy, connect } = await behindProxy()
    const session = await connect()
    const byte = proxy.seen['to client'].bytes + 200_000
    proxy.fail({ direction: 'to client', at: { byte }, fault: { kind: 'flip' } })
    await expect(collect(session, sql)).rejects.toMatchObject(LOST)
    await session.close()
  })

  test.each(['cut', 'truncate'] as const)(
    'the server is unreachable when the connection breaks (%s) before TLS is established',
    async kind => {
      const { proxy, connect } = await behindProxy()
      // The certificate is on its way.
      proxy.fail({ direction: 'to client', at: { byte: 500 }, fault: { kind } })
      await expect(connect()).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE', retryable: true })
    },
  )

  test('a connection that breaks while it is idle is lost', async () => {
    const { proxy, connect } = await behindProxy()
    const session = await connect()
    proxy.loseClients()
    proxy.heal()
    await expect(session.execute('SELECT 1', 1)).rejects.toMatchObject(LOST)
    await expect(session.execute('SELECT 1', 1)).rejects.toMatchObject(LOST)
    await session.close()
  })
})

test.each(['cut', 'truncate'] as const)(
  'a connection that breaks (%s) between rows of the binary protocol is lost',
  async kind => {
    const { host, port, database } = inject('mariadb')
    const proxy = await TcpProxy.start({ host, port })
    onTestFinished(() => proxy.stop())
    const through = mysqlUrl(database).replace(`localhost:${port}`, `localhost:${proxy.port}`)
    const session = await openMysql(through).connect('batchquery broken-binary')
    proxy.fail({
      direction: 'to client',
      at: { byte: proxy.seen['to client'].bytes + 200_000 },
      fault: { kind },
    })
    // With a DOUBLE, the session prepares the query.
    const sql = `SELECT seq, seq / 3e0 AS d FROM ${numbers(100_000)}`
    await expect(collectMysql(session, sql, { format: 'PARQUET' })).rejects.toMatchObject(LOST)
    await session.close()
  },
)

describe('a question of ours between statements, at MySQL', () => {
  const LAYOUT_NEEDS = { text: 'stored', characterSet: null } as const

  test.each(['announce', 'deliverLateWarnings'] as const)(
    '%s ends when it is cancelled, although the server does not answer',
    async question => {
      const { host, port, database } = inject('mariadb')
      const proxy = await TcpProxy.start({ host, port })
      onTestFinished(() => proxy.stop())
      const through = mysqlUrl(database).replace(`localhost:${port}`, `localhost:${proxy.port}`)
      const session = await openMysql(through).connect('batchquery broken-connection')
      if (question === 'deliverLateWarnings') {
        await session.execute('CREATE TEMPORARY TABLE kept (n INT)', 1)
        await session.execute("INSERT IGNORE INTO kept VALUES ('x')", 1, () => {})
      }
      proxy.fail({
        direction: 'to server',
        at: { byte: proxy.seen['to server'].bytes + 1 },
        fault: { kind: 'stall' },
      })
      const asked = question === 'announce' ? session.announce(LAYOUT_NEEDS) : session.deliverLateWarnings()
      const refused = expect(asked).rejects.toMatchObject({ code: 'CANCELLED' })
      await session.cancel()
      await refused
      await session.close()
    },
  )
})
