import type { Client } from 'pg'
import type { CopyPlan } from './copy-plan.ts'
import { ask } from './statement.ts'

/** The plan with the types of its columns in the words of the server: `numeric(10,2)`, `app.mood`. */
export async function withServerTypes(client: Client, plan: CopyPlan): Promise<CopyPlan> {
  if (plan.types.length === 0) return plan
  const values = plan.types.map(
    ({ type, modifier }, index) => `(${index}, ${type}::pg_catalog.oid, ${modifier})`,
  )
  const rows = await ask(
    client,
    `SELECT pg_catalog.format_type(t.type, NULLIF(t.modifier, -1)) FROM (VALUES ${values.join(', ')}) AS t (place, type, modifier)
     ORDER BY t.place`,
  )
  return {
    ...plan,
    columns: plan.columns.map((column, index) => ({ ...column, serverType: rows[index]?.[0] ?? undefined })),
  }
}
