import { setTimeout as sleep } from 'node:timers/promises'
import { BatchQueryError } from '../../../errors/index.ts'
import { wordsOf } from '../../../sql/dialects/index.ts'
import { askSession } from '../../ask-session.ts'
import type { Session } from '../../database.ts'
import {
  type Burden,
  type Moment,
  type MomentCheck,
  type MomentOpening,
  NO_MOMENT,
  type ReadsPlan,
  type ReadsRequest,
} from '../../parallel-reads.ts'
import { openFrozenMoment } from './frozen-moment.ts'
import { frozenPosition } from './frozen-position.ts'
import { historyOf } from './history.ts'
import { mayLockTables } from './lock-right.ts'
import { refusal } from './refusal.ts'
import { readState } from './session-state.ts'

const { text } = wordsOf('mysql').literals

/** A busy table starves one try: it waits for transactions that write, and meanwhile new ones wait for it. */
const TRIES = 5
const TRY_SECONDS = 5
const PAUSE_MS = 1_000
/** How long the tables may be locked. */
const HOLD_MS = 5_000

const BEGIN = [
  'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ',
  'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY',
]

/**
 * @throws UNSUPPORTED_CLAUSE on an Aurora reader; PERMISSION if the user may not lock the tables, and transactions are written to the server
 */
export async function checkMoment(
  session: Session,
  { tables }: ReadsPlan,
  { consistency, readers }: ReadsRequest,
): Promise<MomentCheck> {
  if (consistency === 'NONE') return { notes: [] }
  await refuseAuroraReader(session)
  const names = tables.join(', ')
  const held = `Until the last range is complete, the transactions of the readers hold metadata locks on ${names}, so nothing can alter or truncate them, and the server keeps old versions of rows.`
  const unlockable = await withoutLockRight(session, tables)
  if (unlockable === null)
    return {
      notes: [
        `One more session locks ${names} for reading while ${readers} sessions begin: writers wait for at most ${HOLD_MS / 1000} s.`,
        held,
      ],
    }
  const { position, why } = await frozenPosition(session)
  if (position === null) throw neitherLocked(unlockable, why)
  return {
    notes: [
      `This user may not lock ${unlockable}, but the source is frozen (${position}). The export fails if a transaction is written to the server before its end.`,
      held,
    ],
  }
}

/** The first table that the user may not lock; null if there is none. */
async function withoutLockRight(session: Session, tables: readonly string[]): Promise<string | null> {
  for (const table of tables) if (!(await mayLockTables(session, table))) return table
  return null
}

const neitherLocked = (table: string, why: string): BatchQueryError =>
  new BatchQueryError(
    'PERMISSION',
    `PARALLEL: this user may not lock ${table}, and the source is not frozen: ${why}`,
    {
      hint: 'Ask an administrator: GRANT LOCK TABLES ON database.* TO user. Or read a stopped replica or a clone, or write CONSISTENCY NONE.',
    },
  )

/** The storage of a reader is that of the writer, which ignores its locks. */
async function refuseAuroraReader(session: Session): Promise<void> {
  if (session.server.kind !== 'aurora-mysql') return
  const [[isReader] = []] = await askSession(session, 'SELECT @@GLOBAL.innodb_read_only')
  if (isReader !== '1') return
  throw refusal(
    'this is an Aurora reader, whose sessions cannot share a moment, because its locks do not stop the writer',
    'Connect to the writer or to a clone, or write CONSISTENCY NONE.',
  )
}

export async function openMoment(opening: MomentOpening): Promise<Moment> {
  const { session, request, plan } = opening
  if (request.consistency === 'NONE') return NO_MOMENT
  // The right to lock may come from the role of the task's session.
  const { setup } = await readState(session, request.query)
  const control = await opening.connect()
  for (const statement of setup) await control.execute(statement, 0)
  if ((await withoutLockRight(control, plan.tables)) !== null)
    return openFrozenMoment(control, opening, beginStatements(plan))
  // A statement that fails here says more than the lost connection of UNLOCK TABLES. The end of a session ends its locks, too.
  try {
    await lock(control, opening)
    const at = await positionOf(control)
    await withinLock(opening)
    await control.execute('UNLOCK TABLES', 0)
    return new LockedMoment(control, at)
  } catch (error) {
    await control.execute('UNLOCK TABLES', 0).catch(() => {})
    throw error
  }
}

