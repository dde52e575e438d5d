import type { Client } from 'pg'
import { ask } from './statement.ts'

/** The type of the elements of an array. */
export interface ElementType {
  /** Its object id; that of the base type if it is a domain. */
  readonly type: number
  /** The modifier of the domain, or -1. */
  readonly modifier: number
  /** Whether someone made a cast to text for the type, which may write something else than the server does. */
  readonly hasCast: boolean
}

const TEXT = 25
const ARRAY_OUT = 751

/** By object id, the array types whose elements are read in their binary form: https://www.postgresql.org/docs/current/catalog-pg-type.html */
const KNOWN: ReadonlyMap<number, number> = new Map([
  [199, 114],
  [1000, 16],
  [1001, 17],
  [1003, 19],
  [1005, 21],
  [1007, 23],
  [1009, 25],
  [1014, 1042],
  [1015, 1043],
  [1016, 20],
  [1021, 700],
  [1022, 701],
  [1028, 26],
  [1115, 1114],
  [1182, 1082],
  [1185, 1184],
  [1231, 1700],
  [2951, 2950],
  [3807, 3802],
])
const KNOWN_ELEMENTS = new Set(KNOWN.values())

/**
 * Finds the array types of a query. The server is asked only about types that are not known.
 *
 * @param types object ids
 * @returns by the object id of the array type
 */
export async function elementTypes(
  client: Client,
  types: readonly number[],
): Promise<ReadonlyMap<number, ElementType>> {
  const found = new Map<number, ElementType>()
  for (const type of types) {
    const element = KNOWN.get(type)
    if (element !== undefined) found.set(type, { type: element, modifier: -1, hasCast: false })
  }
  const others = types.filter(type => !found.has(type) && !KNOWN_ELEMENTS.has(type))
  if (others.length === 0) return found
  const rows = await ask(
    client,
    `WITH RECURSIVE elements (array_type, type, modifier) AS (
        SELECT t.oid, t.typelem, -1 FROM pg_catalog.pg_type t
          WHERE t.typoutput = ${ARRAY_OUT} AND t.typtype = 'b' AND t.oid IN (${others.join(', ')})
        UNION ALL SELECT e.array_type, t.typbasetype, t.typtypmod FROM elements e
          JOIN pg_catalog.pg_type t ON t.oid = e.type WHERE t.typtype = 'd')
      SELECT e.array_type, e.type, e.modifier, EXISTS (SELECT FROM pg_catalog.pg_cast c
          WHERE c.castsource = e.type AND c.casttarget = ${TEXT} AND c.castmethod = 'f')
        FROM elements e JOIN pg_catalog.pg_type t ON t.oid = e.type WHERE t.typtype <> 'd'`,
  )
  for (const [array, type, modifier, hasCast] of rows)
    found.set(Number(array), { type: Number(type), modifier: Number(modifier), hasCast: hasCast === 't' })
  return found
}
