import type { Client } from 'pg'
import type { Server } from '../database.ts'
import { ask } from './statement.ts'

/** The facts about a session at its beginning. */
export interface Identity {
  readonly server: Server
  /** The value of `standard_conforming_strings`. */
  readonly stringSetting: string | null
}

/**
 * Asks the server for its identity. Aurora has its own function, RDS has its own setting. The question does not fail
 * if they are missing.
 */
export async function identify(client: Client): Promise<Identity> {
  const [[version, stringSetting, encoding, isAurora, isRds]] = await ask(
    client,
    `SELECT pg_catalog.current_setting('server_version'),
       pg_catalog.current_setting('standard_conforming_strings'),
       pg_catalog.current_setting('server_encoding'),
       EXISTS (SELECT FROM pg_catalog.pg_proc WHERE proname = 'aurora_version'),
       pg_catalog.current_setting('rds.extensions', true) IS NOT NULL`,
  )
  const stored = { encoding: encoding ?? '' }
  if (isAurora === 't') {
    const [[aurora]] = await ask(client, 'SELECT aurora_version()')
    const server = { kind: 'aurora-postgres', version: `${version}, Aurora ${aurora}`, ...stored } as const
    return { server, stringSetting }
  }
  const kind = isRds === 't' ? 'rds-postgres' : 'postgres'
  return { server: { kind, version: version ?? '', ...stored }, stringSetting }
}
