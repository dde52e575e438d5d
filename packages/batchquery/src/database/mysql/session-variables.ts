import type { StatementAnswer } from './statement-reader.ts'

/** The variables whose changes a server reports by itself, and those that batchquery asks it to report as well. */
export const REPORTED =
  'autocommit,character_set_client,character_set_connection,character_set_results,time_zone,' +
  'max_error_count,optimizer_trace,profiling,session_track_system_variables,sql_mode'

/** A statement that may end the reports. */
const ENDS_REPORTS = /session_track/i

/**
 * The current values of the session variables that batchquery must know. The server reports each change in the reply
 * to the statement that made it, so no question is needed between two statements of a task. If it reports nothing
 * (before MySQL 5.7 and MariaDB 10.2, behind some proxies), a value is known until a statement might have changed it.
 * https://dev.mysql.com/doc/refman/8.4/en/session-state-tracking.html
 */
export class SessionVariables {
  readonly #values: Map<string, string>
  #isReported: boolean
  /** A reply said that a value changed, but no reply has contained the new value yet. */
  #isPending = false

  /** @param values the current values, by name in lower case; NULL is the empty text */
  constructor(values: ReadonlyMap<string, string>, isReported: boolean) {
    this.#values = new Map(values)
    this.#isReported = isReported
  }

  /** Applies the server's reports from the reply to a statement. */
  ran(sql: string, { changed, outcomes }: Pick<StatementAnswer, 'changed' | 'outcomes'>): void {
    for (const [name, value] of changed) this.#values.set(name, value)
    const last = outcomes.at(-1)
    // Only a reply without rows has room for the new values.
    if (last?.changePending === true) this.#isPending = true
    else if (last?.hasRows === false) this.#isPending = false
    if (ENDS_REPORTS.test(sql)) this.#isReported = false
  }

  /** Records a value that batchquery itself has just set. */
  set(name: string, value: string): void {
    this.#values.set(name, value)
  }

  /** Whether the values of `get` are certain. */
  get areCurrent(): boolean {
    return this.#isReported && !this.#isPending
  }

  get(name: 'sql_mode' | 'character_set_results' | 'max_error_count' | 'time_zone'): string {
    const value = this.#values.get(name) ?? ''
    return value === 'NULL' ? '' : value
  }

  /** Whether the session records its own statements, so the task would find those of batchquery as well. */
  get areStatementsRecorded(): boolean {
    const [profiling, trace] = ['profiling', 'optimizer_trace'].map(name => this.#values.get(name) ?? '')
    return /^(ON|1)$/i.test(profiling) || /enabled=on/i.test(trace)
  }
}
