import { BatchQueryError } from '../../../errors/index.ts'
import { wordsOf } from '../../../sql/dialects/index.ts'
import { askSession } from '../../ask-session.ts'
import type { Session } from '../../database.ts'
import type {
  Burden,
  Moment,
  MomentCheck,
  MomentOpening,
  ReadsPlan,
  ReadsRequest,
} from '../../parallel-reads.ts'
import { readState } from './session-state.ts'

const { text } = wordsOf('postgres').literals

const BEGIN = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'
/** Milliseconds that a lock may take: a table is being altered meanwhile. */
const LOCK_MS = 25_000

/** What readers see under CONSISTENCY NONE. */
const NO_MOMENT: Moment = {
  level: 'none',
  at: null,
  burden: async () => null,
  confirm: async () => {},
  close: async () => {},
}

export async function checkMoment(
  _session: Session,
  { tables }: ReadsPlan,
  { consistency, readers }: ReadsRequest,
): Promise<MomentCheck> {
  if (consistency === 'NONE') return { notes: [] }
  return {
    notes: [
      `One more session holds the snapshot that ${readers} sessions read, until the last range is complete. VACUUM keeps the rows that the snapshot sees.`,
      ...(tables.length === 0
        ? []
        : [
            `Their transactions hold ACCESS SHARE locks on ${tables.join(', ')}, so nothing can alter or truncate these tables.`,
          ]),
    ],
  }
}

export async function openMoment(opening: MomentOpening): Promise<Moment> {
  if (opening.request.consistency === 'NONE') return NO_MOMENT
  const { setup } = await readState(opening.session)
  const isOwn = await ownsSnapshot(opening.session)
  const holder = isOwn ? opening.session : await opening.connect()
  const moment = new SnapshotMoment(holder, !isOwn)
  const abort = () => void holder.cancel().catch(() => {})
  opening.signal.addEventListener('abort', abort)
  try {
    opening.signal.throwIfAborted()
    if (!isOwn) {
      for (const statement of setup) await holder.execute(statement, 0)
      await holder.execute(BEGIN, 0)
    }
    await moment.open(opening)
    return moment
  } catch (error) {
    await moment.close()
    throw error
  } finally {
    opening.signal.removeEventListener('abort', abort)
  }
}

/**
 * Whether the session is in a transaction that has a snapshot for all of its statements, which the readers must see too.
 *
 * A transaction begins with its first statement, so the two times are equal outside of one.
 */
async function ownsSnapshot(session: Session): Promise<boolean> {
  const [[isOpen, level] = []] = await askSession(
    session,
    `SELECT pg_catalog.now() <> pg_catalog.statement_timestamp(), pg_catalog.current_setting('transaction_isolation')`,
  )
  return isOpen === 't' && level !== 'read committed' && level !== 'read uncommitted'
}

class SnapshotMoment implements Moment {
  readonly level = 'snapshot'
  at: string | null = null
  join: readonly string[] = []
  readonly #holder: Session
  readonly #endsTransaction: boolean
  #transaction = ''
  #isClosed = false

  constructor(holder: Session, endsTransaction: boolean) {
    this.#holder = holder
    this.#endsTransaction = endsTransaction
  }

  async open({ plan, readers }: MomentOpening): Promise<void> {
    const holder = this.#holder
    const locks = plan.tables.map(table => `LOCK TABLE ${table} IN ACCESS SHARE MODE`)
    // Neither SET nor LOCK takes a snapshot, so the snapshot begins when no table can be altered any more.
    if (this.#endsTransaction) await holder.execute(`SET LOCAL lock_timeout = ${LOCK_MS}`, 0)
    for (const lock of locks) await holder.execute(lock, 0)
    const [[snapshot, position, began] = []] = await askSession(
      holder,
      `SELECT pg_catalog.pg_export_snapshot(),
         CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END,
         pg_catalog.now()`,
    )
    this.#transaction = began ?? ''
    this.at = `snapshot ${snapshot} at ${position}`
    this.join = [
      BEGIN,
      `SET TRANSACTION SNAPSHOT ${text(snapshot ?? '')}`,
      ...locks.map(lock => `${lock} NOWAIT`),
    ]
    await readers(this.join)
  }

  async burden(): Promise<Burden | null> {
    const [[seconds] = []] = await askSession(
      this.#holder,
      "SELECT floor(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - pg_catalog.now()))",
    )
    const value = Number(seconds)
    return { kind: 'age', value, text: `age of the snapshot ${value} s` }
  }

  async confirm(): Promise<void> {
    const [[began] = []] = await askSession(this.#holder, 'SELECT pg_catalog.now()')
    if (began === this.#transaction) return
    throw new BatchQueryError('QUERY_FAILED', `the transaction that held ${this.at} has ended`, {
      hint: 'Run the export again. Nothing may end the transaction of the export while it reads.',
    })
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#endsTransaction) await this.#holder.execute('ROLLBACK', 0).catch(() => {})
  }
}
