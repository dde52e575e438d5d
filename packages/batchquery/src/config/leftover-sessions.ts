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

/** What the databases of a dead run are reached with. */
export interface SessionsPlace {
  readonly settings: Pick<Settings, 'database' | 'databases'>
  readonly environment: NodeJS.ProcessEnv
  readonly folder: string
  /** Opens a URL. @default - as configured */
  readonly open?: typeof openDatabase
}

/**
 * Ends what a dead run left in its databases. A record tells a database's place and no login: that comes from the
 * databases that are configured here. Never throws.
 *
 * @returns a sentence for each database where that could not be done, with the next step
 */
export async function endLeftoverSessions(
  { id, databases }: { readonly id: string; readonly databases: readonly LeftoverSessions[] },
  place: SessionsPlace,
): Promise<readonly string[]> {
  const warnings: string[] = []
  for (const left of databases.filter(({ sessions }) => sessions.length > 0)) {
    const reason = await endAt(left, id, place)
    if (reason !== null) warnings.push(warning(left, id, reason))
  }
  return warnings
}

/** Why not; null where it is done. */
async function endAt(left: LeftoverSessions, runId: string, place: SessionsPlace): Promise<string | null> {
  const url = urlOf(left, place.settings)
  if (url === null) return 'no database that is configured here is that one; name it with -d'
  try {
    const database = await (place.open ?? openDatabase)(url, place.environment, place.folder)
    await database.endSessions(left.sessions, sessionMark(runId))
    return null
  } catch (thrown) {
    return BatchQueryError.from(thrown).message
  }
}

/** Of the same server; best of the same database there, as its login is the one that was used. */
function urlOf(left: LeftoverSessions, { database, databases }: SessionsPlace['settings']): string | null {
  const dialect = findDialect(left.dialect)
  // Its leftovers are on this machine, and every database of the dialect removes them.
  if (dialect?.kind === 'embedded') return inMemoryUrl(dialect)
  const places = [database, ...databases.values()].flatMap(text => placeOf(text) ?? [])
  const there = places.filter(({ dialect, host }) => dialect === left.dialect && host === left.host)
  return (there.find(({ name }) => name === left.name) ?? there[0])?.text ?? null
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
  const byHand = known?.kind === 'server' ? `. By hand: ${known.endByHand(sessions, sessionMark(runId))}` : ''
  return `what run ${runId} left at ${dialect} ${host} may still run: ${reason}${byHand}`
}
