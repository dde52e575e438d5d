import { quoted } from '../../platform/index.ts'
import type { DatabaseUrl } from '../database-url.ts'
import type { OwnSetting } from '../dialect.ts'

/** How TLS begins: after a question in PostgreSQL's protocol, or at once, which PostgreSQL 17 takes. Libpq has the same words for it. */
export const SSL_NEGOTIATION: OwnSetting = {
  name: 'sslnegotiation',
  isPath: false,
  usual: 'postgres',
  check(value, { sslMode }, refuse) {
    if (value !== 'postgres' && value !== 'direct')
      throw refuse(
        `sslnegotiation=${quoted(value)} is neither direct nor postgres`,
        'Write direct or postgres.',
      )
    if (value === 'direct' && sslMode === 'disable')
      throw refuse('sslnegotiation=direct needs TLS', 'Add sslmode=verify-full, or remove sslnegotiation=.')
  },
}

/** Whether TLS begins at once. */
export const isDirect = ({ own }: DatabaseUrl): boolean => own.get(SSL_NEGOTIATION.name) === 'direct'
