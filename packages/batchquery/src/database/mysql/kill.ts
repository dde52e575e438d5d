import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from 'mysql2'
import { BatchQueryError } from '../../errors/index.ts'
import { ask } from './ask.ts'
import { findSession } from './listed-session.ts'

const POLL_MS = 50
const HARDER_AFTER_MS = 2_000
const GIVE_UP_AFTER_MS = 15_000
const NO_SUCH_THREAD = '(1094)'

/**
 * Ends sessions whose own connections are gone, one after the other.
 *
 * @param mark a session without it belongs to another user and is left alone
 * @throws DATABASE_LOST if a session still exists after 15 s
 */
export async function killSessions(
  connection: Connection,
  ids: readonly string[],
  mark: string,
): Promise<void> {
  for (const id of ids) {
    const isOurs = (await findSession(connection, id, mark))?.isOurs
    if (isOurs === true) await kill(connection, id, mark)
  }
}

/**
 * Ends a session of our own that was alive until now. If a task removed its mark, this leaves the session alone,
 * because the server may have restarted and assigned the id to another user.
 *
 * @throws as `killSessions`; DATABASE_LOST if the mark is gone
 */
export async function killOwnSession(connection: Connection, id: string, mark: string): Promise<void> {
  const found = await findSession(connection, id, mark)
  if (found?.isOurs === false)
    throw new BatchQueryError(
      'DATABASE_LOST',
      `session ${id} no longer has the mark of the run, so batchquery did not kill it`,
      {
        hint: `Check it with SHOW PROCESSLIST, and run KILL ${id} if it is yours.`,
      },
    )
  if (found !== null) await kill(connection, id, mark)
}

/**
 * Ends a session whose own connection is already gone, and resolves when the process list no longer contains it:
 *
 *   KILL QUERY ──(still listed after 2 s)──▶ KILL ──(still listed after 15 s)──▶ failed
 *
 * It is not enough to end the statement: a routine, or a lost machine, leaves an idle session that keeps its locks.
 *
 * @throws DATABASE_LOST if the session still exists after 15 s
 */
async function kill(connection: Connection, id: string, mark: string): Promise<void> {
  const started = Date.now()
  await send(connection, `KILL QUERY ${Number(id)}`)
  let isKilled = false
  // The session loses its mark before it ends.
  while ((await findSession(connection, id, mark)) !== null) {
    const elapsed = Date.now() - started
    if (elapsed > GIVE_UP_AFTER_MS)
      throw new BatchQueryError(
        'DATABASE_LOST',
        `session ${id} still exists ${GIVE_UP_AFTER_MS / 1000} s after KILL`,
        { hint: 'Check it with SHOW PROCESSLIST. A rollback may take long.' },
      )
    if (!isKilled && elapsed > HARDER_AFTER_MS) {
      await send(connection, `KILL ${Number(id)}`)
      isKilled = true
    }
    await sleep(POLL_MS)
  }
}

/** Tolerates a session that ended by itself between the look and the kill. */
async function send(connection: Connection, sql: string): Promise<void> {
  try {
    await ask(connection, sql)
  } catch (error) {
    if (!(error instanceof BatchQueryError) || !error.message.includes(NO_SUCH_THREAD)) throw error
  }
}
