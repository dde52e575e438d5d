import { shownHost } from '../database/database-url.ts'
import { findDialect, inMemoryUrl } from '../database/dialects.ts'
import { sessionMark } from '../database/session-mark.ts'
import { parseDatabaseUrl } from '../database/url.ts'
import { BatchQueryError } from '../errors/index.ts'
import { openDatabase } from './databases.ts'
import type { Settings } from './settings.ts'

/** Sessions of a run at one database, as its record has them. */
export interface LeftoverSessions {
  readonly dialect: string
  readonly host: string
  readonly name: string
  readonly sessions: readonly string[]
}

/** The means to reach the databases of a dead run. */
export interface SessionsPlace {
  readonly settings: Pick<Settings, 'database' | 'databases'>
  readonly environment: NodeJS.ProcessEnv
  readonly folder: string
  /** Opens a URL. @default - as configured */
  readonly open?: typeof openDatabase
}

/**
 * Ends the leftover sessions of a dead run in its databases. The record has the host of a database and no login: the login comes from
 * the databases that are configured here. Never throws.
 *
 * @returns a sentence with the next step for each database that could not be reached
 */
export async function endLeftoverSessions(
  { id, databases }: { readonly id: string; readonly databases: readonly LeftoverSessions[] },
  place: SessionsPlace,
): Promise<readonly string[]> {
  const warnings: string[] = []
  for (const leftover of databases.filter(({ sessions }) => sessions.length > 0)) {
    const reason = await endAt(leftover, id, place)
    if (reason !== null) warnings.push(warning(leftover, id, reason))
  }
  return warnings
}

/** Returns why the sessions could not be ended; null if they have ended. */
async function endAt(
  leftover: LeftoverSessions,
  runId: string,
  place: SessionsPlace,
): Promise<string | null> {
  const url = urlOf(leftover, place.settings)
  if (url === null) return 'no configured database is on that server; name it with -d'
  try {
    const database = await (place.open ?? openDatabase)(url, place.environment, place.folder)
    await database.endSessions(leftover.sessions, sessionMark(runId))
    return null
  } catch (thrown) {
    return BatchQueryError.from(thrown).message
  }
}

/** Returns the URL of the same server, preferably of the same database: its login is that of the run. */
function urlOf(
  leftover: LeftoverSessions,
  { database, databases }: SessionsPlace['settings'],
): string | null {
  const dialect = findDialect(leftover.dialect)
  // Its leftovers are on this machine, and every database of the dialect removes them.
  if (dialect?.kind === 'embedded') return inMemoryUrl(dialect)
  const places = [database, ...databases.values()].flatMap(text => placeOf(text) ?? [])
  const there = places.filter(({ dialect, host }) => dialect === leftover.dialect && host === leftover.host)
  return (there.find(({ name }) => name === leftover.name) ?? there[0])?.text ?? null
}

function placeOf(text: string) {
  try {
    const url = parseDatabaseUrl(text)
    return { text, dialect: url.dialect, host: shownHost(url), name: url.name }
  } catch {
    return null
  }
}

function warning({ dialect, host, sessions }: LeftoverSessions, runId: string, reason: string): string {
  const known = findDialect(dialect)
  const byHand =
    known?.kind === 'server' ? `. To end them by hand: ${known.endByHand(sessions, sessionMark(runId))}` : ''
  return `statements of run ${runId} on ${dialect} ${host} may still be running: ${reason}${byHand}`
}
