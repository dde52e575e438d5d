import { BatchQueryError } from '../errors/index.ts'
import { possibleStringRules, type SqlDialect } from './dialect.ts'
import { readStatement } from './splitter.ts'
import type { ReadingPoint, Statement } from './statement.ts'

/** A statement that was read, and the places where others may still be tried behind the statement before. */
interface Taken<Result> {
  readonly result: Result
  readonly others: ReadingPoint[]
}

/**
 * Reads a file from a place to its end, where the rules for strings are not certain: a statement that leaves them open is
 * tried with the likely ones first, then with every other that a server may have. So null says that no server takes the
 * file as it is.
 *
 * @param read takes a statement in, with its number behind the place, from 0; what it throws says that the statement
 *   cannot be meant so
 */
export const findReading = <Result>(
  sql: string,
  dialect: SqlDialect,
  from: ReadingPoint,
  read: (statement: Statement, index: number) => Result,
): Result[] | null => {
  const seen = new Set<string>()
  const taken: Taken<Result>[] = []
  let untried: ReadingPoint[] = [from]
  for (;;) {
    const point = untried.shift()
    if (point === undefined) {
      const last = taken.pop()
      if (last === undefined) return null
      untried = last.others
    } else if (!seen.has(keyOf(point))) {
      seen.add(keyOf(point))
      const step = attempt(() => {
        const statement = readStatement(sql, dialect, point)
        return statement && { result: read(statement, taken.length), statement }
      })
      if (step === null) return taken.map(({ result }) => result)
      if (step === undefined) continue
      taken.push({ result: step.result, others: untried })
      untried = pointsBehind(step.statement, dialect)
    }
  }
}

/** From here the rest of the file reads alike. */
const keyOf = ({ offset, delimiter, stringRules }: ReadingPoint): string =>
  `${offset} ${delimiter} ${stringRules.backslashEscapes} ${stringRules.doubleQuotedStrings}`

const pointsBehind = ({ next, leavesRulesOpen }: Statement, dialect: SqlDialect): ReadingPoint[] =>
  leavesRulesOpen
    ? [next, ...possibleStringRules(dialect).map(stringRules => ({ ...next, stringRules }))]
    : [next]

/** Undefined where the work is refused. */
const attempt = <Result>(work: () => Result): Result | undefined => {
  try {
    return work()
  } catch (error) {
    if (error instanceof BatchQueryError) return undefined
    throw error
  }
}
