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
 * @param mark a session that does not bear it is somebody else's, and left alone
 * @throws DATABASE_LOST where one is still there after 15 s
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
 * Ends a session that is ours and was alive until now. A task may have taken its mark away: then it is left alone, for
 * the server may have started anew and given the id to somebody else.
 *
 * @throws as `killSessions`; DATABASE_LOST where the mark is gone
 */
export async function killOwnSession(connection: Connection, id: string, mark: string): Promise<void> {
  const found = await findSession(connection, id, mark)
  if (found?.isOurs === false)
    throw new BatchQueryError('DATABASE_LOST', `session ${id} does not bear the mark of the run any more`, {
      hint: `Look at it with SHOW PROCESSLIST, and KILL ${id} where it is yours.`,
    })
  if (found !== null) await kill(connection, id, mark)
}

/**
 * Ends a session whose own connection is gone already, and settles when the process list has it no more:
 *
 *     KILL QUERY ──(still listed after 2 s)──▶ KILL ──(still listed after 15 s)──▶ given up
 *
 * The end of the statement alone would not be enough: a routine, or a machine that was lost, leaves an idle session
 * with its locks behind.
 *
 * @throws DATABASE_LOST where the session is still there after 15 s
 */
async function kill(connection: Connection, id: string, mark: string): Promise<void> {
  const started = Date.now()
  await send(connection, `KILL QUERY ${Number(id)}`)
  let isKilled = false
  // Its mark goes before it does.
  while ((await findSession(connection, id, mark)) !== null) {
    const elapsed = Date.now() - started
    if (elapsed > GIVE_UP_AFTER_MS)
      throw new BatchQueryError(
        'DATABASE_LOST',
        `session ${id} is still there ${GIVE_UP_AFTER_MS / 1000} s after KILL`,
        { hint: 'Look at it with SHOW PROCESSLIST; a rollback may take its time.' },
      )
    if (!isKilled && elapsed > HARDER_AFTER_MS) {
      await send(connection, `KILL ${Number(id)}`)
      isKilled = true
    }
    await sleep(POLL_MS)
  }
}

/** The session may end by itself between the look and the kill. */
async function send(connection: Connection, sql: string): Promise<void> {
  try {
    await ask(connection, sql)
  } catch (error) {
    if (!(error instanceof BatchQueryError) || !error.message.includes(NO_SUCH_THREAD)) throw error
  }
}
