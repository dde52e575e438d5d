import type { S3Server } from '../radosgw.ts'
import type { TokenLogins } from '../token-logins.ts'
import { type ListingServers, watchProcessLists } from './process-lists.ts'
import { beginSecretWatch } from './run-secrets.ts'
import type { SecretWatch } from './secret-watch.ts'

interface Servers extends ListingServers {
  readonly s3: S3Server | null
  /** Null without logins by token. */
  readonly tokens: TokenLogins | null
}

/** Begins the watch of a run for the credentials of its servers. */
export function watchServers(servers: Servers): { readonly watch: SecretWatch; stop(): Promise<void> } {
  const watch = beginSecretWatch()
  const { mariadb, postgres, s3, tokens } = servers
  const secrets = [
    ["MySQL's password", mariadb?.password],
    ["PostgreSQL's password", postgres?.password],
    ["S3's secret key", s3?.secretAccessKey],
    ['the secret key that tokens are signed with', tokens?.allowed.secretAccessKey],
  ] as const
  for (const [name, secret] of secrets) if (secret !== undefined) watch.register(name, secret)
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
