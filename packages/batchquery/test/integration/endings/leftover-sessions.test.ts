import { describe, expect, onTestFinished, test } from 'vitest'
import { endLeftoverSessions } from '../../../src/config/index.ts'
import { sessionMark } from '../../../src/database/session-mark.ts'
import { parseDatabaseUrl } from '../../../src/database/url.ts'
import { SERVERS, type TestServer } from './servers.ts'

/** Databases in the settings that have nothing to do with the sessions. */
const OTHERS: readonly (readonly [string, string])[] = [
  ['broken', 'nonsense'],
  ['elsewhere', 'mysql://u@db.example.com/d'],
  ['file', 'duckdb:x.duckdb'],
]

const placeWith = (database: string, named: readonly (readonly [string, string])[] = []) => ({
  settings: { database, databases: new Map([...OTHERS, ...named]) },
  environment: {},
  folder: '/',
})

describe.each(SERVERS)('$name', server => {
  async function leftoverSession(id: string) {
    const database = server.open()
    const session = await database.connect(sessionMark(id))
    onTestFinished(() => session.close())
    const { dialect, host, name } = database
    return { session, record: { id, databases: [{ dialect, host, name, sessions: [session.id] }] } }
  }

  test.each([
    ['the chosen database', () => placeWith(server.url())],
    ['a named database', () => placeWith('duckdb:x.duckdb', [['main', server.url()]])],
    [
      'another database of the same server',
      () => placeWith('duckdb:x.duckdb', [['main', otherDatabase(server)]]),
    ],
  ])('leftover sessions are ended through %s', async (_name, place) => {
    const { session, record } = await leftoverSession('dead')
    expect(await endLeftoverSessions(record, place())).toEqual([])
    expect(await server.session(session.id)).toEqual([])
  })

  test('the warning says what to do when no database is on that server, and when the login fails', async () => {
    const { session, record } = await leftoverSession('dead')
    const byHand = new RegExp(`${session.id}.*batchquery dead`)
    const [unknown = ''] = await endLeftoverSessions(record, placeWith('duckdb:x.duckdb'))
    expect(unknown).toMatch(
      /^statements of run dead on \w+ localhost:\d+ may still be running: no configured database .* with -d\. /,
    )
    expect(unknown).toMatch(byHand)
    const wrong = server.url().replace(/:[^:@/]+@/, ':wrong@')
    const [refused = ''] = await endLeftoverSessions(record, placeWith(wrong))
    expect(refused).toMatch(/may still be running: login at localhost:\d+ as "batchquery" failed/)
    expect(refused).not.toContain('wrong@')
    expect(await server.session(session.id)).toHaveLength(1)
  })
})

test('an embedded database needs no login', async () => {
  const record = {
    id: 'r1',
    databases: [{ dialect: 'duckdb', host: '/no/such/file', name: 'file', sessions: ['1.1'] }],
  }
  expect(await endLeftoverSessions(record, placeWith('mysql://u@db.example.com/d'))).toEqual([])
})

function otherDatabase(server: TestServer): string {
  const url = new URL(server.url())
  url.pathname = parseDatabaseUrl(server.url()).dialect === 'mysql' ? '/mysql' : '/template1'
  return url.href
}
