import type { Connection } from 'mysql2'
import { BatchQueryError } from '../../errors/index.ts'
import type { FormatPlan, TypedColumn } from '../../format/index.ts'
import type {
  ExportNeeds,
  LateWarnings,
  RowStream,
  Server,
  ServerWarning,
  Session,
  StatementOutcome,
  StreamOptions,
} from '../database.ts'
import { closeSoon } from '../farewell.ts'
import type { SecondConnection } from '../second-connection.ts'
import { SilenceWatch } from '../silence-watch.ts'
import type { ResultOutcome } from './answer-packets.ts'
import { ask } from './ask.ts'
import { resultCharacterSet } from './character-set-encoding.ts'
import { bitKind } from './column-format.ts'
import { statementError } from './errors.ts'
import { markComment } from './listed-session.ts'
import { MysqlRowStream } from './mysql-row-stream.ts'
import type { SessionRules } from './result-encoding.ts'
import type { RoutineLook } from './routines.ts'
import type { SessionVariables } from './session-variables.ts'
import { runStatement } from './statement.ts'
import type { StatementAnswer } from './statement-reader.ts'
import type { OffsetAt, TimeZones } from './time-zone.ts'
import { asksBack, describeQuery, prepareTyped, type TypedQuery } from './typed-query.ts'
import { Warnings } from './warnings.ts'
import { wireOf } from './wire.ts'

