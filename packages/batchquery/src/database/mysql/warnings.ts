import type { Connection } from 'mysql2'
import { BatchQueryError } from '../../errors/index.ts'
import type { LateWarnings, ServerKind, ServerWarning } from '../database.ts'
import { ask } from './ask.ts'
import type { SessionVariables } from './session-variables.ts'
import type { ResultOutcome } from './statement-reader.ts'

/** MariaDB: the result of a query that was cut by LIMIT ROWS EXAMINED. */
const RESULT_CUT = '1931'
/** What a query, or a routine, has to name for that. */
const LIMITS_ROWS = /\bEXAMINED\b/i
/** Statements that run others whose text is not theirs. */
const RUNS_OTHERS = /^[\s(]*(CALL|EXECUTE|BEGIN)\b/i
/** More are counted, and not shown. */
const MOST_SHOWN = 64
/** Each costs a question to the server; those of so many statements are kept. */
const MOST_LATE = 8
const MOST_KEPT = 64
/** The protocol counts in two bytes. */
const MOST_COUNTED = 0xffff

/** How a statement ended. */
export interface EndedStatement {
  readonly sql: string
  /** Of its results, in order; not empty. */
  readonly outcomes: readonly ResultOutcome[]
  /** Takes the warnings that could be read only at the price that the task sees it. Null: they are read at once. */
  readonly late: LateWarnings | null
}

/** What the stored code of a server may do. */
export interface StoredCode {
  /** A routine or a trigger that the user sees has LIMIT ROWS EXAMINED. */
  readonly limitsRows: boolean
  /** The user may run a routine and not read it. */
  readonly isHidden: boolean
}

interface Kept {
  readonly variables: readonly string[]
  readonly late: LateWarnings
}

/**
 * Reads the warnings of the statements of a session.
 *
 * The next statement of the task must not see that: `SHOW WARNINGS` makes ROW_COUNT() -1, which it is already after rows.
 * After other statements the warnings are put into user variables (`GET DIAGNOSTICS` leaves ROW_COUNT(), FOUND_ROWS() and
 * the warnings themselves as they are) and read when the task is over. FOUND_ROWS() outlasts both.
 */
export class Warnings {
  readonly #connection: Connection
  readonly #variables: SessionVariables
  readonly #kind: ServerKind
  readonly #storedCode: () => Promise<StoredCode>
  readonly #kept: Kept[] = []
  /** A statement named what can cut a result: a later EXECUTE may run it. */
  #mayLimitRows = false

  /** @param storedCode asked through another connection */
  constructor(
    connection: Connection,
    variables: SessionVariables,
    kind: ServerKind,
    storedCode: () => Promise<StoredCode>,
  ) {
    this.#connection = connection
    this.#variables = variables
    this.#kind = kind
    this.#storedCode = storedCode
  }

  /** The warnings of the statement that has just ended, as far as they can be read now. */
  async of({ sql, outcomes, late }: EndedStatement): Promise<readonly ServerWarning[]> {
    this.#mayLimitRows ||= LIMITS_ROWS.test(sql)
    const last = outcomes[outcomes.length - 1]
    /** Of results before the last one, which nobody can list any more. */
    const lost = Math.max(0, ...outcomes.slice(0, -1).map(({ warnings }) => warnings))
    if (last.warnings + lost === 0) return []
    const mayHide = last.warnings >= this.#mostListed() || lost > 0
    const mayBeCut = (mayHide || RUNS_OTHERS.test(sql)) && (await this.#mayBeCut(sql))
    const isUnseen = last.hasRows && !this.#variables.areStatementsRecorded
    if (late !== null && !isUnseen && !mayBeCut && !LIMITS_ROWS.test(sql)) {
      await this.#keep(last.warnings, late)
      return []
    }
    const listed = last.warnings === 0 ? [] : await this.#list()
    const missing = listed.find(({ rowsMissing }) => rowsMissing)
    const isHidden = last.warnings > listed.length || last.warnings === MOST_COUNTED || lost > 0
    const hidden = missing === undefined && isHidden && mayBeCut
    return [
      ...(hidden ? [hiddenWarnings(lost + last.warnings, listed.length)] : []),
      ...(missing === undefined ? [] : [missing]),
      ...listed.filter(({ rowsMissing }) => !rowsMissing).slice(0, MOST_SHOWN),
    ]
  }

  /** Reads what was kept, and hands it on. The task is over: nothing of it sees that any more. */
  async deliverLate(): Promise<void> {
    for (const { variables, late } of this.#kept.splice(0)) {
      const names = variables.map(name => `@\`${name}\``)
      const [row = []] = await ask(this.#connection, `SELECT ${names.join(', ')}`)
      const warnings: ServerWarning[] = []
      for (let at = 0; at < row.length; at += 2) warnings.push(warningOf(row[at] ?? '', row[at + 1] ?? ''))
      late(warnings)
    }
  }

  /** How many warnings the server keeps of a statement; 0 where that is not known. */
  #mostListed(): number {
    return this.#variables.areCurrent ? Number(this.#variables.get('max_error_count')) : 0
  }

  async #list(): Promise<readonly ServerWarning[]> {
    const rows = await ask(this.#connection, 'SHOW WARNINGS')
    return rows.map(([, code, message]) => warningOf(code ?? '', message ?? ''))
  }

  /** Whether a warning that is not listed may say that rows are missing. */
  async #mayBeCut(sql: string): Promise<boolean> {
    if (this.#kind !== 'mariadb') return false
    const runsOthers = RUNS_OTHERS.test(sql)
    if (LIMITS_ROWS.test(sql) || (runsOthers && this.#mayLimitRows)) return true
    const { limitsRows, isHidden } = await this.#storedCode()
    return limitsRows || (runsOthers && isHidden)
  }

  async #keep(count: number, late: LateWarnings): Promise<void> {
    const most = Math.min(count, this.#mostListed(), MOST_LATE)
    const number = this.#kept.length + 1
    const variables: string[] = []
    if (!this.#variables.areStatementsRecorded && number <= MOST_KEPT)
      for (let at = 1; at <= most; at++) {
        const [code, message] = [`batchquery ${number}.${at} code`, `batchquery ${number}.${at} message`]
        await ask(
          this.#connection,
          `GET DIAGNOSTICS CONDITION ${at} @\`${code}\` = MYSQL_ERRNO, @\`${message}\` = MESSAGE_TEXT`,
        )
        variables.push(code, message)
      }
    if (variables.length > 0) this.#kept.push({ variables, late })
  }
}

const warningOf = (code: string, message: string): ServerWarning => ({
  code,
  message,
  rowsMissing: code === RESULT_CUT,
})

const hiddenWarnings = (counted: number, listed: number): ServerWarning => ({
  code: RESULT_CUT,
  message: `the server counts ${counted} warnings and lists ${listed}, and one of the others may say that LIMIT ROWS EXAMINED cut the result`,
  rowsMissing: true,
})

/** What the routines and triggers that the user sees may do; asked through a connection of its own. */
export async function readStoredCode(connection: Connection): Promise<StoredCode> {
  const [[routines, hidden, triggers]] = await ask(
    connection,
    `SELECT
      (SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_DEFINITION LIKE '%EXAMINED%'),
      (SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_DEFINITION IS NULL AND ROUTINE_SCHEMA <> 'sys'),
      (SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE ACTION_STATEMENT LIKE '%EXAMINED%')`,
  ).catch(error => {
    if (BatchQueryError.from(error).code === 'QUERY_FAILED') return [['0', '1', '0']]
    throw error
  })
  return { limitsRows: Number(routines) + Number(triggers) > 0, isHidden: Number(hidden) > 0 }
}
