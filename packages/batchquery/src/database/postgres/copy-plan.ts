import type { Client } from 'pg'
import type { FormatPlan, TypedColumn } from '../../format/index.ts'
import type { StringRules } from '../../sql/index.ts'
import { castingQuery } from './casting-query.ts'
import { BEFORE_QUERY, copyStatement } from './copy-statement.ts'
import { describeQuery } from './describe.ts'
import { exactColumn, isFloat, textColumn, textUnlessFloat } from './exact-column.ts'
import { printsFloatsExactly } from './float-text.ts'
import { headerLine } from './header-line.ts'
import { outputFunctions } from './output-functions.ts'

/** How the rows of a query are copied, decided before it runs. */
export interface CopyPlan {
  /** The whole statement, COPY (...) TO STDOUT. */
  readonly statement: string
  /** How many characters precede the query in it. */
  readonly before: number
  readonly columns: readonly TypedColumn[]
  /** `rows`: the server writes the bytes of the format. Otherwise it sends values for the encoder, in this form. */
  readonly sends: 'rows' | 'text' | 'binary'
  /** The first bytes of every part if the server writes the rows. */
  readonly partStart: Uint8Array
}

const NOTHING = new Uint8Array()

/**
 * Asks the server for the columns of a query, and plans its COPY.
 *
 * @param options as `copyOptions` returns them
 * @param rules how the session reads strings
 * @throws the error that the server finds in the query
 */
export async function planCopy(
  client: Client,
  sql: string,
  format: FormatPlan,
  options: string,
  rules: StringRules,
): Promise<CopyPlan> {
  const described = await describeQuery(client, sql)
  if (format.text === 'typed') {
    const types = described.map(({ type }) => type)
    const outputs = await outputFunctions(client, types)
    const hasText = format.prefersText === true
    const sendsText = hasText && (!types.some(isFloat) || (await printsFloatsExactly(client)))
    const sent = sendsText ? textColumn : hasText ? textUnlessFloat : exactColumn
    const exact = described.map(({ type, modifier }) => sent(type, modifier, outputs))
    const casting = castingQuery(sql, exact, rules)
    return {
      statement: copyStatement(casting.sql, sendsText ? '(FORMAT text)' : options),
      before: BEFORE_QUERY + casting.before,
      columns: described.map(({ format }, index) => ({ ...format, exact: exact[index] })),
      sends: sendsText ? 'text' : 'binary',
      partStart: NOTHING,
    }
  }
  const { delimited } = format
  const names = described.map(({ name }) => name)
  return {
    statement: copyStatement(sql, options),
    before: BEFORE_QUERY,
    columns: described.map(column => column.format),
    sends: delimited === null ? 'text' : 'rows',
    partStart: delimited?.header ? await headerLine(client, names, options) : NOTHING,
  }
}
