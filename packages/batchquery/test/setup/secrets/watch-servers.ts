import type { MariadbServer } from '../mariadb.ts'
import type { PostgresServer } from '../postgres.ts'
import type { S3Server } from '../radosgw.ts'
import type { TokenLogins } from '../token-logins.ts'
import { watchProcessLists } from './process-lists.ts'
import { beginSecretWatch } from './run-secrets.ts'
import type { SecretWatch } from './secret-watch.ts'

interface Servers {
  readonly mariadb: MariadbServer
  readonly postgres: PostgresServer
  readonly s3: S3Server
  /** Null where nobody logs in by a token. */
  readonly tokens: TokenLogins | null
}

/** Begins the watch of a run, for what its servers are logged in to with. */
export function watchServers(servers: Servers): { readonly watch: SecretWatch; stop(): Promise<void> } {
  const watch = beginSecretWatch()
  watch.register("MariaDB's password", servers.mariadb.password)
  watch.register("PostgreSQL's password", servers.postgres.password)
  watch.register("S3's secret key", servers.s3.secretAccessKey)
  if (servers.tokens !== null)
    watch.register('the secret key that tokens are signed with', servers.tokens.allowed.secretAccessKey)
  const ending = new AbortController()
  const watching = watchProcessLists(watch, servers, ending.signal)
  return {
    watch,
    async stop() {
      ending.abort()
      await watching
    },
  }
}
