import { BatchQueryError } from '../../../errors/index.ts'
import { wordsOf } from '../../../sql/dialects/index.ts'
import { askSession } from '../../ask-session.ts'
import type { Session } from '../../database.ts'
import type { Burden, Moment, MomentOpening } from '../../parallel-reads.ts'
import { explain } from './explained.ts'
import { tablesOf } from './undividable.ts'

const { text } = wordsOf('postgres').literals

const BEGIN = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'
/** A table may be altered just then, for so many milliseconds. */
const WAIT_FOR_LOCKS = 'SET LOCAL lock_timeout = 25000'
/** A session is idle while a store is slow, and the holder is idle until the last range is complete. */
const STAY_IDLE = 'SET LOCAL idle_in_transaction_session_timeout = 0'
/** Before the transaction, because old servers lack these settings. */
const LAST_LONG = `SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings
  WHERE name IN ('idle_session_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout', 'tcp_user_timeout')`

/**
 * A snapshot that one session holds, and that all readers import.
 *
 * The tables must not be altered or truncated between the snapshot and the first range of a reader, because neither change is part of a
 * snapshot: the reader would find an empty table. So the holder locks them before its snapshot, and each reader as it begins. EXPLAIN locks
 * all tables of the query until the end of the transaction, also those behind views, on which the user may have no rights.
 */
export class SnapshotMoment implements Moment {
  readonly level = 'snapshot'
  #at: string | null = null
  #join: readonly string[] = []
  readonly #holder: Session
  readonly #query: string
  /** The transaction is the task's: it began before, and goes on. */
  readonly #isOwn: boolean
  /** The beginning of the holder's transaction, as the server prints it. */
  #began: string | null = null
  #tables: readonly string[] = []
  #isClosed = false

  constructor(holder: Session, query: string, isOwn: boolean) {
    this.#holder = holder
    this.#query = query
    this.#isOwn = isOwn
  }

  get at(): string | null {
    return this.#at
  }

  get join(): readonly string[] {
    return this.#join
  }

  /** @param lockable the tables on which the user may take locks before the snapshot begins */
  async open(lockable: readonly string[], { plan, readers }: MomentOpening): Promise<void> {
    const holder = this.#holder
    this.#tables = [...plan.tables].sort()
    // Only the first of these statements takes a snapshot, and that one is before the transaction.
    if (!this.#isOwn)
      for (const statement of [LAST_LONG, BEGIN, WAIT_FOR_LOCKS]) await holder.execute(statement, 0)
    // The transaction of the task must not wait: its own limits count.
    const names = lockable.map(table => `ONLY ${table}`).join(', ')
    const lock = `LOCK TABLE ${names} IN ACCESS SHARE MODE${this.#isOwn ? ' NOWAIT' : ''}`
    if (lockable.length > 0) await holder.execute(lock, 0)
    const [[snapshot, began] = []] = await askSession(
      holder,
      'SELECT pg_catalog.pg_export_snapshot(), pg_catalog.now()',
    )
    this.#began = began ?? null
    this.#at = `snapshot ${snapshot}${await this.#position()}`
    await this.#refuseOtherTables()
    await this.#refuseRewritten()
    this.#join = [
      BEGIN,
      `SET TRANSACTION SNAPSHOT ${text(snapshot ?? '')}`,
      WAIT_FOR_LOCKS,
      STAY_IDLE,
      `EXPLAIN ${this.#query}`,
    ]
    await readers(this.#join)
  }

  async burden(): Promise<Burden | null> {
    const [[seconds] = []] = await askSession(
      this.#holder,
      `SELECT floor(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - pg_catalog.now()))`,
    )
    const value = Number(seconds)
    return { kind: 'age', value, text: `age of the snapshot ${value} s` }
  }

  /** A partition that another session attaches is in later ranges and not in earlier ones: locks and snapshots do not prevent that. */
  async confirm(): Promise<void> {
    const [[began] = []] = await askSession(this.#holder, 'SELECT pg_catalog.now()')
    if (began !== this.#began)
      throw lost(
        `the transaction that held ${this.#at} has ended`,
        'Nothing may end the transaction while it reads.',
      )
    await this.#refuseOtherTables()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    if (!this.#isOwn) await this.#holder.execute('ROLLBACK', 0).catch(() => {})
  }

  /** Aurora has a log of its own. */
  async #position(): Promise<string> {
    if (this.#holder.server.kind === 'aurora-postgres') return ''
    const [[position] = []] = await askSession(
      this.#holder,
      `SELECT CASE WHEN pg_catalog.pg_is_in_recovery()
         THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END`,
    )
    return position == null ? '' : ` at ${position}`
  }

  async #refuseOtherTables(): Promise<void> {
    const tables = [...tablesOf(await explain(this.#holder, this.#query))].sort()
    if (tables.join() !== this.#tables.join())
      throw lost(
        `the tables of the query were ${this.#tables.join(', ')} and are ${tables.join(', ')} now`,
        'Do not attach or detach partitions while it reads.',
      )
  }

  /** The catalog shows the file of a table as of the snapshot, and the function as of now. */
  async #refuseRewritten(): Promise<void> {
    const [[name] = []] = await askSession(
      this.#holder,
      `SELECT c.relname FROM pg_catalog.pg_class c
       JOIN pg_catalog.pg_locks l ON l.relation = c.oid AND l.locktype = 'relation' AND l.pid = pg_catalog.pg_backend_pid()
         AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
       WHERE c.relkind IN ('r', 'm') AND c.relfilenode <> 0
         AND c.relfilenode <> pg_catalog.pg_relation_filenode(c.oid) LIMIT 1`,
    )
    if (name != null)
      throw lost(
        `${name} was truncated or rewritten after the snapshot began`,
        'Begin the transaction later.',
      )
  }
}

const lost = (message: string, advice: string): BatchQueryError =>
  new BatchQueryError('QUERY_FAILED', `PARALLEL: ${message}`, { hint: `Run the export again. ${advice}` })
