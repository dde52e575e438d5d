import { createHash } from 'node:crypto'
import type { Connection } from 'mysql2'
import { ask } from './ask.ts'

/** A session as the process list has it. */
export interface ListedSession {
  /** It bears our mark: its id has not passed to somebody else, as it does when the server starts anew. */
  readonly isOurs: boolean
  /** It waits for a statement. */
  readonly isIdle: boolean
}

/** The comment before every statement of a session, by which people and other processes know it. */
export const markComment = (mark: string): string => `/* ${mark} */`

/** Names of locks have at most 64 characters. */
const lockName = (id: string, mark: string): string =>
  `batchquery-${createHash('sha256').update(`${mark} ${id}`).digest('hex').slice(0, 40)}`

/**
 * Marks the session itself, with a lock that nobody else asks for and that it holds to its end: in a routine the
 * process list shows the inner statement, without its comment, and of an idle session none at all. Clusters that know
 * no such locks are left with the comment.
 */
export async function markSession(connection: Connection, id: string, mark: string): Promise<void> {
  await ask(connection, `SELECT GET_LOCK('${lockName(id, mark)}', 0)`).catch(() => {})
}

/** Null where the server does not list the session any more. */
export async function findSession(
  connection: Connection,
  id: string,
  mark: string,
): Promise<ListedSession | null> {
  const look = (holder: string) =>
    ask(
      connection,
      `SELECT INFO, COMMAND, ${holder} = ID FROM information_schema.PROCESSLIST WHERE ID = ${Number(id)}`,
    )
  const rows = await look(`IS_USED_LOCK('${lockName(id, mark)}')`).catch(() => look('NULL'))
  if (rows.length === 0) return null
  const [[statement, command, holdsLock]] = rows
  const isMarked = holdsLock === '1' || statement?.startsWith(markComment(mark)) === true
  return { isOurs: isMarked, isIdle: command === 'Sleep' }
}
