import { type Client, escapeIdentifier } from 'pg'
import type { SentColumn } from './exact-column.ts'
import { LAST_BUILT_IN } from './output-functions.ts'
import { ask } from './statement.ts'

/** A type of PostGIS whose binary form is EWKB. */
interface GeometryType {
  readonly isSpherical: boolean
  /** The schema of PostGIS, in quotes. */
  readonly schema: string
}

/**
 * Asks which types of a query are PostGIS's. They belong to its extension and have no fixed object ids. The server is asked only if the query has
 * types that are not built in.
 *
 * @param types object ids
 */
export async function geometryTypes(
  client: Client,
  types: readonly number[],
): Promise<ReadonlyMap<number, GeometryType>> {
  const others = types.filter(type => type > LAST_BUILT_IN)
  if (others.length === 0) return new Map()
  const rows = await ask(
    client,
    `SELECT t.oid, t.typname, n.nspname FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
      JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid AND d.deptype = 'e'
      JOIN pg_catalog.pg_extension e ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.oid = d.refobjid
      WHERE e.extname = 'postgis' AND t.typname IN ('geometry', 'geography') AND t.oid IN (${others.join(', ')})`,
  )
  return new Map(
    rows.map(([type, name, schema]) => [
      Number(type),
      { isSpherical: name === 'geography', schema: escapeIdentifier(schema ?? '') },
    ]),
  )
}

/**
 * How a column of such a type is exported, or null if it is of another type.
 *
 * @param prefersText as in `FormatPlan`: the digits of the WKB are sent, which have no SRID
 */
export function geometryColumn(
  type: GeometryType | undefined,
  modifier: number,
  prefersText = false,
): SentColumn | null {
  if (type === undefined) return null
  const { isSpherical, schema } = type
  const bytes = { type: { kind: 'bytes' }, geometry: { srid: sridOf(modifier), isSpherical } } as const
  if (!prefersText) return { ...bytes, wire: 'ewkb', cast: null }
  return {
    ...bytes,
    wire: 'hex',
    cast: column => `pg_catalog.encode(${schema}.st_asbinary(${column}), 'hex')`,
  }
}

/** The 21 bits of the SRID, with a sign. Undefined if the type leaves it open. */
function sridOf(modifier: number): number | undefined {
  if (modifier < 0) return undefined
  const srid = (modifier << 3) >> 11
  return srid === 0 ? undefined : srid
}
