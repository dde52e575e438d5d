import { BatchQueryError } from '../errors/index.ts'
import { type Dialect, possibleStringRules } from './dialects/index.ts'
import { readStatement } from './splitter.ts'
import type { ReadingPoint, Statement } from './statement.ts'

/** A statement that was read, and the other points from which the text after the previous statement may still be read. */
interface Taken<Result> {
  readonly result: Result
  readonly others: ReadingPoint[]
}

/**
 * Reads a file from a place to its end although the rules for strings are not certain. After a statement that leaves them open it tries
 * the likely rules first, then all others that a server may have. Null means that no server takes the file.
 *
 * @param read takes a statement and its number from the place on, from 0. If it throws, the rules are not those
 */
export const findReading = <Result>(
  sql: string,
  dialect: Dialect,
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
      untried = pointsAfter(step.statement, dialect)
    }
  }
}

/** From points with the same key the rest of the file reads the same. */
const keyOf = ({ offset, delimiter, stringRules }: ReadingPoint): string =>
  `${offset} ${delimiter} ${stringRules.backslashEscapes} ${stringRules.doubleQuotedStrings}`

const pointsAfter = ({ next, leavesRulesOpen }: Statement, dialect: Dialect): ReadingPoint[] =>
  leavesRulesOpen
    ? [next, ...possibleStringRules(dialect).map(stringRules => ({ ...next, stringRules }))]
    : [next]

/** Undefined if the work throws one of our errors. */
const attempt = <Result>(work: () => Result): Result | undefined => {
  try {
    return work()
  } catch (error) {
    if (error instanceof BatchQueryError) return undefined
    throw error
  }
}
