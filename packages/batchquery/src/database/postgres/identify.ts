import type { Client } from 'pg'
import type { Server } from '../database.ts'
import { ask } from './statement.ts'

/**
 * Asks the server what it is. Aurora has a function of its own, RDS a setting of its own; both are looked for in ways
 * that are no error where they are missing.
 */
export async function identify(client: Client): Promise<Server> {
  const [[version, stringSetting, encoding, isAurora, isRds]] = await ask(
    client,
    `SELECT pg_catalog.current_setting('server_version'),
       pg_catalog.current_setting('standard_conforming_strings'),
       pg_catalog.current_setting('server_encoding'),
       EXISTS (SELECT FROM pg_catalog.pg_proc WHERE proname = 'aurora_version'),
       pg_catalog.current_setting('rds.extensions', true) IS NOT NULL`,
  )
  const settings = { stringSetting, encoding: encoding ?? '' }
  if (isAurora === 't') {
    const [[aurora]] = await ask(client, 'SELECT aurora_version()')
    return { kind: 'aurora-postgres', version: `${version}, Aurora ${aurora}`, ...settings }
  }
  return { kind: isRds === 't' ? 'rds-postgres' : 'postgres', version: version ?? '', ...settings }
}
