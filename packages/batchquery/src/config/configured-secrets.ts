import { parseDatabaseUrl } from '../database/url.ts'
import { secretsOfAddress } from './notifications.ts'
import type { Settings } from './settings.ts'

/** The passwords in the settings and the environment: no log, record or error shows them. */
export function configuredSecrets(
  { database, notifications }: Settings,
  environment: NodeJS.ProcessEnv,
): string[] {
  const { MYSQL_PWD, PGPASSWORD } = environment
  const proxies = Object.entries(environment).flatMap(([name, value = '']) =>
    /^(https?|all)_proxy$/i.test(name) ? proxyPassword(value) : [],
  )
  const addresses = notifications.flatMap(each =>
    each.kind === 'command' ? [] : secretsOfAddress(each.address),
  )
  return [passwordOf(database), MYSQL_PWD, PGPASSWORD, ...proxies, ...addresses].flatMap(
    secret => secret || [],
  )
}

/** Null also for a text that is no URL of a database: the code that needs the URL reports that. */
function passwordOf(url: string): string | null {
  try {
    return parseDatabaseUrl(url).password
  } catch {
    return null
  }
}

/** Both spellings: as in the URL, possibly percent-encoded, and decoded. */
function proxyPassword(proxy: string): string[] {
  const url = URL.canParse(proxy) ? new URL(proxy) : null
  if (url === null || url.password === '') return []
  try {
    return [url.password, decodeURIComponent(url.password)]
  } catch {
    return [url.password]
  }
}
