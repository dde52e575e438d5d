import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { endless, SERVERS } from './servers.ts'
import { SilentProxy } from './silent-proxy.ts'

describe.each(SERVERS)('$name', server => {
  async function login(mark: string, port?: number): Promise<Session> {
    const session = await server.open(port).connect(mark)
    onTestFinished(() => session.close())
    return session
  }

  /** A statement that is running, and a promise of how it ends. */
  async function running(session: Session, sql: string): Promise<{ readonly ended: Promise<unknown> }> {
    const ended = session.execute(sql, 1).catch((error: unknown) => error)
    await expect.poll(async () => (await server.session(session.id))[0]?.statement ?? null).not.toBeNull()
    return { ended }
  }

  test('cancel ends a routine when the server lists its inner statement', async () => {
    const session = await login('batchquery cancel-routine')
    await session.execute(server.routine.create, 0)
    const ended = session.execute(server.routine.call, 1).catch((error: unknown) => error)
    await expect.poll(async () => (await server.session(session.id))[0]?.statement ?? null).not.toBeNull()
    await session.cancel()
    expect(await server.session(session.id)).toEqual([])
    expect(await ended).toMatchObject({ code: 'CANCELLED' })
  })

  test('cancel ends a statement that removed the mark, or reports that it does not', async () => {
    const session = await login('batchquery cancel-unmarked')
    await session.execute(server.unmarking.create, 0)
    const ended = session.execute(server.unmarking.call(1000), 1).catch((error: unknown) => error)
    await expect.poll(async () => (await server.session(session.id))[0]?.statement).toMatch(/sleep/i)
    const cancelled = await session.cancel().catch((error: unknown) => error)
    expect(await ended).toMatchObject({ code: 'CANCELLED' })
    if (cancelled !== undefined)
      expect(cancelled).toMatchObject({ code: 'DATABASE_LOST', hint: expect.stringContaining(session.id) })
    if (cancelled !== undefined) await server.kill(session.id)
    await expect.poll(() => server.session(session.id)).toEqual([])
  })

  describe('leftover sessions', () => {
    /** A session behind a proxy that falls silent, as if its machine were lost. */
    async function lost(mark: string, sql: string | null): Promise<Session> {
      const proxy = await SilentProxy.start(server.port())
      const session = await login(mark, proxy.port)
      if (sql !== null) {
        void session.execute(sql, 1).catch(() => {})
        await expect.poll(async () => (await server.session(session.id))[0]?.statement ?? null).not.toBeNull()
      }
      proxy.silence()
      return session
    }

    test.each([
      ['that run a statement', () => server.sleep(1000)],
      ['that run a routine', () => server.routine.call],
      ['that send rows', () => endless(server)],
      ['that are idle', () => null],
    ])('%s are ended', async (_name, sql) => {
      const setUp = await login('batchquery setup')
      await setUp.execute(server.routine.create, 0)
      const session = await lost('batchquery dead', sql())
      await server.open().endSessions([session.id], 'batchquery dead')
      expect(await server.session(session.id)).toEqual([])
      await server.open().endSessions([session.id], 'batchquery dead')
    })

    test('stay when their mark differs: r10 is not r1', async () => {
      const session = await login('batchquery r10')
      const { ended } = await running(session, server.busy)
      await server.open().endSessions([session.id, '1'], 'batchquery r1')
      expect(await server.session(session.id)).toHaveLength(1)
      await session.cancel()
      expect(await ended).toMatchObject({ code: 'CANCELLED' })
    })

    test('are distinguished by long marks too', async () => {
      const mark = `batchquery ${'long-run-id-'.repeat(5)}`
      const session = await login(`${mark}0123`)
      const { ended } = await running(session, server.busy)
      await server.open().endSessions([session.id], `${mark}0124`)
      expect(await server.session(session.id)).toHaveLength(1)
      await server.open().endSessions([session.id], `${mark}0123`)
      expect(await server.session(session.id)).toEqual([])
      expect(await ended).toMatchObject({ code: 'QUERY_FAILED' })
    })
  })

  test('a login ends at any moment when its signal aborts', async () => {
    for (const milliseconds of [0, 1, 3, 6, 10, 20, 40]) {
      const reason = new Error(`aborted after ${milliseconds} ms`)
      const controller = new AbortController()
      const login = server.open().connect('batchquery aborted-login', controller.signal)
      setTimeout(() => controller.abort(reason), milliseconds)
      const session = await login.catch((error: unknown) => {
        expect(error).toBe(reason)
        return null
      })
      await session?.close()
    }
  })

  test('a login ends at once when its signal aborts and the server does not answer', async () => {
    const mute = createServer(() => {}).listen(0, '127.0.0.1')
    await once(mute, 'listening')
    onTestFinished(() => void mute.close())
    const address = mute.address()
    const port = typeof address === 'object' ? address?.port : 0
    const controller = new AbortController()
    const login = server.open(port).connect('batchquery aborted-login', controller.signal)
    const connected = once(mute, 'connection')
    const [socket] = await connected
    controller.abort(new Error('stop requested'))
    await expect(login).rejects.toThrow('stop requested')
    await once(socket.resume(), 'close')
  })
})
