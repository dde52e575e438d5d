import type { ServerKind, Session } from '../database/database.ts'
import { BatchQueryError } from '../errors/index.ts'
import { type Places, planExport, resolveDestination } from '../export/index.ts'
import { parseDuration } from '../platform/index.ts'
import {
  bindParameters,
  type Dialect,
  type ExportStatement,
  findReading,
  givenValues,
  type ParameterValues,
  parseExport,
  possibleStringRules,
  type ReadingPoint,
  readDirectives,
  refuseInRoutine,
  restOf,
  type Statement,
  type StringRules,
  sameStringRules,
  secretSpellings,
  startOf,
  stringRulesOf,
  substitute,
  type TaskDirectives,
  usedParameters,
} from '../sql/index.ts'

/** A statement of a task, its parameters replaced by literals. */
export interface Step {
  /** From 1. */
  readonly number: number
  readonly statement: Statement
  /** Null where it is no export. */
  readonly exported: ExportStatement | null
  readonly isLast: boolean
}

export interface SqlTaskOptions {
  readonly dialect: Dialect
  /** The parameters as they were given, by name. */
  readonly given: Readonly<Record<string, string>>
  readonly places: Places
  /** Whether another machine or image than this one runs the task. @default false */
  readonly isElsewhere?: boolean
  /** Refuses a step by throwing. @default - takes all */
  readonly check?: (step: Omit<Step, 'isLast'>) => void
}

/**
 * The steps of a task as a session reads them, one after the other. Each has to be run before the next one is asked for,
 * which throws as `SqlTask` where the rest is wrong, once a statement has changed how the session reads strings.
 */
export interface SessionSteps extends Iterable<Step> {
  /** All of them, as the session is expected to read them. Another list when the rest was read again. */
  readonly all: readonly Step[]
}

/** A step, and the statement as it is written. */
interface ReadStep extends Omit<Step, 'isLast'> {
  readonly written: Statement
}

/**
 * A SQL task: its directives, and its statements, read as far as it is known how the session reads strings.
 *
 *     new ── as a default server reads strings, else as another one may ──▶ steps, a look ahead
 *     stepsIn ── as the session does ──▶ a step, which is run ──(the session reads otherwise now)──▶ the rest, read again
 *
 * A task that no server can take is refused before anything is connected to; one that this server cannot take, before a
 * statement of it has run. Later there is only what a statement does to the rules and nobody could foresee.
 */
export class SqlTask {
  /** `-- @timeout`, null without. */
  readonly timeoutSeconds: number | null
  /** How the values of secret parameters look wherever they may appear. */
  readonly secrets: ReadonlyMap<string, readonly string[]>
  /** The statements by the rules that are assumed. */
  readonly steps: readonly Step[]
  readonly #text: string
  readonly #options: SqlTaskOptions
  readonly #directives: TaskDirectives
  readonly #values: ParameterValues
  #server: ServerKind | null = null

  /**
   * Connects to nothing.
   *
   * @throws SQL_SYNTAX, TASK_INVALID, MISSING_PARAMETER, USAGE, UNSUPPORTED_CLAUSE, KEY_INVALID: the task is wrong on every
   *   server; the error is the one for a default server
   */
  constructor(text: string, options: SqlTaskOptions) {
    const { dialect, given } = options
    this.#text = text
    this.#options = options
    this.#directives = readDirectives(text, dialect)
    this.#values = givenValues(this.#directives.parameters, given, dialect)
    this.steps = this.#read(possibleStringRules(dialect).map(rules => startOf(text, rules)))
    const { timeout } = this.#directives
    this.timeoutSeconds = timeout === null ? null : parseDuration(timeout)
    this.secrets = secretSpellings(this.#values, dialect)
  }

  /** How a session is assumed to read strings when it begins. */
  get assumedRules(): StringRules {
    return this.steps[0].statement.stringRules
  }

  /**
   * The statements as a session reads them.
   *
   * @throws as the constructor: where the task is wrong for this session
   */
  stepsIn(session: Pick<Session, 'dialect' | 'server' | 'stringSetting'>): SessionSteps {
    const rulesNow = (): StringRules | null => stringRulesOf(session.dialect, session.stringSetting)
    this.#server = session.server.kind
    const all: readonly Step[] = this.#read([startOf(this.#text, rulesNow() ?? this.assumedRules)])
    const steps = { all, [Symbol.iterator]: () => this.#follow(steps, rulesNow) }
    return steps
  }

  *#follow(steps: { all: readonly Step[] }, rulesNow: () => StringRules | null): Iterator<Step> {
    for (let index = 0; index < steps.all.length; index++) {
      const step = steps.all[index]
      yield step
      const rules = rulesNow()
      const expected = steps.all.at(index + 1)?.statement.stringRules
      if (rules === null || expected === undefined || sameStringRules(rules, expected)) continue
      const rest = this.#read([{ ...step.statement.next, stringRules: rules }], step.number)
      steps.all = [...steps.all.slice(0, index + 1), ...rest]
    }
  }

  /**
   * The steps from a place on.
   *
   * @param points the place with the rules that may hold there, the likeliest first
   * @param done how many statements stand before it
   */
  #read(points: readonly ReadingPoint[], done = 0): Step[] {
    for (const point of points) {
      const read = findReading(this.#text, this.#options.dialect, point, (written, index) =>
        this.#step(written, done + index + 1),
      )
      if (read !== null && this.#knowsParameters(read, done))
        return read.map(({ written, ...step }, index) => ({ ...step, isLast: index === read.length - 1 }))
    }
    throw this.#refusal(points[0], done)
  }

  /** What is wrong, where the statements do to the rules what they seem to. */
  #refusal(from: ReadingPoint, done: number): BatchQueryError {
    try {
      const statements = restOf(this.#text, this.#options.dialect, from)
      if (done === 0) this.#bind(statements)
      for (const [index, statement] of statements.entries()) this.#step(statement, done + index + 1)
    } catch (error) {
      return BatchQueryError.from(error)
    }
    return new BatchQueryError('INTERNAL', 'a task was refused in which nothing is wrong')
  }

  #step(written: Statement, number: number): ReadStep {
    const { dialect, places, isElsewhere, check } = this.#options
    const statement = substitute(written, this.#values, dialect)
    const exported = parseExport(statement, dialect)
    if (exported !== null) planExport(exported, resolveDestination(exported.destination, places), isElsewhere)
    else if (this.#server !== null && this.#server !== 'aurora-mysql') refuseInRoutine(statement, dialect)
    const step = { number, statement, exported }
    check?.(step)
    return { ...step, written }
  }

  /** Of the rest of a task, `#step` has looked at all that it uses. */
  #knowsParameters(read: readonly ReadStep[], done: number): boolean {
    if (done > 0) return true
    try {
      this.#bind(read.map(({ written }) => written))
      return true
    } catch (error) {
      if (error instanceof BatchQueryError) return false
      throw error
    }
  }

  /** @throws TASK_INVALID; USAGE and MISSING_PARAMETER where what is given is not what the task takes */
  #bind(statements: readonly Statement[]): void {
    if (statements.length === 0)
      throw new BatchQueryError('TASK_INVALID', 'the task has no statement', {
        hint: 'Write at least one SQL statement into it.',
      })
    const { dialect, given } = this.#options
    const used = usedParameters(statements, dialect)
    bindParameters({ declarations: this.#directives.parameters, used, dialect }, given)
  }
}
