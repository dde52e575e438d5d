import { setTimeout as sleep } from 'node:timers/promises'
import { openDatabase } from '../../config/index.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { Finding } from '../check.ts'
import { judgeClock } from '../clock.ts'
import { type DatabasePlace, needsToken } from '../place.ts'
import { ask, withSession } from './with-session.ts'

/** @throws as `Database.connect` */
export async function logIn(place: DatabasePlace, signal: AbortSignal): Promise<Finding> {
  const started = performance.now()
  return withSession(place, signal, async ({ id, server }) => {
    const milliseconds = Math.round(performance.now() - started)
    const who = place.url.user === '' ? '' : `as ${place.url.user}, `
    return { figure: `${who}${server.kind} ${server.version}, session ${id}, ${milliseconds} ms` }
  })
}

const NOW = {
  mysql: 'SELECT UNIX_TIMESTAMP(NOW(6))',
  postgres: `SELECT date_part('epoch', clock_timestamp())`,
}

/** @throws AUTHENTICATION where tokens would be refused for it */
export async function compareClocks(place: DatabasePlace, signal: AbortSignal): Promise<Finding> {
  return withSession(place, signal, async session => {
    const before = new Date()
    const [[seconds] = []] = await ask(session, session.dialect === 'mysql' ? NOW.mysql : NOW.postgres)
    const after = new Date()
    const theirs = new Date(Number(seconds) * 1000)
    return judgeClock({ whose: 'the server', theirs, before, after }, needsToken(place))
  })
}

const WAIT = { mysql: 'SELECT SLEEP(60)', postgres: 'SELECT pg_sleep(60)' }
/** Enough for the statement to have begun, in most cases. It is ended for certain in any. */
const BEGUN_MS = 100

/**
 * Stops a statement through a second connection, as Ctrl-C and `cancel` do.
 *
 * @throws as `Session.cancel`; QUERY_FAILED where it ended by itself
 */
export async function cancelStatement(place: DatabasePlace, signal: AbortSignal): Promise<Finding> {
  const { settings, environment, folder, id } = place
  const database = await openDatabase(settings.database, environment, folder)
  const session = await database.connect(`batchquery ${id}`, signal)
  try {
    const running = session.execute(session.dialect === 'mysql' ? WAIT.mysql : WAIT.postgres, 0)
    const ended = running.then(
      () => null,
      (thrown: unknown) => BatchQueryError.from(thrown),
    )
    await Promise.race([sleep(BEGUN_MS), ended])
    const started = performance.now()
    await session.cancel()
    const error = await ended
    if (error?.code !== 'CANCELLED') throw error ?? notCancelled()
    const milliseconds = Math.round(performance.now() - started)
    return { figure: `session ${session.id} was stopped by another one, ${milliseconds} ms` }
  } finally {
    await session.close()
  }
}

const notCancelled = (): BatchQueryError =>
  new BatchQueryError('QUERY_FAILED', 'the statement that was to be cancelled ended by itself', {
    hint: 'Look for what ends statements early: a proxy, a limit of the user.',
  })
