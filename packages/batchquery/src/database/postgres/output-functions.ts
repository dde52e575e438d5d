import { type Client, escapeIdentifier } from 'pg'
import { ask } from './statement.ts'

/** Types with higher object ids were created by users and extensions. */
export const LAST_BUILT_IN = 16_383
const TEXT = 25

/**
 * The functions by which the server writes the values of types whose cast to text may write something else: someone made a cast of their
 * own for the type. The built-in types are known, so the server is asked only if the query has others.
 *
 * @param types object ids
 * @returns by object id, the function's name in quotes, with its schema
 */
export async function outputFunctions(
  client: Client,
  types: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const others = types.filter(type => type > LAST_BUILT_IN)
  if (others.length === 0) return new Map()
  const rows = await ask(
    client,
    `SELECT t.oid, n.nspname, p.proname FROM pg_catalog.pg_type t
      JOIN pg_catalog.pg_proc p ON p.oid = t.typoutput JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
      JOIN pg_catalog.pg_cast c ON c.castsource = t.oid AND c.casttarget = ${TEXT} AND c.castmethod = 'f'
      WHERE t.oid IN (${others.join(', ')})`,
  )
  return new Map(
    rows.map(([type, schema, name]) => [
      Number(type),
      `${escapeIdentifier(schema ?? '')}.${escapeIdentifier(name ?? '')}`,
    ]),
  )
}