/** If the server does not report changes, the session asks for them after these statements. */
const MAY_CHANGE_MODE = /sql_mode|^[\s(]*(CALL|EXECUTE|BEGIN)\b/i

/** The parts that a session consists of. */
export interface SessionParts {
  readonly connection: Connection
  readonly server: Server
  readonly id: string
  readonly mark: string
  readonly variables: SessionVariables
  readonly second: SecondConnection
  /** Asks through a second connection. */
  readonly limitRows: RoutineLook
  readonly zones: TimeZones
}

/** One login to MySQL, MariaDB or Aurora MySQL. */
export class MysqlSession implements Session {
  readonly dialect = 'mysql'
  readonly server: Server
  readonly id: string
  readonly #connection: Connection
  readonly #mark: string
  readonly #kill: () => Promise<void>
  readonly #silence: SilenceWatch
  readonly #variables: SessionVariables
  readonly #warnings: Warnings
  readonly #zones: TimeZones
  /** The character set of results that the next export needs. */
  #wanted: string | null = 'utf8mb4'
  #isFresh = true
  /** Whether the latest statement had rows. */
  #hadRows = false
  #running = false
  /** Resolves when the cancelled statement is gone. */
  #cancelling: Promise<void> | null = null
  #closed = false

  constructor({ connection, server, id, mark, variables, second, limitRows, zones }: SessionParts) {
    this.#connection = connection
    this.server = server
    this.id = id
    this.#mark = mark
    this.#variables = variables
    this.#warnings = new Warnings(connection, variables, server.kind, limitRows)
    this.#zones = zones
    this.#kill = second.kill
    const socket = () => wireOf(connection).stream
    this.#silence = new SilenceWatch(
      socket,
      second.look,
      lost => void socket().destroy(lost),
      second.silenceMs,
    )
  }

  get doing(): string | null {
    return this.#silence.doing
  }

  get stringSetting(): string {
    return this.#variables.get('sql_mode')
  }

  async execute(sql: string, previewRows: number, late?: LateWarnings): Promise<StatementOutcome> {
    this.#begin()
    try {
      const answer = await runStatement(this.#connection, this.#marked(sql), previewRows)
      const { results, affectedRows, outcomes } = answer
      const warnings = await this.#ran(sql, answer, late ?? null)
      this.#end()
      const unlisted = Math.max(0, outcomes[outcomes.length - 1].warnings - warnings.length)
      const { isInTransaction } = outcomes[outcomes.length - 1]
      return { results, affectedRows, warnings, unlisted, isInTransaction }
    } catch (error) {
      throw await this.#failed(error)
    }
  }

  async stream(sql: string, options: StreamOptions): Promise<RowStream> {
    this.#begin()
    try {
      if (!this.#variables.areCurrent) await this.#askVariables()
      const noEscapes = this.#variables.get('sql_mode').split(',').includes('NO_BACKSLASH_ESCAPES')
      const characterSet = resultCharacterSet(options.format)
      if (!this.#sendsIn(characterSet)) await this.#setResultCharacterSet(characterSet, this.#hadRows)
      const rules = { bitKind: bitKind(this.server), backslashEscapes: !noEscapes }
      const typed =
        options.format.text === 'typed' ? await this.#prepareTyped(sql, options.format, rules) : null
      const query = typed?.statement ?? this.#marked(sql)
      return await MysqlRowStream.open(this.#connection, query, options, {
        ...rules,
        offsetAt: typed?.offsetAt,
        textReason: typed?.textReason,
        complete: async outcome => {
          const answer = { outcomes: [outcome], affectedRows: null, changed: new Map() }
          const warnings = await this.#ran(sql, answer, () => {})
          this.#end()
          return warnings
        },
        stop: () => this.cancel(),
        failed: error => this.#failed(error),
      })
    } catch (error) {
      throw await this.#failed(error)
    }
  }

  async describe(sql: string, format: FormatPlan): Promise<readonly TypedColumn[] | null> {
    this.#begin()
    try {
      const rules = { bitKind: bitKind(this.server), backslashEscapes: true }
      const columns = await describeQuery(this.#connection, this.#marked(sql), format, rules)
      this.#end()
      return columns
    } catch (error) {
      throw await this.#failed(error)
    }
  }

  #prepareTyped(sql: string, format: FormatPlan, rules: SessionRules): Promise<TypedQuery> {
    const text = { sql, marked: this.#marked(sql), isRecorded: this.#variables.areStatementsRecorded }
    return prepareTyped(this.#connection, text, format, rules, () => this.#offsetsFor(sql))
  }

  async #offsetsFor(sql: string): Promise<OffsetAt> {
    // MySQL does not report a change that a function in a SELECT made.
    const isReported = this.server.kind === 'mariadb'
    if (!isReported && !this.#variables.areStatementsRecorded && !asksBack(sql)) await this.#askVariables()
    return this.#zones.offsetsFor(sql, this.#variables.get('time_zone'))
  }

  async announce(next: ExportNeeds): Promise<void> {
    this.#wanted = resultCharacterSet(next)
    const wanted = this.#wanted
    if (this.#isFresh && !this.#sendsIn(wanted)) await this.#asking(() => this.#setResultCharacterSet(wanted))
    this.#isFresh = false
  }

  async deliverLateWarnings(): Promise<void> {
    if (!this.#running && !this.#closed) await this.#asking(() => this.#warnings.deliverLate())
  }

  /**
   * Runs a question of our own between statements. Like a statement, it can be cancelled, and its silence is noticed.
   */
  async #asking(question: () => Promise<void>): Promise<void> {
    this.#begin()
    try {
      await question()
      this.#end()
    } catch (error) {
      throw await this.#failed(error)
    }
  }

  /** After a statement: records what it changed, reads its warnings, and prepares the next export. */
  async #ran(
    sql: string,
    answer: Omit<StatementAnswer, 'results'>,
    late: LateWarnings | null,
  ): Promise<readonly ServerWarning[]> {
    const { outcomes, affectedRows } = answer
    this.#isFresh = false
    this.#hadRows = outcomes[outcomes.length - 1].hasRows
    this.#variables.ran(sql, answer)
    const warnings = await this.#warnings.of({ sql, outcomes, late })
    if (!this.#variables.areCurrent && MAY_CHANGE_MODE.test(sql)) await this.#askVariables()
    await this.#prepare(outcomes[outcomes.length - 1], affectedRows)
    return warnings
  }

  /**
   * Sets the character set that the next export needs, if the next statement cannot notice it. SET makes ROW_COUNT()
   * 0 and clears the warnings, and SHOW WARNINGS makes it -1, as it is after rows. Otherwise the export itself sets
   * it.
   */
  async #prepare({ hasRows, warnings }: ResultOutcome, affectedRows: number | null): Promise<void> {
    const isUnseen = warnings === 0 && (hasRows || affectedRows === 0)
    if (!isUnseen || !this.#variables.areCurrent || this.#variables.areStatementsRecorded) return
    if (this.#sendsIn(this.#wanted) || !isName(this.#wanted)) return
    await this.#setResultCharacterSet(this.#wanted, hasRows)
  }

  async #askVariables(): Promise<void> {
    const [row = []] = await ask(this.#connection, 'SELECT @@character_set_results, @@sql_mode, @@time_zone')
    this.#variables.set('character_set_results', row[0] ?? '')
    this.#variables.set('sql_mode', row[1] ?? '')
    this.#variables.set('time_zone', row[2] ?? '')
  }

  /** A second cancel waits for the first one. */
  async cancel(): Promise<void> {
    if (!this.#running || this.#closed) return
    this.#cancelling ??= this.#stop()
    await this.#cancelling
  }

  async #stop(): Promise<void> {
    this.#silence.stop()
    wireOf(this.#connection).stream.destroy()
    await this.#kill()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#silence.stop()
    const { stream } = wireOf(this.#connection)
    if (this.#running) {
      stream.destroy()
      return
    }
    closeSoon(stream)
    await new Promise<void>(resolve => this.#connection.end(() => resolve()))
  }

  #begin(): void {
    if (this.#running) throw new BatchQueryError('INTERNAL', 'a statement of this session is still running')
    this.#running = true
    this.#silence.start()
  }

  #end(): void {
    this.#silence.stop()
    this.#running = false
  }

  /**
   * After a broken connection the server may still run the statement, and no other process will stop it. It is also broken if the rest of
   * an answer cannot be read, or if the encoder has refused a value.
   */
  async #failed(thrown: unknown): Promise<BatchQueryError> {
    if (this.#cancelling !== null)
      return new BatchQueryError('CANCELLED', 'the statement was cancelled', { cause: thrown })
    const error = statementError(thrown)
    const isBroken = error.code === 'DATABASE_LOST' || wireOf(this.#connection).stream.destroyed
    if (isBroken) await this.#kill().catch(() => {})
    this.#end()
    return error
  }

  /** The mark is on the statement's own line, so the server's line numbers stay those of the task. */
  #marked(sql: string): string {
    return `${markComment(this.#mark)} ${sql}`
  }

  #sendsIn(characterSet: string | null): boolean {
    return this.#variables.get('character_set_results') === (characterSet ?? '')
  }

  /**
   * With NULL, the server sends every column as it is stored.
   *
   * @param hadRows whether the previous statement had rows, so ROW_COUNT() must be -1 again
   */
  async #setResultCharacterSet(name: string | null, hadRows = false): Promise<void> {
    if (!isName(name))
      throw new BatchQueryError(
        'SQL_SYNTAX',
        `CHARACTER SET ${JSON.stringify(name)} is not a valid name for a character set`,
        {
          hint: 'Write a name that SHOW CHARACTER SET lists.',
        },
      )
    await ask(this.#connection, `SET character_set_results = ${name ?? 'NULL'}`)
    this.#variables.set('character_set_results', name ?? '')
    if (hadRows) await ask(this.#connection, 'SHOW WARNINGS LIMIT 0')
  }
}

const isName = (characterSet: string | null): boolean => characterSet === null || /^\w+$/.test(characterSet)
