import { BatchQueryError } from '../errors/index.ts'
import { quoted } from '../platform/index.ts'
import type { Session } from './database.ts'

/*
 * How several sessions read the rows of one query. A dialect divides the query into ranges, and says everything as text: a range is a query,
 * the state of a session and its transaction are statements. So a thread or another machine can read a range, and needs to know no dialect:
 *
 *     the task's session   state ─▶ plan ─▶ openMoment ────────────────────────────▶ close
 *     each reader                    setup ─▶ check ─▶ begin ─▶ a range ─▶ a range …
 */

/** What the clause PARALLEL requests for a query. */
export interface ReadsRequest {
  /** It may end in a line comment: text that is added after it starts on a new line. */
  readonly query: string
  /** How many sessions read at once. */
  readonly readers: number
  /** The columns of BY; null if the table decides. */
  readonly by: readonly string[] | null
  readonly consistency: 'SNAPSHOT' | 'NONE'
}

/** The parallel reads of a dialect. */
export interface ParallelReads {
  /**
   * Reads what a reader's session must have to read a query as the task's session does: settings, role, time zone, user variables. A server
   * need not list all of them, so the query says which it reads by name.
   *
   * @throws UNSUPPORTED_CLAUSE if another session cannot have that state, a transaction that has written for instance; as `estimate`
   */
  state(session: Session, query: string): Promise<SessionState>

  /**
   * Estimates a query from statistics alone.
   *
   * @throws QUERY_FAILED, PERMISSION for a query that the server refuses
   */
  estimate(session: Session, query: string): Promise<Estimate>

  /**
   * Divides a query. It reads statistics and index rows only, and the server alone compares keys.
   *
   * @throws UNSUPPORTED_CLAUSE with the reason if the query cannot be read in ranges; QUERY_FAILED, PERMISSION
   */
  plan(session: Session, request: ReadsRequest): Promise<ReadsPlan>

  /**
   * Checks, without any effect, whether sessions can share a moment for these reads.
   *
   * @throws UNSUPPORTED_CLAUSE, PERMISSION with the reason and what to do
   */
  checkMoment(session: Session, plan: ReadsPlan, request: ReadsRequest): Promise<MomentCheck>

  /**
   * Opens the moment that all readers see. Under CONSISTENCY NONE it only returns a moment that promises nothing.
   *
   * @throws as `checkMoment`; QUERY_FAILED if the tables cannot be locked in time; the errors of `readers` and `connect`
   */
  openMoment(opening: MomentOpening): Promise<Moment>

  /** Whether a session that begins later, on any machine, can join an open moment. @default false: all must begin while it opens */
  readonly joinsMoment?: boolean

  /**
   * How many further sessions this login may open now. Null if the server does not say.
   *
   * @default - the server refuses a session if it has too many
   */
  room?(session: Session): Promise<SessionRoom | null>
}

/** The tightest limit of a login's sessions. */
export interface SessionRoom {
  /** How many more there may be. */
  readonly sessions: number
  /** The limit, for people: `max_connections is 151, and 148 sessions are open`. */
  readonly why: string
}

/** The state of a session as text. */
export interface SessionState {
  /** Statements that give a new session this state. */
  readonly setup: readonly string[]
  /** A query of two columns, name and value, for the state and for the identity of the server. */
  readonly check: string
  /** Its rows in the task's session. */
  readonly expected: readonly NamedValue[]
}

export type NamedValue = readonly [name: string, value: string | null]

/** @throws UNSUPPORTED_CLAUSE naming the first value that another session has otherwise, such as the server that it reached */
export function refuseOtherState(
  { expected }: Pick<SessionState, 'expected'>,
  actual: readonly (readonly (string | null)[])[],
): void {
  const values = new Map(actual.map(([name, value]) => [name, value ?? null]))
  const other = expected.find(([name, value]) => (values.get(name) ?? null) !== value)
  if (other === undefined) return
  const [name, value] = other
  const found = values.get(name) ?? null
  throw new BatchQueryError(
    'UNSUPPORTED_CLAUSE',
    `PARALLEL: a reader's session has ${name} ${text(found)}, but the task's session has ${text(value)}`,
    {
      hint: 'Connect to one server itself, not to a pool or an endpoint of several readers, or remove PARALLEL.',
    },
  )
}

const text = (value: string | null): string => (value === null ? 'NULL' : quoted(value))

/** What the statistics say of a query. */
export interface Estimate {
  /** Null if the server does not say. */
  readonly rows: number | null
  /** The size of the rows as the server stores them. Null if the server does not say. */
  readonly bytes: number | null
  /** How the server will read, in the words of its EXPLAIN: a line for each table, such as `orders: range PRIMARY`. */
  readonly access: readonly string[]
}

/** The ranges that have the rows of one query together. */
export interface ReadsPlan {
  /** The table, for people: `sales.orders`. */
  readonly source: string
  /** What divides it, for people: `PRIMARY (id)`, `ctid`, `BY (shop)`. */
  readonly key: string
  /** In the order of the key, at least one. Together they have every row exactly once, in a database that does not change. */
  readonly ranges: readonly ReadRange[]
  readonly estimate: Estimate
  /** The base tables of the query, quoted for SQL. */
  readonly tables: readonly string[]
}

/** A half-open interval of the key. */
export interface ReadRange {
  /** In steps of 100, so that the halves of a range can get numbers between. */
  readonly number: number
  /** The whole query for the rows of this range. */
  readonly query: string
  /** For people: `id >= 5 AND id < 10`. */
  readonly where: string
  /** As the statistics estimate it; null if they do not. */
  readonly rows: number | null
}

/** The locks and transactions that a moment needs, for people. */
export interface MomentCheck {
  /** In whole sentences. */
  readonly notes: readonly string[]
}

export interface MomentOpening {
  readonly session: Session
  readonly plan: ReadsPlan
  readonly request: ReadsRequest
  /** Opens a further session, which the caller records before and closes after its use. */
  readonly connect: () => Promise<Session>
  /** Has all readers run these statements and resolves when each of them has. While it runs, tables may be locked, for at most 5 s. */
  readonly readers: (statements: readonly string[]) => Promise<void>
  /** Ends the waiting. */
  readonly signal: AbortSignal
  /** Takes a sentence for the log. */
  readonly note: (text: string) => void
}

/** The moment that all readers see, until it is closed. */
export interface Moment {
  readonly level: 'snapshot' | 'none'
  /** For records and people: the position in the log, or the snapshot. Null if there is none. */
  readonly at: string | null
  /**
   * Statements by which a further session joins the moment, so that it can replace a reader that was lost.
   *
   * @default - no session can join
   */
  readonly join?: readonly string[]
  /** The burden of the open moment on the server: null if the server does not say. */
  burden(): Promise<Burden | null>
  /** After the last range: whether the moment lasted until now. @throws DATABASE_LOST, QUERY_FAILED if it did not */
  confirm(): Promise<void>
  /** Ends it. Safe to call twice, and after an error. */
  close(): Promise<void>
}

/** What readers see under CONSISTENCY NONE. */
export const NO_MOMENT: Moment = {
  level: 'none',
  at: null,
  burden: async () => null,
  confirm: async () => {},
  close: async () => {},
}

export interface Burden {
  readonly kind: 'history' | 'age'
  /** Undo records that the server keeps (history), or seconds (age). */
  readonly value: number
  /** For people: `history list length 1,200`. */
  readonly text: string
}