/** The statements by which a reader begins: it touches each table, so that none of them can be altered or truncated any more. */
const beginStatements = ({ tables }: ReadsPlan): readonly string[] => [
  ...BEGIN,
  ...tables.map(table => `SELECT 1 FROM ${table} LIMIT 0`),
]

async function lock(control: Session, { plan: { tables }, signal, note }: MomentOpening): Promise<void> {
  await control.execute(`SET SESSION lock_wait_timeout = ${TRY_SECONDS}`, 0)
  const sql = `LOCK TABLES ${tables.map(table => `${table} READ`).join(', ')}`
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted()
    const failure = await control.execute(sql, 0).then(
      () => null,
      (thrown: unknown) => BatchQueryError.from(thrown),
    )
    if (failure === null) return
    if (!failure.message.includes('(1205)')) throw failure
    if (attempt === TRIES) throw neverLocked(tables)
    note(`${tables.join(', ')} cannot be locked yet, because transactions write to it; trying again`)
    await sleep(PAUSE_MS * attempt, undefined, { signal })
  }
}

const neverLocked = (tables: readonly string[]): BatchQueryError =>
  new BatchQueryError(
    'QUERY_FAILED',
    `PARALLEL: ${tables.join(', ')} could not be locked in ${TRIES} tries of ${TRY_SECONDS} s, because transactions that write to it stayed open`,
    { hint: 'Run again when no long transaction writes to it, or write CONSISTENCY NONE.', retryable: true },
  )

/** @throws QUERY_FAILED if the readers take so long that writers would wait for too long */
async function withinLock({ readers, plan }: MomentOpening): Promise<void> {
  const { tables } = plan
  const begun = readers(beginStatements(plan))
  begun.catch(() => {})
  const timer = new AbortController()
  const isLate = sleep(HOLD_MS, true, { signal: timer.signal }).catch(() => false)
  const late = await Promise.race([isLate, begun.then(() => false)])
  timer.abort()
  if (!late) return
  throw new BatchQueryError(
    'QUERY_FAILED',
    `PARALLEL: the readers had not begun ${HOLD_MS / 1000} s after ${tables.join(', ')} was locked, so the lock was released`,
    { hint: 'Run again, or write a smaller number after PARALLEL.', retryable: true },
  )
}

/** Names that servers give to a place in their log. */
const POSITIONS: Readonly<Record<string, string>> = {
  gtid_executed: '@@GLOBAL.gtid_executed',
  gtid_binlog_pos: '@@GLOBAL.gtid_binlog_pos',
}

async function positionOf(session: Session): Promise<string | null> {
  const [[time] = []] = await askSession(session, 'SELECT UTC_TIMESTAMP(3)')
  const known = await askSession(
    session,
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${Object.keys(POSITIONS).map(text).join(', ')})`,
  )
  const [position] = known.flatMap(([name, value]) => (value ? [`${name} ${value.replace(/\s+/g, '')}`] : []))
  return [`${time} UTC`, ...(position === undefined ? [] : [position])].join(', ')
}

class LockedMoment implements Moment {
  readonly level = 'snapshot'
  readonly at: string | null
  readonly #control: Session

  constructor(control: Session, at: string | null) {
    this.#control = control
    this.at = at
  }

  burden(): Promise<Burden | null> {
    return historyOf(this.#control)
  }

  /** Each reader's transaction is its own: if one is lost, so is its session. */
  async confirm(): Promise<void> {}

  async close(): Promise<void> {}
}
