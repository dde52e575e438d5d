import type { DatabaseRecord, RunRecord } from './record.ts'

export interface DatabaseSession extends Omit<DatabaseRecord, 'sessions'> {
  /** The server's id of the session. */
  readonly session: string
}

/**
 * Ends the sessions that a run left in its databases. Never throws.
 *
 * @returns a sentence for each session that it could not end, with the next step for the user
 */
export type SessionRecovery = (record: Pick<RunRecord, 'id' | 'databases'>) => Promise<readonly string[]>

/** A record shows so many databases without an open session: the latest. */
const IDLE_IN_RECORD = 10

/** The databases of a record with a new session. */
export function withSession(
  databases: readonly DatabaseRecord[],
  { session, ...database }: DatabaseSession,
): readonly DatabaseRecord[] {
  const at = databases.findIndex(known => isSame(known, database))
  const changed = { ...database, sessions: [...(databases[at]?.sessions ?? []), session] }
  return at === -1 ? [...databases, changed] : databases.with(at, changed)
}

/** The databases of a record without a session that has ended. */
export function withoutSession(
  databases: readonly DatabaseRecord[],
  { session, ...database }: DatabaseSession,
): readonly DatabaseRecord[] {
  const remaining = databases.map(known =>
    isSame(known, database) ? { ...known, sessions: known.sessions.filter(open => open !== session) } : known,
  )
  const idle = remaining.filter(({ sessions }) => sessions.length === 0)
  const dropped = new Set(idle.slice(0, Math.max(0, idle.length - IDLE_IN_RECORD)))
  return remaining.filter(database => !dropped.has(database))
}

/** The databases of a record after all their sessions have ended. */
export const withoutSessions = (databases: readonly DatabaseRecord[]): readonly DatabaseRecord[] =>
  databases.map(database => ({ ...database, sessions: [] }))

const isSame = (
  known: DatabaseRecord,
  { dialect, server, host, name }: Omit<DatabaseSession, 'session'>,
): boolean =>
  known.dialect === dialect && known.server === server && known.host === host && known.name === name
