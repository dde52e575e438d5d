import { isDeepStrictEqual } from 'node:util'
import { BatchQueryError } from '../errors/index.ts'
import type { RequestedType } from './clauses.ts'
import type { ExactColumn, ExactType } from './exact-column.ts'
import { nameOfType } from './type-names.ts'

/**
 * Finds what the clause TYPES asks of each column of a result.
 *
 * @param names of the columns, in their order
 * @param ignoresCase whether a name that no column has may mean the only column whose name differs from it only in case
 * @returns for each column the request, or undefined if there is none
 * @throws UNSUPPORTED_CLAUSE if TYPES names a column that the result does not have or has twice, or names one column twice
 */
export function requestsFor(
  names: readonly string[],
  types: readonly RequestedType[] = [],
  ignoresCase = false,
): readonly (RequestedType | undefined)[] {
  const requests: (RequestedType | undefined)[] = names.map(() => undefined)
  for (const request of types) {
    const index = indexOfColumn(names, request.column, ignoresCase)
    const earlier = requests[index]
    if (earlier !== undefined)
      throw unsupported(
        `TYPES names the column ${JSON.stringify(names[index])} twice: ${JSON.stringify(earlier.column)} and ${JSON.stringify(request.column)}`,
        'Remove one of them.',
      )
    requests[index] = request
  }
  return requests
}

function indexOfColumn(names: readonly string[], column: string, ignoresCase: boolean): number {
  const lower = column.toLowerCase()
  const equal = indices(names, name => name === column)
  const found =
    equal.length === 0 && ignoresCase ? indices(names, name => name.toLowerCase() === lower) : equal
  if (found.length === 1) return found[0]
  const listed = names.map(name => JSON.stringify(name)).join(', ')
  throw unsupported(
    `TYPES names the column ${JSON.stringify(column)}, which the result ${found.length === 0 ? 'does not have' : 'has more than once'}`,
    found.length === 0
      ? `Name one of the columns ${listed}.`
      : `Rename one of them in the query (AS other_name). The columns are ${listed}.`,
  )
}

const indices = (names: readonly string[], isMeant: (name: string) => boolean): number[] =>
  names.flatMap((name, index) => (isMeant(name) ? [index] : []))

type Kind = ExactType['kind']

/** By the kind of a column's own type: the kinds that at least some of its values can become without a loss. */
const CASTS: Readonly<Record<Kind, readonly Kind[]>> = {
  bool: ['bool', 'int', 'string'],
  int: ['int', 'decimal', 'float', 'double', 'bool', 'string'],
  decimal: ['int', 'decimal', 'float', 'double', 'string'],
  float: ['int', 'decimal', 'float', 'double', 'string'],
  double: ['int', 'decimal', 'float', 'double', 'string'],
  date: ['date', 'timestamp', 'string'],
  time: ['time', 'string'],
  timestamp: ['timestamp', 'date', 'string'],
  uuid: ['uuid', 'string', 'bytes'],
  bytes: ['bytes', 'string', 'uuid', 'json'],
  json: ['json', 'string', 'bytes', 'int', 'decimal', 'float', 'double', 'bool'],
  string: [
    ...(['string', 'json', 'bytes', 'int', 'decimal', 'float', 'double', 'bool'] as const),
    ...(['uuid', 'date', 'time', 'timestamp'] as const),
  ],
  list: ['list', 'json', 'string'],
}

/** A calendar day has no zone, and neither has its midnight: so only one of the two timestamps can become a date, and the other way. */
const isLocal = (type: ExactType): boolean => type.kind !== 'timestamp' || !type.utc

const canCast = (from: ExactType, to: ExactType): boolean =>
  CASTS[from.kind].includes(to.kind) &&
  (isLocal(to) || from.kind !== 'date') &&
  (isLocal(from) || to.kind !== 'date')

/** The name of each kind in a list of types that a column can become. */
const CALLED: Readonly<Record<Kind, string | null>> = {
  bool: 'BOOLEAN',
  int: 'INT32, INT64, UINT64',
  decimal: 'DECIMAL',
  float: 'FLOAT',
  double: 'DOUBLE',
  date: 'DATE',
  time: 'TIME',
  timestamp: 'TIMESTAMP',
  uuid: 'UUID',
  bytes: 'BINARY',
  json: 'JSON',
  string: 'STRING',
  list: null,
}

/**
 * Applies what the clause TYPES asks of a column.
 *
 * @param exact the column's own type, and how its values arrive
 * @returns the column with the requested type. If that is another type, `source` is its own one, and the wire form stays
 * @throws UNSUPPORTED_CLAUSE if no value of the column's own type can be one of the requested type
 */
export function requestedColumn<Column extends ExactColumn>(
  name: string,
  exact: Column,
  request: RequestedType | undefined,
): Column {
  if (request === undefined) return exact
  const { type, isRequired } = request
  if (exact.geometry !== undefined && type.kind !== 'bytes')
    throw unsupported(
      `TYPES asks for a type other than BINARY for the column ${JSON.stringify(name)}, which has geometries`,
      'Convert it in the query: ST_AsText(x) AS x.',
    )
  const source = exact.source ?? exact.type
  if (isDeepStrictEqual(type, source)) return { ...exact, isRequired }
  if (!canCast(source, type))
    throw unsupported(
      `TYPES cannot convert the column ${JSON.stringify(name)} from ${nameOfType(source)} to ${nameOfType(type)}`,
      `Write one of ${CASTS[source.kind].flatMap(kind => CALLED[kind] ?? []).join(', ')}, or convert it in the query.`,
    )
  return { ...exact, type, source, isRequired }
}

const unsupported = (what: string, hint: string): BatchQueryError =>
  new BatchQueryError('UNSUPPORTED_CLAUSE', what, { hint })
