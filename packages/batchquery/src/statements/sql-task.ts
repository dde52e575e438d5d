import type { ServerKind, Session } from '../database/database.ts'
import { BatchQueryError } from '../errors/index.ts'
import { type Places, planExport, resolveDestination } from '../export/index.ts'
import { parseDuration } from '../platform/index.ts'
import {
  bindParameters,
  findReading,
  givenValues,
  type ParameterValues,
  parseExport,
  possibleStringRules,
  type ReadingPoint,
  refuseInRoutine,
  restOf,
  type Statement,
  type StringRules,
  sameStringRules,
  secretSpellings,
  startOf,
  substitute,
  usedParameters,
} from '../sql/index.ts'
import type { PlannedExport } from './run-export.ts'
import { rulesNow } from './session.ts'
import type { TaskText } from './task-text.ts'

/** A statement of a task, with literals instead of its parameters. */
export interface Step {
  /** From 1. */
  readonly number: number
  readonly statement: Statement
  /** Null if the statement is not an export. */
  readonly exported: PlannedExport | null
  readonly isLast: boolean
}

export interface SqlTaskOptions {
  /** The values that the user passed for the parameters, by name. */
  readonly given: Readonly<Record<string, string>>
  readonly places: Places
  /** Whether another machine or image runs the task. @default false */
  readonly isElsewhere?: boolean
  /** Throws to refuse a step. @default - accepts all */
  readonly check?: (step: Omit<Step, 'isLast'>) => void
}

/**
 * The steps of a task as a session reads them, one after the other. The caller runs each step before it asks for the next one. If the step
 * changed how the session reads strings, the rest is read again, which throws as `SqlTask` if the rest is wrong now.
 */
export interface SessionSteps extends Iterable<Step> {
  /** All steps, as the session is expected to read them. It becomes another list when the rest is read again. */
  readonly all: readonly Step[]
}

/** A step, and the statement as the task writes it. */
interface ReadStep extends Omit<Step, 'isLast'> {
  readonly written: Statement
}

/**
 * The statements of a SQL task. The end of each one depends on how the session reads strings, so they are read twice:
 *
 *     new ── as a default server reads strings, otherwise as another server may ──▶ steps, a look ahead
 *     stepsIn ── as the session does ──▶ a step, which runs ──(the session reads otherwise now)──▶ the rest, read again
 *
 * `new` refuses a task that no server accepts, before a connection exists. `stepsIn` refuses a task that this server does not accept,
 * before a statement of it has run. After that, only a statement that changes the rules in an unforeseen way can make the rest wrong.
 */
export class SqlTask {
  /** `-- @timeout`; null without it. */
  readonly timeoutSeconds: number | null
  /** Each secret value with all the ways in which a message may spell it. */
  readonly secrets: ReadonlyMap<string, readonly string[]>
  /** The statements under the assumed rules. */
  readonly steps: readonly Step[]
  readonly #text: TaskText
  readonly #options: SqlTaskOptions
  readonly #values: ParameterValues
  #server: ServerKind | null = null

  /**
   * Opens no connection.
   *
   * @throws SQL_SYNTAX, TASK_INVALID, MISSING_PARAMETER, USAGE, UNSUPPORTED_CLAUSE, KEY_INVALID if the task is wrong on every
   *   server. The error is that of a default server
   */
  constructor(text: TaskText, options: SqlTaskOptions) {
    const { dialect, directives } = text.checked()
    this.#text = text
    this.#options = options
    this.#values = givenValues(directives.parameters, options.given, dialect)
    this.steps = this.#read(possibleStringRules(dialect).map(rules => startOf(text.text, rules)))
    const { timeout } = directives
    this.timeoutSeconds = timeout === null ? null : parseDuration(timeout)
    this.secrets = secretSpellings(this.#values, dialect)
  }

  /** How a session is assumed to read strings at the start. */
  get assumedRules(): StringRules {
    return this.steps[0].statement.stringRules
  }

  /**
   * Reads the statements as a session does.
   *
   * @throws as the constructor, if the task is wrong for this session
   */
  stepsIn(session: Pick<Session, 'dialect' | 'server' | 'stringSetting'>): SessionSteps {
    this.#server = session.server.kind
    const rules = rulesNow(session) ?? this.assumedRules
    const all: readonly Step[] = this.#read([startOf(this.#text.text, rules)])
    const steps = { all, [Symbol.iterator]: () => this.#follow(steps, () => rulesNow(session)) }
    return steps
  }

  *#follow(steps: { all: readonly Step[] }, rulesOfSession: () => StringRules | null): Iterator<Step> {
    for (let index = 0; index < steps.all.length; index++) {
      const step = steps.all[index]
      yield step
      const rules = rulesOfSession()
      const expected = steps.all.at(index + 1)?.statement.stringRules
      if (rules === null || expected === undefined || sameStringRules(rules, expected)) continue
      const rest = this.#read([{ ...step.statement.next, stringRules: rules }], step.number)
      steps.all = [...steps.all.slice(0, index + 1), ...rest]
    }
  }

  /**
   * Reads the steps from a place to the end.
   *
   * @param points the place with each set of rules that may apply there, the likeliest first
   * @param done how many statements precede the place
   */
  #read(points: readonly ReadingPoint[], done = 0): Step[] {
    for (const point of points) {
      const read = findReading(this.#text.text, this.#text.dialect, point, (written, index) =>
        this.#step(written, done + index + 1),
      )
      if (read !== null && this.#knowsParameters(read, done))
        return read.map(({ written, ...step }, index) => ({ ...step, isLast: index === read.length - 1 }))
    }
    throw this.#refusal(points[0], done)
  }

  /** The error of the statements if each one changes the rules as it seems to. */
  #refusal(from: ReadingPoint, done: number): BatchQueryError {
    try {
      const statements = restOf(this.#text.text, this.#text.dialect, from)
      if (done === 0) this.#bind(statements)
      for (const [index, statement] of statements.entries()) this.#step(statement, done + index + 1)
    } catch (error) {
      return BatchQueryError.from(error)
    }
    return new BatchQueryError('INTERNAL', 'batchquery refused a task that has no fault')
  }

  #step(written: Statement, number: number): ReadStep {
    const { dialect } = this.#text
    const statement = substitute(written, this.#values, dialect)
    const exported = this.#plan(statement)
    if (exported === null && this.#server !== null && this.#server !== 'aurora-mysql')
      refuseInRoutine(statement, dialect)
    const step = { number, statement, exported }
    this.#options.check?.(step)
    return { ...step, written }
  }

  #plan(written: Statement): PlannedExport | null {
    const { places, isElsewhere } = this.#options
    const statement = parseExport(written, this.#text.dialect)
    if (statement === null) return null
    return {
      statement,
      plan: planExport(statement, resolveDestination(statement.destination, places), isElsewhere),
    }
  }

  /** Whether the statements use exactly the task's parameters. In the rest of a task, `#step` has checked those that it uses. */
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

  /** @throws TASK_INVALID; USAGE and MISSING_PARAMETER if the given values are not those of the task's parameters */
  #bind(statements: readonly Statement[]): void {
    if (statements.length === 0)
      throw new BatchQueryError('TASK_INVALID', 'the task has no statement', {
        hint: 'Write at least one SQL statement into it.',
      })
    const { dialect, directives } = this.#text
    const used = usedParameters(statements, dialect)
    bindParameters({ declarations: directives.parameters, used, dialect }, this.#options.given)
  }
}
