import type { Connection } from 'mysql2'
import { BatchQueryError } from '../../errors/index.ts'
import type { LateWarnings, ServerKind, ServerWarning } from '../database.ts'
import type { ResultOutcome } from './answer-packets.ts'
import { ask } from './ask.ts'
import { calledRoutines, type RoutineLook } from './routines.ts'
import type { SessionVariables } from './session-variables.ts'

/** MariaDB: the result of a query that was cut by LIMIT ROWS EXAMINED. */
const RESULT_CUT = '1931'
/** The word that a query or a routine must contain to cut a result. */
const LIMITS_ROWS = /\bEXAMINED\b/i
/**
 * Matches all that may precede the first word of a statement: blanks, comments, and the beginning of a comment that the server
 * runs.
 */
const BEFORE_WORD = /^(?:[\s(]+|--[^\n]*\n|#[^\n]*\n|\/\*M?!\d*|\/\*(?!M?!)[\s\S]*?\*\/)*/
/** Statements that run other statements whose text they do not contain; `BEGIN` alone begins a transaction. */
const RUNS_OTHERS =
  /^(?:CALL|EXECUTE|BEGIN(?!\s*(?:WORK)?[\s;]*$)|SET\s+STATEMENT\b[\s\S]*?\bFOR\s+(?:CALL|EXECUTE|BEGIN))\b/i
const CALLS_ROUTINE = /^(?:SET\s+STATEMENT\b[\s\S]*?\bFOR\s+)?CALL\b/i
/** The server counts more warnings, but does not list them. */
const MOST_SHOWN = 64
/** The number of statements whose warnings are kept, because each of them costs a question to the server. */
const MOST_LATE = 8
const MOST_KEPT = 64
/** The protocol counts in two bytes. */
const MOST_COUNTED = 0xffff

/** A statement that has ended. */
export interface EndedStatement {
  readonly sql: string
  /** The outcomes of its results, in order; not empty. */
  readonly outcomes: readonly ResultOutcome[]
  /** Takes the warnings that cannot be read now without the task noticing. Null: they are read at once. */
  readonly late: LateWarnings | null
}

interface Kept {
  readonly variables: readonly string[]
  readonly late: LateWarnings
}

/**
 * Reads the warnings of the statements of a session.
 *
 * The next statement of the task must not notice that. `SHOW WARNINGS` makes ROW_COUNT() -1, but after rows it is -1
 * already. After other statements the warnings go into user variables (`GET DIAGNOSTICS` keeps ROW_COUNT(),
 * FOUND_ROWS() and the warnings themselves), and are read when the task is over. FOUND_ROWS() survives both.
 */
export class Warnings {
  readonly #connection: Connection
  readonly #variables: SessionVariables
  readonly #kind: ServerKind
  readonly #limitRows: RoutineLook
  readonly #kept: Kept[] = []
  /**
   * Set if a statement named something that can cut a result, or called such a routine: a later EXECUTE may run it.
   */
  #mayLimitRows = false
  readonly #routines = new Set<string>()

  /** @param limitRows asks through another connection */
  constructor(connection: Connection, variables: SessionVariables, kind: ServerKind, limitRows: RoutineLook) {
    this.#connection = connection
    this.#variables = variables
    this.#kind = kind
    this.#limitRows = limitRows
  }

  /** The warnings of the statement that has just ended, as far as they can be read now. */
  async of({ sql, outcomes, late }: EndedStatement): Promise<readonly ServerWarning[]> {
    if (this.#kind === 'mariadb') this.#note(sql)
    const last = outcomes[outcomes.length - 1]
    const mayHide = this.#mayHide(sql, outcomes)
    if (last.warnings === 0 && !mayHide) return []
    const mayBeCut = (mayHide || runsOthers(sql)) && (await this.#mayBeCut(sql))
    const isUnseen = last.hasRows && !this.#variables.areStatementsRecorded
    if (late !== null && !isUnseen && !mayBeCut && !LIMITS_ROWS.test(sql)) {
      await this.#keep(last.warnings, late)
      return []
    }
    const listed = last.warnings === 0 ? [] : await this.#list(mayBeCut)
    const missing = listed.filter(({ rowsMissing }) => rowsMissing)
    const others = listed.filter(({ rowsMissing }) => !rowsMissing).slice(0, MOST_SHOWN)
    const isHidden = missing.length === 0 && mayHide && mayBeCut
    return [...(isHidden ? [hiddenWarning(last.warnings, listed.length)] : missing.slice(0, 1)), ...others]
  }

  /** Reads the kept warnings and delivers them. The task is over, so none of its statements can notice. */
  async deliverLate(): Promise<void> {
    for (const { variables, late } of this.#kept.splice(0)) {
      const names = variables.map(name => `@\`${name}\``)
      const [row = []] = await ask(this.#connection, `SELECT ${names.join(', ')}`)
      const warnings: ServerWarning[] = []
      for (let at = 0; at < row.length; at += 2)
        if (row[at] !== null) warnings.push(warningOf(row[at] ?? '', row[at + 1] ?? ''))
      late(warnings)
    }
  }

  /** How many warnings the server keeps per statement. 0 if unknown. */
  #mostListed(): number {
    return this.#variables.areCurrent ? Number(this.#variables.get('max_error_count')) : 0
  }

  /**
   * @param isNeeded if false, a server that refuses to list warnings (for example in an XA transaction) fails no run
   */
  async #list(isNeeded: boolean): Promise<readonly ServerWarning[]> {
    return listWarnings(this.#connection).catch(error => (isNeeded ? raise(error) : noRows(error)))
  }

  /**
   * Whether there may be a warning that the server does not list. It counts all warnings of a statement, but warnings
   * in a routine only if it can list them.
   */
  #mayHide(sql: string, outcomes: readonly ResultOutcome[]): boolean {
    const { warnings } = outcomes[outcomes.length - 1]
    const most = this.#mostListed()
    const isLost = outcomes.slice(0, -1).some(outcome => outcome.warnings > 0)
    return isLost || warnings > most || warnings === MOST_COUNTED || (warnings === most && runsOthers(sql))
  }

  #note(sql: string): void {
    this.#mayLimitRows ||= LIMITS_ROWS.test(sql)
    for (const name of calledRoutines(sql)) this.#routines.add(name)
  }

  /** Whether an unlisted warning may say that rows are missing. */
  async #mayBeCut(sql: string): Promise<boolean> {
    if (this.#kind !== 'mariadb') return false
    if (LIMITS_ROWS.test(sql)) return true
    if (!runsOthers(sql)) return false
    if (CALLS_ROUTINE.test(fromWord(sql))) return this.#limitRows(calledRoutines(sql))
    return this.#mayLimitRows || (this.#routines.size > 0 && this.#limitRows([...this.#routines]))
  }

  async #keep(count: number, late: LateWarnings): Promise<void> {
    const most = Math.min(count, this.#mostListed(), MOST_LATE)
    const number = this.#kept.length + 1
    const variables: string[] = []
    if (!this.#variables.areStatementsRecorded && number <= MOST_KEPT)
      for (let at = 1; at <= most; at++) {
        const [code, message] = [`batchquery ${number}.${at} code`, `batchquery ${number}.${at} message`]
        const into = `@\`${code}\` = MYSQL_ERRNO, @\`${message}\` = MESSAGE_TEXT`
        await ask(this.#connection, `GET DIAGNOSTICS CONDITION ${at} ${into}`).catch(noRows)
        variables.push(code, message)
      }
    if (variables.length > 0) this.#kept.push({ variables, late })
  }
}

/** The warnings of the latest command, as the server lists them. */
export async function listWarnings(connection: Connection): Promise<readonly ServerWarning[]> {
  const rows = await ask(connection, 'SHOW WARNINGS')
  return rows.map(([, code, message]) => warningOf(code ?? '', message ?? ''))
}

/** For an error of the server, after which the session goes on. @throws any other error */
function noRows(error: unknown): never[] {
  if (BatchQueryError.from(error).code === 'DATABASE_LOST') throw error
  return []
}

function raise(error: unknown): never {
  throw error
}

/** The statement from its first word on. */
const fromWord = (sql: string): string => sql.slice(BEFORE_WORD.exec(sql)?.[0].length ?? 0)
const runsOthers = (sql: string): boolean => RUNS_OTHERS.test(fromWord(sql))

const warningOf = (code: string, message: string): ServerWarning => ({
  code,
  message,
  rowsMissing: code === RESULT_CUT,
})

const hiddenWarning = (counted: number, listed: number): ServerWarning => ({
  code: RESULT_CUT,
  message: `the server counts ${counted} warnings but lists only ${listed}, and an unlisted one may say that the query reached LIMIT ROWS EXAMINED`,
  rowsMissing: true,
})
