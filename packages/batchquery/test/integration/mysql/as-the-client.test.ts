import { connect, createServer, type Socket } from 'node:net'
import { beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { freshDatabase } from '../../setup/mariadb-client.ts'
import { ownClient } from '../../setup/own-client.ts'
import { openDatabase, serverUrl } from './session.ts'

/* The session of a task is the same as that of the server's own client. */

let database: string

beforeAll(async () => {
  database = await freshDatabase()
})

/** The settings that batchquery makes once for each session, as listed in docs/operations.md. */
const SET_AT_LOGIN = [
  'character_set_results',
  'net_write_timeout',
  'session_track_system_variables',
  'wait_timeout',
]
/** The variables that differ between any two sessions. */
const OF_THE_MOMENT =
  /^(pseudo_thread_id|rand_seed\d|timestamp|in_transaction|last_gtid|gtid_.*|error_count|warning_count|identity|last_insert_id|proxy_user|external_user|statement_id)$/

test('each session variable has the same value as in the client, except the four that are listed', async () => {
  const printed = await ownClient('SHOW SESSION VARIABLES;', database)
  const ofClient = new Map(printed.split('\n').map(line => [line.split('\t')[0], line]))
  const session = await openDatabase(serverUrl(database)).connect('batchquery as-the-client')
  const { results } = await session.execute('SHOW SESSION VARIABLES', 10_000)
  await session.close()
  expect(results[0].rows.length).toBeGreaterThan(300)
  const other = results[0].rows
    .map(([name, value]) => [name ?? '', `${name}\t${value}`])
    .filter(([name, line]) => !OF_THE_MOMENT.test(name) && !sameText(ofClient.get(name), line))
    .map(([name]) => name)
  expect(other).toEqual(SET_AT_LOGIN.filter(name => other.includes(name)))
  expect(other).toContain('net_write_timeout')
})

/** The client prints a line feed in a value as \n. */
const sameText = (a: string | undefined, b: string): boolean =>
  a === b.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')

/** Flags of the handshake. https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html */
const FLAGS = {
  FOUND_ROWS: 1 << 1,
  NO_SCHEMA: 1 << 4,
  ODBC: 1 << 6,
  LOCAL_FILES: 1 << 7,
  IGNORE_SPACE: 1 << 8,
  INTERACTIVE: 1 << 10,
  MULTI_STATEMENTS: 1 << 16,
  CAN_HANDLE_EXPIRED_PASSWORDS: 1 << 22,
}
/** For safety: the server may not ask for files of this machine, and a statement is one statement. */
const OMITTED = ['LOCAL_FILES', 'MULTI_STATEMENTS']

test('the flags that change the meaning of SQL are the same as those of the client', async () => {
  const ofClient = await flagsOf(port => ownClient('SELECT 1;', database, { host: '127.0.0.1', port }))
  const ours = await flagsOf(async port => {
    const { user, password } = inject('mariadb')
    const url = `mysql://${user}:${password}@127.0.0.1:${port}/${database}?sslmode=disable`
    await (await openDatabase(url).connect('batchquery as-the-client')).close()
  })
  expect(ours).toEqual(ofClient.filter(name => !OMITTED.includes(name)))
  expect(ofClient).toContain('MULTI_STATEMENTS')
})

/** The flags in the first packet that a client sends. It does not matter whether the login succeeds. */
async function flagsOf(logIn: (port: number) => Promise<unknown>): Promise<string[]> {
  const { port } = inject('mariadb')
  let flags: number | null = null
  const server = createServer(client => {
    const upstream = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] satisfies [Socket, Socket][]) {
      from.on('data', bytes => to.write(bytes))
      from.on('close', () => to.destroy())
      from.on('error', () => to.destroy())
    }
    client.once('data', packet => {
      flags ??= packet.readUInt32LE(4)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  await logIn(typeof address === 'object' && address !== null ? address.port : 0).catch(() => {})
  if (flags === null) throw new Error('the client sent nothing')
  const sent: number = flags
  return Object.entries(FLAGS).flatMap(([name, bit]) => ((sent & bit) === 0 ? [] : [name]))
}
