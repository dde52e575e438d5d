import type { Client } from 'pg'
import { ask } from './statement.ts'

/**
 * Whether the session prints floats with all digits. Since PostgreSQL 12 it does unless extra_float_digits is below 1; before, it needs 3.
 * https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-EXTRA-FLOAT-DIGITS
 */
export async function printsFloatsExactly(client: Client): Promise<boolean> {
  const [row = []] = await ask(
    client,
    `SELECT pg_catalog.current_setting('extra_float_digits')::pg_catalog.int4
      OPERATOR(pg_catalog.>=) CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4
      OPERATOR(pg_catalog.>=) 120000 THEN 1 ELSE 3 END`,
  )
  return row[0] === 't'
}
