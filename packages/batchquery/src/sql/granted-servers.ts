import { SERVERS as MYSQL } from './dialects/mysql/servers.ts'
import { SERVERS as POSTGRES } from './dialects/postgres/servers.ts'

/** The servers of `grants --for`. The words have them too, but every command line loads this list, and few need the words. */
export const GRANTED_SERVERS = [...MYSQL, ...POSTGRES] as const
