import type { Client } from 'pg'
import {
  type FormatPlan,
  requestedColumn,
  requestsFor,
  startOfParts,
  type TypedColumn,
} from '../../format/index.ts'
import type { StringRules } from '../../sql/index.ts'
import { elementTypes } from './array-types.ts'
import { castColumn } from './cast-column.ts'
import { castingQuery } from './casting-query.ts'
import { BEFORE_QUERY, copyStatement } from './copy-statement.ts'
import { describeQuery, type QueryColumn } from './describe.ts'
import { exactColumn, isFloat, textColumn, textUnlessFloat } from './exact-column.ts'
import { printsFloatsExactly } from './float-text.ts'
import { geometryColumn, geometryTypes } from './geometry-types.ts'
import { headerLine } from './header-line.ts'
import { outputFunctions } from './output-functions.ts'

/** How the rows of a query are copied, decided before it runs. */
export interface CopyPlan {
  /** The whole statement, COPY (...) TO STDOUT. */
  readonly statement: string
  /** How many characters precede the query in it. */
  readonly before: number
  readonly columns: readonly TypedColumn[]
  /** The object id and the modifier of the type of each column. */
  readonly types: readonly Pick<QueryColumn, 'type' | 'modifier'>[]
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
 * @throws the error that the server finds in the query; UNSUPPORTED_CLAUSE if TYPES asks for what its columns cannot be
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
    const elements = await elementTypes(client, types)
    const geometries = await geometryTypes(client, types)
    const names = described.map(({ name }) => name)
    const requests = requestsFor(names, format.types)
    const prefersText = format.prefersText === true
    // The values of a column for which TYPES asks for a type have forms that text does not have.
    const mayBeText = prefersText && requests.every(request => request === undefined)
    const sendsText = mayBeText && (!types.some(isFloat) || (await printsFloatsExactly(client)))
    const exact = described.map(({ type, modifier }, index) => {
      const request = requests[index]
      const geometry = geometryColumn(geometries.get(type), modifier, prefersText)
      if (request === undefined && geometry === null && prefersText)
        return sendsText ? textColumn(type, modifier) : textUnlessFloat(type, modifier, outputs)
      const own = geometry ?? exactColumn(type, modifier, outputs, elements, request?.type)
      return castColumn(requestedColumn(names[index], own, request), type)
    })
    const casting = castingQuery(sql, exact, rules)
    return {
      statement: copyStatement(casting.sql, sendsText ? '(FORMAT text)' : options),
      before: BEFORE_QUERY + casting.before,
      columns: described.map(({ format }, index) => ({ ...format, exact: exact[index] })),
      types: described,
      sends: sendsText ? 'text' : 'binary',
      partStart: NOTHING,
    }
  }
  const { delimited } = format
  const isDivided = format.partitionBy !== undefined
  const names = described.map(({ name }) => name)
  const hasLine = delimited?.header && !isDivided
  const line = hasLine ? await headerLine(client, names, options) : NOTHING
  return {
    statement: copyStatement(sql, options),
    before: BEFORE_QUERY,
    columns: described.map(column => (isDivided ? withType(column) : column.format)),
    types: described,
    sends: delimited === null || isDivided ? 'text' : 'rows',
    partStart: delimited === null || isDivided ? NOTHING : startOfParts(delimited, line),
  }
}

const NO_OUTPUTS: ReadonlyMap<number, string> = new Map()

/** A column that comes as text, with its type. */
function withType({ format, type, modifier }: QueryColumn): TypedColumn {
  return { ...format, exact: { type: exactColumn(type, modifier, NO_OUTPUTS).type, wire: 'text' } }
}
