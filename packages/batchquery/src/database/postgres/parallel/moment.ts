import { wordsOf } from '../../../sql/dialects/index.ts'
import { askSession } from '../../ask-session.ts'
import type { Session } from '../../database.ts'
import {
  type Moment,
  type MomentCheck,
  type MomentOpening,
  NO_MOMENT,
  type ReadsPlan,
  type ReadsRequest,
} from '../../parallel-reads.ts'
import { readState } from './session-state.ts'
import { SnapshotMoment } from './snapshot-moment.ts'
import { refusal } from './undividable.ts'

const { text } = wordsOf('postgres').literals

/** @throws UNSUPPORTED_CLAUSE if the task's session has a transaction that others cannot share */
export async function checkMoment(
  session: Session,
  { tables }: ReadsPlan,
  { consistency, readers }: ReadsRequest,
): Promise<MomentCheck> {
  if (consistency === 'NONE') return { notes: [] }
  const isOwn = await ownsSnapshot(session)
  const [[isReplica] = []] = await askSession(session, 'SELECT pg_catalog.pg_is_in_recovery()')
  const limits = await askSession(
    session,
    `SELECT name, setting::bigint / 1000 FROM pg_catalog.pg_settings
     WHERE name IN ('statement_timeout', 'transaction_timeout') AND setting <> '0' ORDER BY name`,
  )
  const delays = await askSession(
    session,
    `SELECT setting::bigint / 1000 FROM pg_catalog.pg_settings WHERE name = 'max_standby_streaming_delay' AND setting <> '-1'`,
  )
  return {
    notes: [
      `${isOwn ? "The transaction of the task's session" : 'One more session'} holds the snapshot that ${readers} sessions read, until the last range is complete. VACUUM keeps the rows that the snapshot sees.`,
      ...(tables.length === 0
        ? []
        : [
            `Their transactions hold ACCESS SHARE locks on ${tables.join(', ')}: reads and writes go on, but nothing can alter or truncate these tables.`,
          ]),
      ...limits.map(([name, seconds]) => `The server ends the readers after ${seconds} s (${name}).`),
      ...(isReplica === 't'
        ? delays.map(
            ([seconds]) =>
              `This is a replica, which ends a query that delays replication for more than ${seconds} s (max_standby_streaming_delay).`,
          )
        : []),
    ],
  }
}

/**
 * A session holds a snapshot while the others import it. It is the task's session if that is in a transaction with a snapshot of its own,
 * so that the readers see what the rest of the transaction sees. Such a session must not end its transaction before the readers have begun.
 */
export async function openMoment(opening: MomentOpening): Promise<Moment> {
  const { session, request, signal } = opening
  if (request.consistency === 'NONE') return NO_MOMENT
  const { setup } = await readState(session, request.query)
  const isOwn = await ownsSnapshot(session)
  const holder = isOwn ? session : await opening.connect()
  const moment = new SnapshotMoment(holder, request.query, isOwn)
  const abort = () => void holder.cancel().catch(() => {})
  signal.addEventListener('abort', abort)
  try {
    signal.throwIfAborted()
    if (!isOwn) for (const statement of setup) await holder.execute(statement, 0)
    await moment.open(await lockable(session, opening.plan.tables), opening)
    return moment
  } catch (error) {
    await moment.close()
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** Whether the session is in a transaction with one snapshot for all of its statements. */
async function ownsSnapshot(session: Session): Promise<boolean> {
  const { results, isInTransaction } = await session.execute(
    `SELECT pg_catalog.current_setting('transaction_isolation'), pg_catalog.current_setting('transaction_read_only')`,
    1,
  )
  const [[level, isReadOnly] = []] = results.at(-1)?.rows ?? []
  if (isInTransaction !== true || level === 'read committed' || level === 'read uncommitted') return false
  if (level === 'serializable' && isReadOnly !== 'on')
    throw refusal(
      "the task's session is in a SERIALIZABLE transaction that may write, and the server would not see that the readers belong to it",
      'Begin the transaction READ ONLY, or end it before the export.',
    )
  return true
}

/** The tables on which the user may take locks before the snapshot: LOCK takes tables only, and the right to read all of their columns. */
async function lockable(session: Session, tables: readonly string[]): Promise<readonly string[]> {
  if (tables.length === 0) return []
  const rows = await askSession(
    session,
    `SELECT t.name FROM pg_catalog.unnest(ARRAY[${tables.map(text).join(', ')}]) WITH ORDINALITY AS t (name, place)
     JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(t.name)
     WHERE c.relkind IN ('r', 'p') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') ORDER BY t.place`,
  )
  return rows.map(([name]) => name ?? '')
}
