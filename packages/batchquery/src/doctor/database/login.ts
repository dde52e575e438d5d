import { setTimeout as sleep } from 'node:timers/promises'
import { openDatabase } from '../../config/index.ts'
import { askSession } from '../../database/ask-session.ts'
import type { DatabaseUrl } from '../../database/database-url.ts'
import type { ServerChecks } from '../../database/dialect.ts'
import { databaseDialect } from '../../database/dialects.ts'
import { refuseUnmet } from '../../database/native-export.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { Finding } from '../check.ts'
import { judgeClock } from '../clock.ts'
import { type DatabasePlace, needsToken } from '../place.ts'
import { withSession } from './with-session.ts'

/** @throws as `Database.connect` */
export async function logIn(place: DatabasePlace, signal: AbortSignal): Promise<Finding> {
  const started = performance.now()
  return withSession(place, signal, async ({ id, server }) => {
    const milliseconds = Math.round(performance.now() - started)
    const who = place.url.user === '' ? '' : `as ${place.url.user}, `
    return { figure: `${who}${server.kind} ${server.version}, session ${id}, ${milliseconds} ms` }
  })
}

/** The checks that servers of a dialect need. @throws INTERNAL for an embedded database, which is not a server */
export async function checksOf({ dialect: key }: DatabaseUrl): Promise<ServerChecks> {
  const dialect = databaseDialect(key)
  if (dialect.kind === 'server') return dialect.checks()
  throw new BatchQueryError('INTERNAL', `a database of ${key} is not a server`)
}

/** @throws AUTHENTICATION if the server would refuse tokens because of it */
export async function compareClocks(place: DatabasePlace, signal: AbortSignal): Promise<Finding> {
  const { now } = await checksOf(place.url)
  return withSession(place, signal, async session => {
    const before = new Date()
    const [[seconds] = []] = await askSession(session, now)
    const after = new Date()
    const theirs = new Date(Number(seconds) * 1000)
    return judgeClock({ whose: 'the server', theirs, before, after }, needsToken(place))
  })
}

/** The server runs the statement by then, in most cases. The check ends the statement in any case. */
const BEGUN_MS = 100

/**
 * Stops a statement through a second connection, as Ctrl-C and `cancel` do.
 *
 * @throws as `Session.cancel`; QUERY_FAILED if it ended by itself
 */
export async function cancelStatement(place: DatabasePlace, signal: AbortSignal): Promise<Finding> {
  const { settings, environment, folder, id } = place
  const { wait } = await checksOf(place.url)
  const database = await openDatabase(settings.database, environment, folder)
  const session = await database.connect(`batchquery ${id}`, signal)
  try {
    const running = session.execute(wait, 0)
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
    return { figure: `a second session stopped session ${session.id}, ${milliseconds} ms` }
  } finally {
    await session.close()
  }
}

const notCancelled = (): BatchQueryError =>
  new BatchQueryError('QUERY_FAILED', 'the statement ended by itself before batchquery cancelled it', {
    hint: 'Find what ends statements early: a proxy, or a limit of the user.',
  })

/** Whether the user may read something of the database: a check does not know which tables tasks read. @throws PERMISSION */
export async function mayRead(place: DatabasePlace, signal: AbortSignal): Promise<Finding> {
  const checks = await checksOf(place.url)
  return withSession(place, signal, session => checks.mayRead(session, place.url))
}

/** The settings that end a statement of hours, or a long row. */
export async function readServerSettings(place: DatabasePlace, signal: AbortSignal): Promise<Finding> {
  const checks = await checksOf(place.url)
  return withSession(place, signal, session => checks.settings(session))
}

/**
 * Looks at everything that the server's own export to S3 needs, on a server that a run lets export by itself without being asked to.
 *
 * @throws PERMISSION, with the statement or the parameter that repairs it
 */
export function lookAtNativeExport(place: DatabasePlace, signal: AbortSignal): Promise<Finding> {
  return withSession(place, signal, async session => {
    const { native } = databaseDialect(session.dialect)
    if (!native?.isUsual(session.server))
      return { skipped: `batchquery streams results from ${session.server.kind}` }
    const needs = await (await native.load()).needs(session)
    refuseUnmet(needs)
    return { figure: needs.map(({ what }) => what).join(', ') }
  })
}
