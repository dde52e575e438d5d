import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { BlockPool } from '../../../src/format/index.ts'
import { PATIENCE_MS } from '../../setup/patience.ts'
import { streamOptions } from '../../setup/stream-options.ts'
import { endless, SERVERS } from './servers.ts'
import { SilentProxy } from './silent-proxy.ts'

/** Short enough for a test. Users have a minute. */
const SILENCE_MS = 300

describe.each(SERVERS)('$name: a silent statement', server => {
  /** @param connectTimeoutMs how long a check of the silent statement waits for the server */
  async function behindProxy(connectTimeoutMs = PATIENCE_MS) {
    const proxy = await SilentProxy.start(server.port())
    const session = await server
      .open(proxy.port, { silenceMs: SILENCE_MS, connectTimeoutMs })
      .connect('batchquery silence')
    onTestFinished(() => session.close())
    return { proxy, session }
  }

  const isListed = (session: Session) => async () => (await server.session(session.id))[0]?.statement ?? null

  test('does not fail while the server runs it', async () => {
    const { session } = await behindProxy()
    const { results } = await session.execute(server.sleep(SILENCE_MS / 50), 1)
    expect(results[0].rowCount).toBe(1)
    expect((await session.execute('SELECT 1', 1)).results[0].rows).toEqual([['1']])
  })

  test('does not fail when it has removed the mark of its session', async () => {
    const { session } = await behindProxy()
    await session.execute(server.unmarking.create, 0)
    const { results } = await session.execute(server.unmarking.call(SILENCE_MS / 100), 1)
    expect(results[0].rowCount).toBe(1)
  })

  test('fails when the server does not run it any more', async () => {
    const { proxy, session } = await behindProxy()
    const ended = session.execute(server.sleep(1000), 1).catch((error: unknown) => error)
    await expect.poll(isListed(session)).not.toBeNull()
    proxy.silence()
    await server.kill(session.id)
    expect(await ended).toMatchObject({
      code: 'DATABASE_LOST',
      retryable: true,
      message: expect.stringContaining('the server no longer runs the statement'),
      hint: expect.stringContaining('Run again'),
    })
  })

  test('fails when the server cannot be asked', async () => {
    const { proxy, session } = await behindProxy(500)
    const ended = session.execute(server.sleep(1000), 1).catch((error: unknown) => error)
    await expect.poll(isListed(session)).not.toBeNull()
    proxy.silenceAll()
    expect(await ended).toMatchObject({
      code: 'DATABASE_LOST',
      message: expect.stringContaining('batchquery cannot ask the server'),
    })
    await server.open().endSessions([session.id], 'batchquery silence')
  })

  test('fails when the silence begins between rows', async () => {
    const { proxy, session } = await behindProxy()
    const stream = await session.stream(endless(server), streamOptions({ pool: new BlockPool(64 * 1024, 3) }))
    const reading = async () => {
      let blocks = 0
      for await (const block of stream) {
        block.release()
        if (++blocks === 10) {
          proxy.silence()
          await server.kill(session.id)
        }
      }
    }
    await expect(reading()).rejects.toMatchObject({ code: 'DATABASE_LOST' })
  })

  test('does not fail while the reader takes no rows', async () => {
    const { session } = await behindProxy()
    const query = server.rows(1000, 1000)
    const stream = await session.stream(query, streamOptions({ pool: new BlockPool(64 * 1024, 3) }))
    let rows = 0
    for await (const block of stream) {
      if (rows === 0) await sleep(SILENCE_MS * 5)
      rows += block.rowsEnded
      block.release()
    }
    expect(rows).toBe(1_000_000)
  })
})
