import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from 'mysql2'
import { BatchQueryError } from '../../errors/index.ts'
import { ask } from './ask.ts'

const POLL_MS = 50
const HARDER_AFTER_MS = 2_000
const GIVE_UP_AFTER_MS = 20_000
const NO_SUCH_THREAD = '(1094)'

/**
 * Stops whatever the session `id` runs, and settles when the server's process list confirms it: KILL QUERY first,
 * KILL after two seconds.
 *
 * @param mark only a statement with this mark is killed: the id may have passed to somebody else by now
 * @throws DATABASE_LOST where the statement still runs after 20 s
 */
export async function killStatement(connection: Connection, id: string, mark: string): Promise<void> {
  const started = Date.now()
  let killed: 'no' | 'query' | 'connection' = 'no'
  while (await runs(connection, id, mark)) {
    const elapsed = Date.now() - started
    if (elapsed > GIVE_UP_AFTER_MS)
      throw new BatchQueryError('DATABASE_LOST', `statement of session ${id} still runs 20 s after KILL`, {
        hint: `Look at it with SHOW PROCESSLIST; a rollback may take its time.`,
      })
    if (killed === 'no') {
      await kill(connection, `KILL QUERY ${Number(id)}`)
      killed = 'query'
    } else if (killed === 'query' && elapsed > HARDER_AFTER_MS) {
      await kill(connection, `KILL ${Number(id)}`)
      killed = 'connection'
    }
    await sleep(POLL_MS)
  }
}

async function runs(connection: Connection, id: string, mark: string): Promise<boolean> {
  const rows = await ask(
    connection,
    `SELECT INFO FROM information_schema.PROCESSLIST WHERE ID = ${Number(id)}`,
  )
  return rows.some(([statement]) => statement?.includes(mark) === true)
}

/** The session may end by itself between the look and the kill. */
async function kill(connection: Connection, sql: string): Promise<void> {
  try {
    await ask(connection, sql)
  } catch (error) {
    if (!(error instanceof BatchQueryError) || !error.message.includes(NO_SUCH_THREAD)) throw error
  }
}
