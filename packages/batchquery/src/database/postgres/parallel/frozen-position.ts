import { setTimeout as sleep } from 'node:timers/promises'
import { askSession } from '../../ask-session.ts'
import type { Session } from '../../database.ts'
import type { SourcePosition } from '../../parallel-reads.ts'

/** On a standby, a commit is visible an instant before the position has passed it. So a position counts only if it stays for a while. */
const STAYS_MS = 200

/**
 * On a primary, the position is the snapshot of a new transaction: two equal snapshots see the same rows. A standby shows no running
 * transactions, so its position is the place in the log up to which it has replayed.
 *
 * @throws QUERY_FAILED, DATABASE_LOST
 */
export async function frozenPosition(session: Session): Promise<SourcePosition> {
  const { results, isInTransaction } = await session.execute(
    `SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('transaction_isolation')`,
    1,
  )
  const [[isReplica, isolation] = []] = results.at(-1)?.rows ?? []
  if (isInTransaction === true && isolation !== 'read committed')
    return { position: null, why: 'the transaction of the session keeps an older snapshot' }
  if (isReplica === 't') return replayed(session)
  const [[snapshot] = []] = await askSession(session, 'SELECT pg_catalog.txid_current_snapshot()')
  return { position: `snapshot ${snapshot}`, why: null }
}

async function replayed(session: Session): Promise<SourcePosition> {
  if (session.server.kind === 'aurora-postgres')
    return { position: null, why: 'a reader of Aurora shows no position that each commit changes' }
  const now = async (): Promise<string | null> =>
    (await askSession(session, 'SELECT pg_catalog.pg_last_wal_replay_lsn()'))[0]?.[0] ?? null
  const first = await now()
  await sleep(STAYS_MS)
  const second = await now()
  if (first !== null && first === second) return { position: `replayed ${first}`, why: null }
  return { position: null, why: `it replays the log of its primary: ${first}, then ${second}` }
}
