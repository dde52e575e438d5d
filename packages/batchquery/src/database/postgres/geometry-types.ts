import type { Client } from 'pg'
import type { SentColumn } from './exact-column.ts'
import { LAST_BUILT_IN } from './output-functions.ts'
import { ask } from './statement.ts'

/** The types of PostGIS whose binary form is EWKB. */
type GeometryType = 'geometry' | 'geography'

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
    `SELECT t.oid, t.typname FROM pg_catalog.pg_type t
      JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid AND d.deptype = 'e'
      JOIN pg_catalog.pg_extension e ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.oid = d.refobjid
      WHERE e.extname = 'postgis' AND t.typname IN ('geometry', 'geography') AND t.oid IN (${others.join(', ')})`,
  )
  return new Map(rows.map(([type, name]) => [Number(type), name === 'geography' ? 'geography' : 'geometry']))
}

/** How a column of such a type is exported, or null if it is of another type. */
export function geometryColumn(type: GeometryType | undefined, modifier: number): SentColumn | null {
  if (type === undefined) return null
  const geometry = { srid: sridOf(modifier), isSpherical: type === 'geography' }
  return { type: { kind: 'bytes' }, wire: 'ewkb', geometry, cast: null }
}

/** The 21 bits of the SRID, with a sign. Undefined if the type leaves it open. */
function sridOf(modifier: number): number | undefined {
  if (modifier < 0) return undefined
  const srid = (modifier << 3) >> 11
  return srid === 0 ? undefined : srid
}
