import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { endLeftoverSessions } from '../../../src/config/index.ts'
import type { Session } from '../../../src/database/database.ts'
import { sessionMark } from '../../../src/database/session-mark.ts'
import { PATIENCE_MS } from '../../setup/patience.ts'
import { failed, look } from '../doctor/looking.ts'
import { SERVERS } from './servers.ts'
import { SilentProxy } from './silent-proxy.ts'

const SILENCE_MS = 300
const PARTY = "'🎉'"

/** Some lists of statements cannot show such characters: MySQL 9's information_schema.PROCESSLIST fails then. */
describe.each(SERVERS)('$name while a session runs a statement with characters of four bytes', server => {
  let bystander: Session
  let bystanding: Promise<unknown>
  const statement = async ({ id }: Session) => (await server.session(id))[0]?.statement ?? null

  beforeAll(async () => {
    bystander = await server.open().connect('batchquery bystander')
    bystanding = bystander.execute(`${server.sleep(1000)}, ${PARTY}`, 1).catch((error: unknown) => error)
    // expect.poll works only in tests.
    await vi.waitFor(async () => expect(await statement(bystander)).toContain('🎉'), PATIENCE_MS)
  })

  afterAll(async () => {
    expect(await statement(bystander)).toContain('🎉')
    await bystander.cancel()
    expect(await bystanding).toMatchObject({ code: 'CANCELLED' })
  })

  async function running(mark: string, port?: number) {
    const session = await server.open(port).connect(mark)
    onTestFinished(() => session.close())
    const ended = session.execute(`${server.sleep(1000)}, ${PARTY}`, 1).catch((error: unknown) => error)
    await expect.poll(() => statement(session)).toContain('🎉')
    return { session, ended }
  }

  test('cancel ends a statement', async () => {
    const { session, ended } = await running('batchquery party')
    await session.cancel()
    expect(await server.session(session.id)).toEqual([])
    expect(await ended).toMatchObject({ code: 'CANCELLED' })
  })

  test('endSessions ends the sessions of a dead process, and no others', async () => {
    const proxy = await SilentProxy.start(server.port())
    const { session } = await running('batchquery party', proxy.port)
    proxy.silence()
    await server.open().endSessions([session.id, bystander.id], 'batchquery other')
    expect(await statement(session)).toContain('🎉')
    await server.open().endSessions([session.id, bystander.id], 'batchquery party')
    expect(await server.session(session.id)).toEqual([])
  })

  test('reap ends the sessions of a dead run', async () => {
    const { session } = await running(sessionMark('party'))
    const { dialect, host, name } = server.open()
    const record = { id: 'party', databases: [{ dialect, host, name, sessions: [session.id] }] }
    const settings = { database: server.url(), databases: new Map() }
    expect(await endLeftoverSessions(record, { settings, environment: {}, folder: '/' })).toEqual([])
    expect(await server.session(session.id)).toEqual([])
  })

  test('a runner waits for a silent statement', async () => {
    const database = server.open(undefined, { silenceMs: SILENCE_MS })
    const session = await database.connect('batchquery party')
    onTestFinished(() => session.close())
    const { results } = await session.execute(`${server.sleep(SILENCE_MS / 100)}, ${PARTY}`, 1)
    expect(results[0].rows[0][1]).toBe('🎉')
  })

  test('the doctor finds nothing wrong', async () => {
    expect(failed(await look({ database: server.url() }))).toEqual([])
  })
})
