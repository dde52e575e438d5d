import { setTimeout as sleep } from 'node:timers/promises'
import { BatchQueryError } from '../../../errors/index.ts'
import { askSession } from '../../ask-session.ts'
import type { Session } from '../../database.ts'
import type { SourcePosition } from '../../parallel-reads.ts'

/** A commit is in the log an instant before others see it, or after. So a position counts only if it stays for a while. */
const STAYS_MS = 200
/** After the last transaction, the server removes old versions of rows for a while, which is in the log too. */
const LOOKS = 25

/** Names of the place in the redo log, which everybody may read: MySQL 8.0.30 and later, and MariaDB. */
const PLACES_IN_LOG = ['Innodb_redo_log_current_lsn', 'Innodb_lsn_current']

/**
 * The place in the redo log of InnoDB, in which each commit leaves a record. If only replication may write (`super_read_only`), it is the
 * set of the transactions that were applied: the log has the work of the receiver too, which goes on while the applier is stopped.
 *
 * @throws QUERY_FAILED, DATABASE_LOST
 */
export async function frozenPosition(session: Session): Promise<SourcePosition> {
  if (session.server.kind === 'aurora-mysql')
    return { position: null, why: 'Aurora shows no position that each commit changes' }
  const first = await positionNow(session)
  let last = first
  for (let look = 1; look < LOOKS && last.position !== null; look++) {
    await sleep(STAYS_MS)
    const next = await positionNow(session)
    if (next.position === last.position) return next
    last = next
  }
  if (last.position === null) return last
  return { position: null, why: `transactions are written to it: ${first.position}, then ${last.position}` }
}

async function positionNow(session: Session): Promise<SourcePosition> {
  const applied = await appliedTransactions(session)
  if (applied !== null) return at(`gtid_executed ${applied.replace(/\s+/g, '')}`)
  const places = await askSession(
    session,
    `SHOW GLOBAL STATUS WHERE Variable_name IN (${PLACES_IN_LOG.map(name => `'${name}'`).join(', ')})`,
  )
  const [place] = places.flatMap(([, value]) => value ?? [])
  if (place !== undefined) return at(`LSN ${place}`)
  return {
    position: null,
    why: 'it shows neither the place in its log (MySQL 8.0.30 or later, MariaDB) nor gtid_executed with super_read_only',
  }
}

const at = (position: string): SourcePosition => ({ position, why: null })

/** Null on a server on which a session may write, or that does not number its transactions. */
async function appliedTransactions(session: Session): Promise<string | null> {
  const rows = await askSession(
    session,
    "SELECT @@GLOBAL.gtid_executed FROM DUAL WHERE @@GLOBAL.super_read_only = 1 AND @@GLOBAL.gtid_mode = 'ON'",
  ).catch((thrown: unknown) => {
    // MariaDB has no such variables.
    if (BatchQueryError.from(thrown).code === 'QUERY_FAILED') return []
    throw thrown
  })
  return rows[0]?.[0] ?? null
}
