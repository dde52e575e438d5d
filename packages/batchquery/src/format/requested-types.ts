import { isDeepStrictEqual } from 'node:util'
import { BatchQueryError } from '../errors/index.ts'
import type { RequestedType } from './clauses.ts'
import type { ExactColumn } from './exact-column.ts'

/**
 * Applies the clause TYPES to a column of a result.
 *
 * @param exact the column's own type, and how its values arrive
 * @returns the column with the requested type. If that is another type, `source` is its own one, and the wire form stays
 */
export function requestedColumn(
  name: string,
  exact: ExactColumn,
  types: readonly RequestedType[] = [],
): ExactColumn {
  const request = types.find(({ column }) => column === name)
  if (request === undefined) return exact
  const { type, isRequired } = request
  if (exact.geometry !== undefined && type.kind !== 'bytes')
    throw new BatchQueryError(
      'UNSUPPORTED_CLAUSE',
      `TYPES asks for another type than BINARY of the column ${JSON.stringify(name)}, which has geometries`,
      { hint: 'Convert it in the query: ST_AsText(x) AS x.' },
    )
  if (isDeepStrictEqual(type, exact.type)) return { ...exact, isRequired }
  return { ...exact, type, source: exact.type, isRequired }
}

/** @throws UNSUPPORTED_CLAUSE if TYPES names a column that the result does not have, or has twice */
export function checkRequestedTypes(names: readonly string[], types: readonly RequestedType[] = []): void {
  for (const { column } of types) {
    const count = names.filter(name => name === column).length
    if (count === 1) continue
    const found = count === 0 ? 'does not have' : 'has twice'
    throw new BatchQueryError(
      'UNSUPPORTED_CLAUSE',
      `TYPES names the column ${JSON.stringify(column)}, which the result ${found}`,
      { hint: `The columns are ${names.map(name => JSON.stringify(name)).join(', ')}.` },
    )
  }
}
