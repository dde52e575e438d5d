import { createHash } from 'node:crypto'
import type { Connection } from 'mysql2'
import { ask } from './ask.ts'

/** A session in the process list. */
export interface ListedSession {
  /**
   * Whether it has our mark. If not, the id belongs to another session, for example after a restart of the server.
   */
  readonly isOurs: boolean
  /** Whether it waits for a statement. */
  readonly isIdle: boolean
  /** The column State, such as `Sending data`. Null if it is empty. */
  readonly doing: string | null
}

/** The comment before every statement of a session, by which people and other processes recognize it. */
export const markComment = (mark: string): string => `/* ${mark} */`

/** Names of locks have at most 64 characters. */
const lockName = (id: string, mark: string): string =>
  `batchquery-${createHash('sha256').update(`${mark} ${id}`).digest('hex').slice(0, 40)}`

/**
 * Marks the session itself, with a lock that no other session asks for, until the session ends. The process list
 * shows the inner statement of a routine without its comment, and no statement at all for an idle session. Clusters
 * without such locks have only the comment.
 */
export async function markSession(connection: Connection, id: string, mark: string): Promise<void> {
  await ask(connection, `SELECT GET_LOCK('${lockName(id, mark)}', 0)`).catch(() => {})
}

/** Null if the server does not list the session any more. */
export async function findSession(
  connection: Connection,
  id: string,
  mark: string,
): Promise<ListedSession | null> {
  // Before the list, because a session that ends releases its lock first.
  const [[holder]] = await ask(connection, `SELECT IS_USED_LOCK('${lockName(id, mark)}')`).catch(() => [
    [null],
  ])
  const entry = (await entryInTable(connection, id)) ?? (await entryInList(connection, id))
  if (entry === null) return null
  const isMarked = holder === id || entry.statement?.startsWith(markComment(mark)) === true
  return { isOurs: isMarked, isIdle: entry.command === 'Sleep', doing: entry.state || null }
}

/** The server's entry for a session. */
interface Entry {
  readonly command: string | null
  readonly state: string | null
  readonly statement: string | null
}

/** The command of a session that runs a prepared statement. */
const EXECUTES = 'Execute'

/** Connections to servers without the table: MariaDB, and MySQL before 5.7.39 and 8.0.22. */
const withoutTable = new WeakSet<Connection>()

/**
 * Null also if the table lacks the session: performance_schema may be off, or limited to fewer sessions than exist. A
 * user without PROCESS sees their own sessions in it. information_schema.PROCESSLIST is useless: in MySQL 9 it fails
 * while any statement in it has a character of four bytes.
 */
async function entryInTable(connection: Connection, id: string): Promise<Entry | null> {
  if (withoutTable.has(connection)) return null
  try {
    const [row] = await ask(
      connection,
      `SELECT COMMAND, STATE, INFO FROM performance_schema.processlist WHERE ID = ${Number(id)}`,
    )
    // MySQL 8.0 does not show the text of a prepared statement here.
    if (row === undefined || (row[0] === EXECUTES && row[2] === null)) return null
    return entryOf(row[0], row[1], row[2])
  } catch {
    withoutTable.add(connection)
    return null
  }
}

/**
 * Every server has this list, complete and with the same rights, but it also sends the statements of all other
 * sessions.
 */
async function entryInList(connection: Connection, id: string): Promise<Entry | null> {
  const rows = await ask(connection, 'SHOW FULL PROCESSLIST')
  const row = rows.find(([listed]) => listed === id)
  return row === undefined ? null : entryOf(row[4], row[6], row[7])
}

type Field = string | null | undefined

const entryOf = (command: Field, state: Field, statement: Field): Entry => ({
  command: command ?? null,
  state: state ?? null,
  statement: statement ?? null,
})
