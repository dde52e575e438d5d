import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import type { Database } from '../../../src/database/database.ts'
import { MysqlDatabase } from '../../../src/database/mysql/mysql-database.ts'
import { passwordCredentials } from '../../../src/database/password-credentials.ts'
import { PostgresDatabase } from '../../../src/database/postgres/postgres-database.ts'
import { parseDatabaseUrl } from '../../../src/database/url.ts'
import { PATIENCE_MS } from '../../setup/patience.ts'

/* A server that starts, or a cluster that was paused, refuses logins for a while, each in its own way. */

/** How a connection is refused. */
type Refusal = (client: Socket) => void

const closes: Refusal = client => void client.end()
const saysNothing: Refusal = () => {}
const mysqlError = (number: number, text: string): Refusal => {
  const payload = Buffer.concat([
    Buffer.from([0xff, number & 0xff, number >> 8]),
    Buffer.from(`#08004${text}`),
  ])
  return client => void client.end(Buffer.concat([Buffer.from([payload.length, 0, 0, 0]), payload]))
}
const postgresError = (state: string, text: string): Refusal => {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${state}\0M${text}\0\0`)
  const head = Buffer.from([0x45, 0, 0, 0, 0])
  head.writeInt32BE(fields.length + 4, 1)
  return client => void client.once('data', () => client.end(Buffer.concat([head, fields])))
}

/** A proxy that refuses the first connections, and passes the others to the server's socket. */
async function refusing(to: string, refusals: readonly Refusal[]): Promise<Server> {
  const remaining = [...refusals]
  const server = createServer(client => {
    client.on('error', () => {})
    onTestFinished(() => void client.destroy())
    const refuse = remaining.shift()
    if (refuse !== undefined) return refuse(client)
    const upstream = connect(to).on('error', () => client.destroy())
    client.pipe(upstream).pipe(client)
  })
  onTestFinished(() => void server.close())
  return server
}

async function listen(server: Server, port = 0): Promise<number> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** How long a login waits for a server that does not answer. It waits longer for other servers. */
const MUTE_MS = 1_000

function open(
  dialect: 'mysql' | 'postgres',
  port: number,
  { settings = '', connectTimeoutMs = PATIENCE_MS } = {},
): Database {
  const { user, password, database } = inject(dialect === 'mysql' ? 'mariadb' : 'postgres')
  const scheme = dialect === 'mysql' ? 'mysql' : 'postgres'
  const url = parseDatabaseUrl(
    `${scheme}://${user}:${password}@127.0.0.1:${port}/${database}?sslmode=disable${settings}`,
  )
  const credentials = passwordCredentials(url, {})
  return dialect === 'mysql'
    ? new MysqlDatabase(url, credentials, { connectTimeoutMs })
    : new PostgresDatabase(url, credentials, { connectTimeoutMs })
}

function socketOf(dialect: 'mysql' | 'postgres'): string {
  if (dialect === 'mysql') return inject('mariadb').socket
  const { socket, port } = inject('postgres')
  return `${socket}/.s.PGSQL.${port}`
}

const REFUSALS: readonly (readonly ['mysql' | 'postgres', readonly [string, Refusal, RegExp][]])[] = [
  [
    'mysql',
    [
      ['closes the connection', closes, /login at/],
      ['says nothing', saysNothing, /accepted the connection and sent nothing/],
      ['has no connection free', mysqlError(1040, 'Too many connections'), /1040/],
      ['is shutting down', mysqlError(1053, 'Server shutdown in progress'), /1053/],
    ],
  ],
  [
    'postgres',
    [
      ['closes the connection', closes, /login at/],
      ['says nothing', saysNothing, /accepted the connection and sent nothing/],
      ['is starting', postgresError('57P03', 'the database system is starting up'), /starting up/],
      [
        'has no connection free',
        postgresError('53300', 'sorry, too many clients already'),
        /too many clients/,
      ],
    ],
  ],
]
const here = REFUSALS.filter(([dialect]) => inject('dialects').includes(dialect))

describe.each(here)('%s', (dialect, refusals) => {
  test.each(refusals)('a login waits when the server %s', async (_name, refuse, said) => {
    const server = await refusing(socketOf(dialect), [refuse, refuse])
    const database = open(
      dialect,
      await listen(server),
      refuse === saysNothing ? { connectTimeoutMs: MUTE_MS } : {},
    )
    const messages: string[] = []
    const session = await database.connect('batchquery resuming', undefined, text => messages.push(text))
    await session.close()
    // The login reports the same failure only once.
    expect(messages).toEqual([expect.stringMatching(said)])
    expect(messages[0]).toMatch(/; trying again for \d+ s$/)
  })

  test.each(refusals)('a login that must not wait fails when the server %s', async (_name, refuse, said) => {
    const server = await refusing(socketOf(dialect), [refuse])
    const database = open(
      dialect,
      await listen(server),
      refuse === saysNothing ? { connectTimeoutMs: MUTE_MS } : {},
    )
    await expect(database.connect('batchquery resuming')).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      retryable: true,
      message: expect.stringMatching(said),
    })
  })

  test('a login waits when nothing listens yet', async () => {
    const server = await refusing(socketOf(dialect), [])
    const port = await listen(server)
    server.close()
    await once(server, 'close')
    const messages: string[] = []
    const session = await open(dialect, port).connect('batchquery resuming', undefined, text => {
      messages.push(text)
      void listen(server, port)
    })
    await session.close()
    expect(messages).toEqual([expect.stringContaining('ECONNREFUSED')])
  })

  test('a login waits no longer than connect_timeout, and not at all when waiting cannot help', async () => {
    const server = await refusing(socketOf(dialect), [closes, closes])
    const port = await listen(server)
    const messages: string[] = []
    const report = (text: string) => void messages.push(text)
    const waiting = open(dialect, port, { settings: '&connect_timeout=0' }).connect('m', undefined, report)
    await expect(waiting).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' })
    const url = parseDatabaseUrl(`${dialect}://u:p@no-such-host.invalid/db`)
    const Driver = dialect === 'mysql' ? MysqlDatabase : PostgresDatabase
    const unknown = new Driver(url, passwordCredentials(url, {})).connect('m', undefined, report)
    await expect(unknown).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' })
    expect(messages).toEqual([])
  })
})
