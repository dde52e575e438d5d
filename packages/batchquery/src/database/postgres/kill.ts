import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { BatchQueryError } from '../../errors/index.ts'
import { type Backend, isBackend } from './backend.ts'
import { ask } from './statement.ts'

const POLL_MS = 50
const HARDER_AFTER_MS = 2_000
const GIVE_UP_AFTER_MS = 15_000

/**
 * Stops all work of a session whose own connection is already gone, and resolves when the server no longer lists the
 * session: pg_cancel_backend first, pg_terminate_backend after two seconds.
 *
 * It is not enough to end the statement. The server may have received a statement that it has not begun yet. Then
 * there is nothing to cancel, and the server runs it afterwards.
 *
 * @throws DATABASE_LOST if the session still exists after 15 s
 */
export async function killBackend(client: Client, backend: Backend): Promise<void> {
  const started = Date.now()
  const session = `FROM pg_catalog.pg_stat_activity WHERE ${isBackend(backend)}`
  await ask(client, `SELECT pg_catalog.pg_cancel_backend(pid) ${session}`)
  let isTerminated = false
  while ((await ask(client, `SELECT pid ${session}`)).length > 0) {
    const elapsed = Date.now() - started
    if (elapsed > GIVE_UP_AFTER_MS)
      throw new BatchQueryError(
        'DATABASE_LOST',
        `session ${backend.pid} still exists ${GIVE_UP_AFTER_MS / 1000} s after pg_terminate_backend`,
        {
          hint: 'Check it in pg_stat_activity.',
        },
      )
    if (!isTerminated && elapsed > HARDER_AFTER_MS) {
      await ask(client, `SELECT pg_catalog.pg_terminate_backend(pid) ${session}`)
      isTerminated = true
    }
    await sleep(POLL_MS)
  }
}
