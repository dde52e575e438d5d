import type { StatementAnswer } from './statement-reader.ts'

/** What a server reports by itself, and what batchquery asks it to report besides. */
export const REPORTED =
  'autocommit,character_set_client,character_set_connection,character_set_results,time_zone,' +
  'max_error_count,optimizer_trace,profiling,session_track_system_variables,sql_mode'

/** A statement that may end the reports. */
const ENDS_REPORTS = /session_track/i

/**
 * The session variables that batchquery has to know, as they are now. The server reports each change in the answer to the
 * statement that made it, so that nothing is asked between two statements of a task. Where it reports nothing (before
 * MySQL 5.7 and MariaDB 10.2, behind some proxies) a value is known until a statement might have changed it.
 * https://dev.mysql.com/doc/refman/8.4/en/session-state-tracking.html
 */
export class SessionVariables {
  readonly #values: Map<string, string>
  #isReported: boolean
  /** An answer said that a value changed, and none has said yet which. */
  #isPending = false

  /** @param values as they are now, in lower case by name; NULL is the empty text */
  constructor(values: ReadonlyMap<string, string>, isReported: boolean) {
    this.#values = new Map(values)
    this.#isReported = isReported
  }

  /** Takes what the server reported with the answer to a statement. */
  ran(sql: string, { changed, outcomes }: Pick<StatementAnswer, 'changed' | 'outcomes'>): void {
    for (const [name, value] of changed) this.#values.set(name, value)
    const last = outcomes.at(-1)
    // Only an answer without rows has room for the new values.
    if (last?.changePending === true) this.#isPending = true
    else if (last?.hasRows === false) this.#isPending = false
    if (ENDS_REPORTS.test(sql)) this.#isReported = false
  }

  /** For what batchquery itself has just set. */
  set(name: string, value: string): void {
    this.#values.set(name, value)
  }

  /** Whether `get` is sure. */
  get areCurrent(): boolean {
    return this.#isReported && !this.#isPending
  }

  get(name: 'sql_mode' | 'character_set_results' | 'max_error_count'): string {
    const value = this.#values.get(name) ?? ''
    return value === 'NULL' ? '' : value
  }

  /** The session records its own statements, where the task will find those of batchquery too. */
  get areStatementsRecorded(): boolean {
    const [profiling, trace] = ['profiling', 'optimizer_trace'].map(name => this.#values.get(name) ?? '')
    return /^(ON|1)$/i.test(profiling) || /enabled=on/i.test(trace)
  }
}
